// Reads an SAE's arrays: checks them, and hands the matrices on in blocks of rows, so that none is ever whole in
// JavaScript memory unless its consumer wants that.
import { type ArrayEntry, type ArrayFile, elementCount } from '../formats/array.ts'
import { UserError } from '../lib/errors.ts'
import type { OnProgress } from '../lib/progress.ts'
import type { Activation } from './activation.ts'

export interface SaeShape {
  dIn: number
  dSae: number
  dOut: number
  /** Whether there is an affine skip connection [dIn, dOut]: y += x · A. */
  hasSkip: boolean
}

/** All of an SAE but its matrices. */
export interface SaeParams extends SaeShape {
  activation: Activation
  /** [dSae] */
  bEnc: Float32Array<ArrayBuffer>
  /** [dOut] */
  bDec: Float32Array<ArrayBuffer>
  /** [dSae]; > 0 for jumprelu, all the same for batchtopk, 0 for relu and topk */
  threshold: Float32Array<ArrayBuffer>
  /** Smallest and largest L2 norm of W_dec's rows: reported, not refused; undefined where W_dec was not read whole. */
  decoderNormRange: [number, number] | undefined
}

/** Takes rows `first` .. of a matrix in C order; `block` is only lent until the promise resolves. */
export type TakeRows = (block: Float32Array<ArrayBuffer>, first: number, rows: number) => void | Promise<void>

export interface MatrixSinks {
  /** Rows of W_enc, [rows, dSae] */
  encoderRows?: TakeRows
  /** Rows of W_dec, [rows, dOut] */
  decoderRows?: TakeRows
  /** Rows of the affine skip, [rows, dOut], where there is one */
  skipRows?: TakeRows
}

export interface ReadOptions {
  /** JumpReLU unless told: Gemma Scope's files do not say. */
  activation?: Activation
  signal?: AbortSignal
  onProgress?: OnProgress
}

/** Floats held at a time while a matrix passes through: 4 MiB, or one row where rows are longer. */
export const BLOCK_FLOATS = 1 << 20

const ARRAYS = ['W_enc', 'W_dec', 'b_enc', 'b_dec'] as const
const THRESHOLD = 'threshold'
/** Gemma Scope 2's name for the matrix A of y += x · A, [dIn, dOut]. */
const SKIP = 'affine_skip_connection'

type SaeArrays = Record<(typeof ARRAYS)[number], ArrayEntry> & { threshold?: ArrayEntry; skip?: ArrayEntry }

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
  expectVector(name, arrays.b_dec, dOut, decoder)
  const { skip } = arrays
  if (skip && (skip.shape.length !== 2 || skip.shape[0] !== dIn || skip.shape[1] !== dOut)) {
    throw disagree(name, skip, [dIn, dOut], encoder)
  }
  return { dIn, dSae, dOut, hasSkip: skip !== undefined }
}

/**
 * Reads and checks the SAE's numbers: all finite, thresholds > 0. The matrices that have a sink go to it in row
 * order; the others are not read. UserError naming the array and the place of the first wrong number.
 */
