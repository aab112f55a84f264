// Reads a JumpReLU SAE's five arrays: checks them, and hands the two matrices on in blocks of rows, so that
// neither is ever whole in JavaScript memory unless its consumer wants that.
import type { ArrayEntry, ArrayFile } from '../formats/array.ts'
import { UserError } from '../lib/errors.ts'
import type { OnProgress } from '../lib/progress.ts'

export interface SaeShape {
  dIn: number
  dSae: number
  dOut: number
}

/** All of an SAE but its matrices. */
export interface SaeParams extends SaeShape {
  /** [dSae] */
  bEnc: Float32Array<ArrayBuffer>
  /** [dOut] */
  bDec: Float32Array<ArrayBuffer>
  /** [dSae], every one > 0 */
  threshold: Float32Array<ArrayBuffer>
  /** Smallest and largest L2 norm of W_dec's rows: reported, not refused. */
  decoderNormRange: [number, number]
}

/** Takes rows `first` .. of a matrix in C order; `block` is only lent until the promise resolves. */
type TakeRows = (block: Float32Array<ArrayBuffer>, first: number, rows: number) => void | Promise<void>

export interface MatrixSinks {
  /** Rows of W_enc, [rows, dSae] */
  encoderRows: TakeRows
  /** Rows of W_dec, [rows, dOut] */
  decoderRows: TakeRows
}

export interface ReadOptions {
  signal?: AbortSignal
  onProgress?: OnProgress
}

/** Floats held at a time while a matrix passes through: 4 MiB, or one row where rows are longer. */
const BLOCK_FLOATS = 1 << 20

const ARRAYS = ['W_enc', 'W_dec', 'b_enc', 'b_dec', 'threshold'] as const

type SaeArrays = Record<(typeof ARRAYS)[number], ArrayEntry>

/** Shapes of the SAE in `file`, from its header alone. UserError when arrays are missing or disagree. */
export function readSaeShape(file: ArrayFile, name: string): SaeShape {
  const arrays = findArrays(file, name)
  const [encoder, decoder] = [arrays.W_enc, arrays.W_dec]
  for (const matrix of [encoder, decoder]) {
    if (matrix.shape.length !== 2 || matrix.shape.some((length) => length < 1)) {
      throw unusable(name, `${shaped(matrix)} is no matrix.`)
    }
  }
  const [dIn, dSae] = encoder.shape
  const dOut = decoder.shape[1]
  if (decoder.shape[0] !== dSae) throw disagree(name, decoder, [dSae, dOut], encoder)
  expectVector(name, arrays.b_enc, dSae, encoder)
  expectVector(name, arrays.threshold, dSae, encoder)
  expectVector(name, arrays.b_dec, dOut, decoder)
  return { dIn, dSae, dOut }
}

/**
 * Reads and checks every number: all finite, thresholds > 0. The matrices go to `sinks` in row order.
 * UserError naming the array and the place of the first wrong number.
 */
export async function readSae(
  file: ArrayFile,
  name: string,
  sinks: MatrixSinks,
  { signal, onProgress }: ReadOptions = {},
): Promise<SaeParams> {
  const shape = readSaeShape(file, name)
  const arrays = findArrays(file, name)
  const { dIn, dSae, dOut } = shape
  const total = 4 * (dIn * dSae + dSae * dOut + 2 * dSae + dOut)
  let done = 0
  const advance = (floats: number): void => {
    done += 4 * floats
    onProgress?.({ label: 'Loading SAE', done, total, unit: 'bytes' })
  }

  const vector = async (entry: ArrayEntry): Promise<Float32Array<ArrayBuffer>> => {
    const values = await entry.readFloat32(0, entry.shape[0], signal)
    expectFinite(name, entry, values, 0)
    advance(values.length)
    return values
  }
  const bEnc = await vector(arrays.b_enc)
  const bDec = await vector(arrays.b_dec)
  const threshold = await vector(arrays.threshold)
  const low = threshold.findIndex((value) => !(value > 0))
  if (low >= 0) {
    throw unusable(name, `threshold[${low}] is ${threshold[low]}; a JumpReLU threshold is > 0.`)
  }

  const matrix = async (entry: ArrayEntry, take: TakeRows): Promise<void> => {
    const [rows, width] = entry.shape
    const step = Math.max(1, Math.floor(BLOCK_FLOATS / width))
    for (let first = 0; first < rows; first += step) {
      signal?.throwIfAborted()
      const count = Math.min(step, rows - first)
      const block = await entry.readFloat32(first * width, count * width, signal)
      expectFinite(name, entry, block, first * width)
      await take(block, first, count)
      advance(block.length)
    }
  }
  await matrix(arrays.W_enc, sinks.encoderRows)
  const norms: [number, number] = [Number.POSITIVE_INFINITY, 0]
  await matrix(arrays.W_dec, (block, first, rows) => {
    widenByRowNorms(norms, block, rows, dOut)
    return sinks.decoderRows(block, first, rows)
  })
  return { ...shape, bEnc, bDec, threshold, decoderNormRange: norms }
}

function findArrays(file: ArrayFile, name: string): SaeArrays {
  const found: Partial<SaeArrays> = {}
  for (const key of ARRAYS) found[key] = file.get(key) ?? file.get(key.toLowerCase())
  const missing = ARRAYS.filter((key) => !found[key])
  if (missing.length > 0) {
    const present = [...file.keys()].slice(0, 12).join(', ') || 'nothing'
    throw unusable(name, `${missing.join(', ')} missing; the file holds ${present}.`)
  }
  return found as SaeArrays
}

function expectVector(name: string, entry: ArrayEntry, length: number, beside: ArrayEntry): void {
  if (entry.shape.length !== 1 || entry.shape[0] !== length) throw disagree(name, entry, [length], beside)
}

function expectFinite(name: string, entry: ArrayEntry, values: Float32Array, first: number): void {
  for (let i = 0; i < values.length; i++) {
    // NaN − NaN and ∞ − ∞ are NaN, everything else gives 0.
    if (values[i] - values[i] !== 0) {
      const width = entry.shape[1] ?? 1
      const at = first + i
      const place = entry.shape.length === 2 ? `${Math.floor(at / width)}, ${at % width}` : `${at}`
      throw unusable(name, `${entry.name}[${place}] is ${values[i]}; every weight must be finite.`)
    }
  }
}

function widenByRowNorms(range: [number, number], block: Float32Array, rows: number, width: number): void {
  for (let row = 0; row < rows; row++) {
    let squares = 0
    for (let i = row * width; i < (row + 1) * width; i++) squares += block[i] * block[i]
    const norm = Math.sqrt(squares)
    if (norm < range[0]) range[0] = norm
    if (norm > range[1]) range[1] = norm
  }
}

function shaped(entry: ArrayEntry): string {
  return `${entry.name} [${entry.shape.join(', ')}]`
}

function disagree(name: string, entry: ArrayEntry, wanted: number[], beside: ArrayEntry): UserError {
  return unusable(
    name,
    `${shaped(entry)} does not fit ${shaped(beside)}: it would have to be [${wanted.join(', ')}].`,
  )
}

function unusable(name: string, detail: string): UserError {
  return new UserError({
    title: `${name} is no JumpReLU SAE this page can use.`,
    detail,
    remedy:
      'A file needs W_enc [d_in, d_sae], W_dec [d_sae, d_out], b_enc and threshold [d_sae] and b_dec [d_out], ' +
      'as Gemma Scope’s params.npz has them.',
  })
}
