// What the model expects next: the last block's output through the final norm and the tied embedding, soft-capped.
import type { ArrayFile } from '../formats/array.ts'
import type { OnProgress } from '../lib/progress.ts'
import type { GemmaConfig } from './config.ts'
import type { GpuUnembedding } from './gpu-unembedding.ts'
import { logitLens } from './unembed.ts'
import { finalNormEntry } from './weights.ts'

export interface PredictOptions {
  k: number
  /** A token whose place in the distribution is wanted too. */
  actual?: number
  unembedding?: GpuUnembedding
  signal?: AbortSignal
  onProgress?: OnProgress
}

interface Expected {
  id: number
  logit: number
  probability: number
}

/** A next-token distribution, summed up. */
export interface Distribution {
  /** The k most probable, descending; of equal ones the lower id first. */
  top: Expected[]
  actual: (Expected & { rank: number }) | undefined
  /** In nats. */
  entropy: number
}

/**
 * softmax(cap · tanh(W_U · rmsnorm(x) / cap)) of one position's final residual stream `x` [hidden]; norm and softmax in
 * float64, the product as `logitLens` makes it (Gemma 2 report, arXiv 2408.00118, §2; no cap where the model has none).
 */
export async function nextTokens(
  weights: ArrayFile,
  config: GemmaConfig,
  x: Float32Array,
  { k, actual, unembedding, signal, onProgress }: PredictOptions,
): Promise<Distribution> {
  const entry = finalNormEntry(weights, config)
  const gain = await entry.readFloat32(0, config.hiddenSize, signal)
  const normed = rmsNorm(x, gain, config.rmsNormEps)
  const logits = new Float32Array(config.vocabSize)
  await logitLens(weights, config, normed, {
    k: 1,
    ...{ unembedding, signal, onProgress },
    onLogits: (_, first, block) => logits.set(block, first),
  })
  return summarise(logits, config.finalLogitSoftcapping, k, actual)
}

/** x / √(mean x² + ε) · (1 + w) */
function rmsNorm(x: Float32Array, weight: Float32Array, epsilon: number): Float32Array<ArrayBuffer> {
  let squares = 0
  for (const value of x) squares += value * value
  const scale = 1 / Math.sqrt(squares / x.length + epsilon)
  return Float32Array.from(x, (value, i) => value * scale * (1 + weight[i]))
}

function summarise(
  raw: Float32Array,
  cap: number | undefined,
  k: number,
  actual: number | undefined,
): Distribution {
  const logits = cap === undefined ? raw : raw.map((logit) => cap * Math.tanh(logit / cap))
  let highest = Number.NEGATIVE_INFINITY
  for (const logit of logits) if (logit > highest) highest = logit
  let [total, weighted] = [0, 0]
  for (const logit of logits) {
    const weight = Math.exp(logit - highest)
    total += weight
    weighted += weight * (logit - highest)
  }
  const expected = (id: number): Expected => ({
    id,
    logit: logits[id],
    probability: Math.exp(logits[id] - highest) / total,
  })
  const rankOf = (id: number): number => {
    let before = 0
    for (let other = 0; other < logits.length; other += 1) {
      if (logits[other] > logits[id] || (logits[other] === logits[id] && other < id)) before += 1
    }
    return before + 1
  }
  return {
    top: largest(logits, k).map(expected),
    actual: actual === undefined ? undefined : { ...expected(actual), rank: rankOf(actual) },
    entropy: Math.log(total) - weighted / total,
  }
}

/** Places of the k largest, descending; of equal ones the lower place first. */
function largest(values: Float32Array, k: number): number[] {
  const places: number[] = []
  for (let i = 0; i < values.length; i += 1) {
    if (places.length === k && values[i] <= values[places[k - 1]]) continue
    let at = places.length
    while (at > 0 && values[places[at - 1]] < values[i]) at -= 1
    places.splice(at, 0, i)
    if (places.length > k) places.pop()
  }
  return places
}