export async function readSae(
  file: ArrayFile,
  name: string,
  sinks: MatrixSinks,
  { activation = { kind: 'jumprelu' }, signal, onProgress }: ReadOptions = {},
): Promise<SaeParams> {
  const shape = readSaeShape(file, name)
  const arrays = findArrays(file, name)
  const { dSae, dOut } = shape
  const { encoderRows, decoderRows, skipRows } = sinks
  const gate = thresholdOf(arrays, activation, dSae, name)
  const read: (ArrayEntry | false | undefined)[] = [
    arrays.b_enc,
    arrays.b_dec,
    gate,
    encoderRows && arrays.W_enc,
    decoderRows && arrays.W_dec,
    skipRows && arrays.skip,
  ]
  for (const entry of read) if (entry) entry.willRead?.()
  const total = read.reduce((sum, entry) => sum + (entry ? 4 * elementCount(entry.shape) : 0), 0)
  let done = 0
  const advance = (floats: number): void => {
    done += 4 * floats
    onProgress?.({ label: 'Loading SAE', done, total, unit: 'bytes' })
  }

  const vector = async (entry: ArrayEntry): Promise<Float32Array<ArrayBuffer>> => {
    const values = await entry.readFloat32(0, elementCount(entry.shape), signal)
    expectFinite(name, entry, values, 0)
    advance(values.length)
    return values
  }
  const bEnc = await vector(arrays.b_enc)
  const bDec = await vector(arrays.b_dec)
  const threshold = new Float32Array(dSae)
  if (gate) {
    const values = await vector(gate)
    const low = values.findIndex((value) => !(activation.kind === 'jumprelu' ? value > 0 : value >= 0))
    if (low >= 0) {
      const rule = activation.kind === 'jumprelu' ? 'a JumpReLU threshold is > 0' : 'no threshold is negative'
      throw unusable(name, `threshold[${low}] is ${values[low]}; ${rule}.`)
    }
    if (values.length === dSae) threshold.set(values)
    else threshold.fill(values[0])
  }
  const params = { ...shape, activation, bEnc, bDec, threshold }

  /** `looked`: `take` looks itself whether all numbers are finite. */
  const matrix = async (entry: ArrayEntry, take: TakeRows, looked = false): Promise<void> => {
    const [rows, width] = entry.shape
    const step = Math.max(1, Math.floor(BLOCK_FLOATS / width))
    const memory = new Float32Array(Math.min(step, rows) * width)
    for (let first = 0; first < rows; first += step) {
      signal?.throwIfAborted()
      const count = Math.min(step, rows - first)
      const block = await entry.readFloat32(first * width, count * width, signal, memory)
      if (!looked) expectFinite(name, entry, block, first * width)
      await take(block, first, count)
      advance(block.length)
    }
  }
  if (encoderRows) await matrix(arrays.W_enc, encoderRows)
  if (skipRows && arrays.skip) await matrix(arrays.skip, skipRows)
  if (!decoderRows) return { ...params, decoderNormRange: undefined }
  const norms: [number, number] = [Number.POSITIVE_INFINITY, 0]
  const withNorms: TakeRows = (block, first, rows) => {
    // Squares of float32 stay finite in float64: a norm that is not tells of a number that is not.
    if (!widenByRowNorms(norms, block, rows, dOut)) expectFinite(name, arrays.W_dec, block, first * dOut)
    return decoderRows(block, first, rows)
  }
  await matrix(arrays.W_dec, withNorms, true)
  return { ...params, decoderNormRange: norms }
}

/** The array of thresholds that an activation function needs. UserError when it is missing or of another length. */
function thresholdOf(
  { threshold, W_enc }: SaeArrays,
  { kind }: Activation,
  dSae: number,
  name: string,
): ArrayEntry | undefined {
  if (kind === 'relu' || kind === 'topk') return undefined
  if (!threshold)
    throw unusable(name, `There is no threshold, and its activation function ${kind} needs one.`)
  if (kind === 'jumprelu' || elementCount(threshold.shape) !== 1) expectVector(name, threshold, dSae, W_enc)
  return threshold
}

/** The SAE's arrays. UserError naming those that are missing. */
export function findArrays(file: ArrayFile, name: string): SaeArrays {
  const found: Partial<SaeArrays> = {}
  for (const key of ARRAYS) found[key] = file.get(key) ?? file.get(key.toLowerCase())
  found.threshold = file.get(THRESHOLD)
  found.skip = file.get(SKIP)
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

/** UserError with the place of the first of `values`, elements `first` and on of `entry`, that is not finite. */
export function expectFinite(name: string, entry: ArrayEntry, values: Float32Array, first: number): void {
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

/** Widens `range` by the norms of rows; false, with the range as it was, when one is not finite. */
function widenByRowNorms(range: [number, number], block: Float32Array, rows: number, width: number): boolean {
  let [least, most] = range
  for (let row = 0; row < rows; row++) {
    let squares = 0
    for (let i = row * width; i < (row + 1) * width; i++) squares += block[i] * block[i]
    const norm = Math.sqrt(squares)
    if (!Number.isFinite(norm)) return false
    if (norm < least) least = norm
    if (norm > most) most = norm
  }
  range[0] = least
  range[1] = most
  return true
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
    title: `${name} is no SAE this page can use.`,
    detail,
    remedy:
      'A file needs W_enc [d_in, d_sae], W_dec [d_sae, d_out], b_enc [d_sae], b_dec [d_out] and, unless its ' +
      'activation function is ReLU or TopK, threshold [d_sae], as Gemma Scope’s params.npz has them.',
  })
}
