// The logit lens: what a direction in the residual stream does to every token's logit, directly.
import type { ArrayEntry, ArrayFile } from '../formats/array.ts'
import { UserError } from '../lib/errors.ts'
import type { OnProgress } from '../lib/progress.ts'
import type { GemmaConfig } from './config.ts'
import { Extremes, type TokenValue } from './extremes.ts'
import type { GpuUnembedding } from './gpu-unembedding.ts'
import { Moments } from './moments.ts'
import { blockEntry, embeddingEntry } from './weights.ts'

/** One direction's logits over the whole vocabulary, summed up. */
export interface LogitLens {
  /** The k largest, descending. */
  top: TokenValue[]
  /** The k smallest, ascending. */
  bottom: TokenValue[]
  mean: number
  /** Population standard deviation, √m₂. */
  sd: number
  /** Population skewness, m₃ / m₂^1.5; NaN when all logits are equal. */
  skew: number
  /** Population kurtosis less that of a normal distribution, m₄ / m₂² − 3; NaN when all logits are equal. */
  kurtosis: number
}

export interface LensOptions {
  /** How many tokens at either end. */
  k: number
  /** Sees each block of logits as it is made: of direction `row`, tokens `first` and on. Valid during the call. */
  onLogits?: (row: number, first: number, logits: Float32Array) => void
  /** Multiplies on the GPU, this model's embedding; on the CPU otherwise. */
  unembedding?: GpuUnembedding
  signal?: AbortSignal
  onProgress?: OnProgress
}

/** Matrices are streamed in blocks of rows of at most this many bytes of float32. */
const BLOCK_BYTES = 8 * 1024 * 1024

/**
 * Raw direct effect W_U · direction of each row of `directions` [n, hidden]: tied embedding, no final norm, no
 * soft-cap, no centring (as SAEDashboard computes it). Sums run in float64 on the CPU and in float32 on the GPU;
 * moments in float64. On the CPU the embedding streams past once for all directions, and neither it nor
 * [n, vocabulary] logits are held.
 */
export async function logitLens(
  weights: ArrayFile,
  config: GemmaConfig,
  directions: Float32Array,
  { k, onLogits, unembedding, signal, onProgress }: LensOptions,
): Promise<LogitLens[]> {
  const { hiddenSize, vocabSize } = config
  if (directions.length % hiddenSize !== 0) throw wrongLength('Directions', directions.length, hiddenSize)
  const accumulators = Array.from({ length: directions.length / hiddenSize }, (_, row) => ({
    direction: directions.subarray(row * hiddenSize, (row + 1) * hiddenSize),
    extremes: new Extremes(k),
    moments: new Moments(),
  }))
  const take = (row: number, first: number, logits: Float32Array): void => {
    const { extremes, moments } = accumulators[row]
    for (let i = 0; i < logits.length; i += 1) {
      extremes.add(first + i, logits[i])
      moments.add(logits[i])
    }
    onLogits?.(row, first, logits)
  }
  const report = (done: number, total: number): void => {
    onProgress?.({ label: 'Reading the vocabulary', done, total, unit: 'tokens' })
  }
  if (unembedding) {
    await unembedding.logits(directions, {
      take: (row, logits) => take(row, 0, logits),
      signal,
      onRows: report,
    })
  } else {
    await streamRows(
      embeddingEntry(weights, config),
      (first, count, block) => {
        const logits = new Float32Array(count)
        for (const [row, { direction }] of accumulators.entries()) {
          multiply(block, direction, logits)
          take(row, first, logits)
        }
        report(first + count, vocabSize)
      },
      signal,
    )
  }
  return accumulators.map(({ extremes, moments }) => ({ ...extremes.result(), ...moments.result() }))
}

/** W_O · z of a layer: an attention-site direction [heads × headDim] as one in the residual stream [hidden]. */
export async function throughOutputProjection(
  weights: ArrayFile,
  config: GemmaConfig,
  layer: number,
  z: Float32Array,
  signal?: AbortSignal,
): Promise<Float32Array<ArrayBuffer>> {
  const entry = blockEntry(weights, config, layer, 'o_proj')
  if (z.length !== entry.shape[1]) throw wrongLength('An attention direction', z.length, entry.shape[1])
  const out = new Float32Array(config.hiddenSize)
  await streamRows(
    entry,
    (first, count, block) => multiply(block, z, out.subarray(first, first + count)),
    signal,
  )
  return out
}

/** Reads a [rows, width] matrix in blocks of whole rows. */
async function streamRows(
  entry: ArrayEntry,
  onBlock: (first: number, count: number, block: Float32Array) => void,
  signal?: AbortSignal,
): Promise<void> {
  const [rows, width] = entry.shape
  const rowsPerBlock = Math.max(1, Math.floor(BLOCK_BYTES / (width * Float32Array.BYTES_PER_ELEMENT)))
  for (let first = 0; first < rows; first += rowsPerBlock) {
    signal?.throwIfAborted()
    const count = Math.min(rowsPerBlock, rows - first)
    onBlock(first, count, await entry.readFloat32(first * width, count * width, signal))
  }
}

/** out[r] = row r of `matrix` · vector, out.length rows. Four sums at once keep the adder busy. */
function multiply(matrix: Float32Array, vector: Float32Array, out: Float32Array): void {
  const width = vector.length
  const whole = width - (width % 4)
  for (let row = 0; row < out.length; row += 1) {
    const at = row * width
    let a = 0
    let b = 0
    let c = 0
    let d = 0
    for (let i = 0; i < whole; i += 4) {
      a += matrix[at + i] * vector[i]
      b += matrix[at + i + 1] * vector[i + 1]
      c += matrix[at + i + 2] * vector[i + 2]
      d += matrix[at + i + 3] * vector[i + 3]
    }
    for (let i = whole; i < width; i += 1) a += matrix[at + i] * vector[i]
    out[row] = a + b + (c + d)
  }
}

function wrongLength(what: string, length: number, width: number): UserError {
  return new UserError({
    title: 'These directions do not fit the model.',
    detail: `${what} of ${length} numbers cannot be rows of ${width}.`,
    remedy: 'Use a source made for this model.',
  })
}
