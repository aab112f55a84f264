// Models the page can run, and where their original files are: nothing is converted by anybody in between.
import type { WeightPrecision } from './weight-precision.ts'

/** A repository that holds a model. */
export interface ModelPlace {
  repo: string
  /** Whether the hub asks for a token of somebody who has accepted the model's licence. */
  gated: boolean
}

/** What decides how many numbers a block has. */
interface BlockShape {
  hidden: number
  heads: number
  kvHeads: number
  headDim: number
  intermediate: number
  /** Gemma 3 norms queries and keys, head by head. */
  qkNorm?: true
}

/** As published in each model's config.json; larger Gemma 3 models see pictures too and scale their rotary angles. */
const SHAPES: Record<string, BlockShape> = {
  'gemma-2-2b': { hidden: 2304, heads: 8, kvHeads: 4, headDim: 256, intermediate: 9216 },
  'gemma-2-9b': { hidden: 3584, heads: 16, kvHeads: 8, headDim: 256, intermediate: 14_336 },
  'gemma-2-27b': { hidden: 4608, heads: 32, kvHeads: 16, headDim: 128, intermediate: 36_864 },
  'gemma-3-270m': { hidden: 640, heads: 4, kvHeads: 1, headDim: 256, intermediate: 2048, qkNorm: true },
  'gemma-3-1b': { hidden: 1152, heads: 4, kvHeads: 1, headDim: 256, intermediate: 6912, qkNorm: true },
}

const shapeOf = (model: string): BlockShape | undefined => SHAPES[model.replace(/-it$/, '')]

/** The repository's own name of a model of the catalogue: base models of Gemma 3 but the smallest end in "-pt". */
export function repoName(model: string): string {
  return /^gemma-3-\d+b$/.test(model) ? `${model}-pt` : model
}

/** Repositories of a model that the page can run, the ungated mirror first; none for models it cannot run. */
export function modelPlaces(model: string): ModelPlace[] {
  if (!shapeOf(model)) return []
  const name = repoName(model)
  return [
    { repo: `unsloth/${name}`, gated: false },
    { repo: `google/${name}`, gated: true },
  ]
}

/** Bits a weight takes when it is kept, block scales included. */
const KEPT_BITS: Record<WeightPrecision, number> = { f32: 16, f16: 16, q8: 9, q4: 5 }

/**
 * Bytes of a model's layers 0 to `layer` as the hub has them (bfloat16), and as they are kept at a precision.
 * Undefined for models the page cannot run.
 */
export function layerBytes(
  model: string,
  layer: number,
): { download: number; kept: (precision: WeightPrecision) => number } | undefined {
  const shape = shapeOf(model)
  if (!shape) return undefined
  const { hidden, heads, kvHeads, headDim, intermediate, qkNorm } = shape
  const matrices = hidden * headDim * (2 * heads + 2 * kvHeads) + 3 * hidden * intermediate
  const norms = 4 * hidden + (qkNorm ? 2 * headDim : 0)
  const layers = layer + 1
  return {
    download: 2 * layers * (matrices + norms),
    kept: (precision) => layers * ((matrices * KEPT_BITS[precision]) / 8 + 2 * norms),
  }
}

/** Where a newcomer may begin; each stands for the residual SAE of 16k features at that layer. */
export const READY: readonly { model: string; layer: number; name: string }[] = [
  { model: 'gemma-3-270m', layer: 15, name: 'Gemma 3 270M' },
  { model: 'gemma-2-2b', layer: 12, name: 'Gemma 2 2B' },
  { model: 'gemma-2-2b', layer: 20, name: 'Gemma 2 2B' },
  { model: 'gemma-2-9b', layer: 20, name: 'Gemma 2 9B' },
]
