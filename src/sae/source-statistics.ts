// Statistics over all features of an SAE, from its file: thresholds, norms, and the cosine of what each feature reads
// and what it writes. Both matrices are read in blocks and never held whole: at most 32 MiB of decoder rows.
import type { ArrayFile } from '../formats/array.ts'
import { type Distribution, distributionOf } from '../lib/distribution.ts'
import type { OnProgress } from '../lib/progress.ts'
import type { Activation } from './activation.ts'
import { readEncoderColumns } from './parts.ts'
import { BLOCK_FLOATS, expectFinite, findArrays, readSae } from './weights.ts'

/** Each over all features; features with a zero vector have no cosine. */
interface FeatureDistributions {
  threshold: Distribution
  decoderNorm: Distribution
  encoderNorm: Distribution
  /** Undefined where dIn ≠ dOut, or where every feature has a zero vector. */
  cosine: Distribution | undefined
}

export interface StatisticsOptions {
  activation: Activation
  signal?: AbortSignal
  onProgress?: OnProgress
  /** Decoder rows held at a time, in floats: the features of a range wait there for their encoder columns. */
  heldFloats?: number
}

const HELD_FLOATS = 8 << 20
/**
 * W_enc is passed through whole for each range of features, where there are so many ranges at most: stored files lie
 * in chunks of many rows, and thousands of reads of parts of rows take longer than some of all of it.
 */
const WHOLE_PASSES = 16
/** Features summed together: as many as a cache line has floats, because W_enc's columns lie across it. */
const TOGETHER = 16

/** Reads the SAE `file`; sums are float64. UserError where the file is no SAE or holds numbers that are not finite. */
export async function sourceStatistics(
  file: ArrayFile,
  name: string,
  { activation, signal, onProgress, heldFloats = HELD_FLOATS }: StatisticsOptions,
): Promise<FeatureDistributions> {
  const { dIn, dSae, dOut, threshold } = await readSae(file, name, {}, { activation, signal })
  const encoder = new Float64Array(dSae)
  const decoder = new Float64Array(dSae)
  const dots = dIn === dOut ? new Float64Array(dSae) : undefined
  // Without a cosine nothing has to be held.
  const ranges = dots ? Math.ceil(dSae / Math.max(1, Math.floor(heldFloats / dOut))) : 1
  const step = Math.ceil(dSae / ranges)
  const whole = ranges <= WHOLE_PASSES
  const total = 4 * dSae * (dOut + dIn * (whole ? Math.ceil(dSae / step) : 1))
  let done = 0
  const advance = (floats: number): void => {
    done += 4 * floats
    onProgress?.({ label: 'Reading weights', done, total, unit: 'bytes' })
  }
  const held = dots && new Float32Array(step * dOut)
  for (let first = 0; first < dSae; first += step) {
    const count = Math.min(step, dSae - first)
    await readRowsInBlocks(file, name, first, count, dOut, signal, (block, from, rows) => {
      addRowSquares(decoder, block, first + from, rows, dOut)
      held?.set(block, from * dOut)
      advance(block.length)
    })
    const [column, width] = whole ? [0, dSae] : [first, count]
    const take = (block: Float32Array, from: number, rows: number): void => {
      const part = { first, count, from, rows, dOut, offset: first - column, width }
      addColumnSums(encoder, dots, block, held, part)
      advance(block.length)
    }
    await readEncoderColumns(file, name, column, width, take, signal)
  }
  for (let f = 0; f < dSae; f++) {
    encoder[f] = Math.sqrt(encoder[f])
    decoder[f] = Math.sqrt(decoder[f])
    // A zero vector gives 0 / 0, which is left out.
    if (dots) dots[f] = Math.max(-1, Math.min(1, dots[f] / (encoder[f] * decoder[f])))
  }
  return {
    threshold: required(distributionOf(Float64Array.from(threshold)), name),
    decoderNorm: required(distributionOf(decoder), name),
    encoderNorm: required(distributionOf(encoder), name),
    cosine: dots && distributionOf(dots),
  }
}

/** Rows `first` .. of W_dec in blocks; `from` counts from `first`. */
async function readRowsInBlocks(
  file: ArrayFile,
  name: string,
  first: number,
  count: number,
  dOut: number,
  signal: AbortSignal | undefined,
  take: (block: Float32Array, from: number, rows: number) => void,
): Promise<void> {
  const entry = findArrays(file, name).W_dec
  const step = Math.max(1, Math.floor(BLOCK_FLOATS / dOut))
  const memory = new Float32Array(Math.min(step, count) * dOut)
  for (let from = 0; from < count; from += step) {
    signal?.throwIfAborted()
    const rows = Math.min(step, count - from)
    const at = (first + from) * dOut
    const block = await entry.readFloat32(at, rows * dOut, signal, memory)
    expectFinite(name, entry, block, at)
    take(block, from, rows)
  }
}

function addRowSquares(sums: Float64Array, block: Float32Array, at: number, rows: number, width: number) {
  for (let row = 0; row < rows; row++) {
    let squares = 0
    for (let i = row * width; i < (row + 1) * width; i++) squares += block[i] * block[i]
    sums[at + row] += squares
  }
}

interface Part {
  /** First feature and number of features of the range. */
  first: number
  count: number
  /** First row and number of rows of W_enc in the block. */
  from: number
  rows: number
  dOut: number
  /** Where the range begins in the block's rows, and how long they are. */
  offset: number
  width: number
}

/** Adds, for each feature of the range, these rows' share of ‖column‖² and of column · decoder row. */
function addColumnSums(
  squares: Float64Array,
  dots: Float64Array | undefined,
  block: Float32Array,
  held: Float32Array | undefined,
  { first, count, from, rows, dOut, offset, width }: Part,
): void {
  for (let start = 0; start < count; start += TOGETHER) {
    const end = Math.min(count, start + TOGETHER)
    for (let row = 0; row < rows; row++) {
      const at = row * width + offset
      for (let f = start; f < end; f++) {
        const value = block[at + f]
        squares[first + f] += value * value
        if (dots && held) dots[first + f] += value * held[f * dOut + from + row]
      }
    }
  }
}

function required(found: Distribution | undefined, name: string): Distribution {
  if (found) return found
  throw new Error(`${name} has no finite numbers, though it was read as finite`)
}
