// Matrices in blocks of 32 numbers with one scale each, as onnxruntime's MatMulNBits takes them.
// Layout: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.MatMulNBits
//
// A number w of a block is stored as u = round(w / scale) + 2^(bits−1), which the operator reads as
// (u − 2^(bits−1)) · scale: 2^(bits−1) is its default zero point. With m the block's number of largest magnitude,
// scale = −m / 2^(bits−1), exact in float32: m itself falls on u = 0 without error, every other number is off by at
// most |scale| / 2, and only numbers within half a step of −m, where u would be 2^bits, by up to |scale|.
import { UserError } from '../lib/errors.ts'

export type BlockBits = 4 | 8

/** Numbers along the input dimension that share a scale. */
export const BLOCK = 32

/** Blocks in a row of `columns` numbers; the last is filled up with zeros. */
export function blocksInRow(columns: number): number {
  return Math.ceil(columns / BLOCK)
}

/** Bytes of one block's numbers. */
export function blockBytes(bits: BlockBits): number {
  return (BLOCK * bits) / 8
}

/** Whole rows of a matrix in blocks. */
export interface QuantisedRows {
  /** [rows, blocksInRow, blockBytes]; at 4 bits the earlier number of a pair is in the low half of its byte */
  blocks: Uint8Array<ArrayBuffer>
  /** [rows, blocksInRow] */
  scales: Float32Array<ArrayBuffer>
}

/** Which rows of which matrix: `firstRow` and `name` are for messages only. */
export interface RowsShape {
  rows: number
  columns: number
  bits: BlockBits
  name: string
  firstRow: number
}

/** Rows as a checkpoint has them: float32, or bfloat16's 16 bits, the upper half of a float32. */
export type UnquantisedRows = Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>

/** One block's numbers as float32 and as their bits. */
const NUMBERS = new Float32Array(BLOCK)
const PATTERNS = new Uint32Array(NUMBERS.buffer)
const SIGN_CLEARED = 0x7fffffff
const INFINITY_BITS = 0x7f800000

/** Memory for `rows` rows of `columns` numbers. */
export function emptyRows(rows: number, columns: number, bits: BlockBits): QuantisedRows {
  const count = rows * blocksInRow(columns)
  return { blocks: new Uint8Array(count * blockBytes(bits)), scales: new Float32Array(count) }
}

/**
 * Quantises `rows` rows of `columns` numbers into `into`, from its start. Throws UserError, naming the matrix, for
 * numbers that are not finite.
 */
export function quantiseRows(
  values: UnquantisedRows,
  { rows, columns, bits, name, firstRow }: RowsShape,
  into: QuantisedRows,
): void {
  const perRow = blocksInRow(columns)
  const store = bits === 8 ? storeBytes : storeHalfBytes
  const size = blockBytes(bits)
  for (let row = 0; row < rows; row += 1) {
    for (let block = 0; block < perRow; block += 1) {
      const first = row * columns + block * BLOCK
      const count = Math.min(BLOCK, columns - block * BLOCK)
      if (values instanceof Uint16Array) takeBfloat16(values, first, count)
      else takeFloat32(values, first, count)
      const extreme = largest()
      if (!Number.isFinite(extreme)) throw notFinite(name, firstRow + row, block)
      const half = 1 << (bits - 1)
      into.scales[row * perRow + block] = extreme === 0 ? 0 : -extreme / half
      store(extreme === 0 ? 0 : -half / extreme, into.blocks, (row * perRow + block) * size)
    }
  }
}

/** The numbers that blocks stand for: (u − 2^(bits−1)) · scale in float32, [rows, columns]. */
export function dequantiseRows(
  { blocks, scales }: QuantisedRows,
  { rows, columns, bits }: Pick<RowsShape, 'rows' | 'columns' | 'bits'>,
): Float32Array<ArrayBuffer> {
  const perRow = blocksInRow(columns)
  const values = new Float32Array(rows * columns)
  for (let i = 0; i < values.length; i += 1) {
    const column = i % columns
    const block = Math.floor(i / columns) * perRow + Math.floor(column / BLOCK)
    const place = block * BLOCK + (column % BLOCK)
    const unsigned = bits === 8 ? blocks[place] : (blocks[place >> 1] >> (4 * (place & 1))) & 15
    values[i] = (unsigned - (1 << (bits - 1))) * scales[block]
  }
  return values
}

function takeBfloat16(values: Uint16Array, first: number, count: number): void {
  for (let i = 0; i < count; i += 1) PATTERNS[i] = values[first + i] << 16
  for (let i = count; i < BLOCK; i += 1) PATTERNS[i] = 0
}

function takeFloat32(values: Float32Array, first: number, count: number): void {
  for (let i = 0; i < count; i += 1) NUMBERS[i] = values[first + i]
  for (let i = count; i < BLOCK; i += 1) NUMBERS[i] = 0
}

/** The block's number of largest magnitude, the first of equals; NaN or infinite where one is. */
function largest(): number {
  let found = 0
  let at = 0
  for (let i = 0; i < BLOCK; i += 1) {
    // Magnitudes are ordered as their bits are, NaN above infinity.
    const magnitude = PATTERNS[i] & SIGN_CLEARED
    if (magnitude > found) {
      found = magnitude
      at = i
    }
  }
  return found >= INFINITY_BITS ? Number.NaN : NUMBERS[at]
}

function storeBytes(inverse: number, blocks: Uint8Array, at: number): void {
  for (let i = 0; i < BLOCK; i += 1) {
    blocks[at + i] = Math.min((NUMBERS[i] * inverse + 128.5) | 0, 255)
  }
}

function storeHalfBytes(inverse: number, blocks: Uint8Array, at: number): void {
  for (let i = 0; i < BLOCK / 2; i += 1) {
    const low = Math.min((NUMBERS[2 * i] * inverse + 8.5) | 0, 15)
    const high = Math.min((NUMBERS[2 * i + 1] * inverse + 8.5) | 0, 15)
    blocks[at + i] = low | (high << 4)
  }
}

function notFinite(name: string, row: number, block: number): UserError {
  return new UserError({
    title: "The model's weights are damaged.",
    detail: `Tensor "${name}" has a number that is infinite or none at all in row ${row}, columns ${block * BLOCK} to ${block * BLOCK + BLOCK - 1}.`,
    remedy: 'Fetch the weights again, or take another copy of the model.',
  })
}
