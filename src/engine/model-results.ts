// What the engine tells of a model beyond one run: what loading it takes, many layers at once, what comes next.
import type { UserErrorFields } from '../lib/errors.ts'
import type { Hook } from '../lib/hook.ts'
import type { SparseRows } from '../lib/sparse-rows.ts'
import type { TokenSpan } from '../lib/token-span.ts'
import type { WeightPrecision } from '../lib/weight-precision.ts'
import type { BackendKind, Label, ModelInfo, Tokenized, TokenLogit } from './protocol.ts'

/** What running a model up to some hooks asks for in one precision. */
export interface PrecisionPlan {
  precision: WeightPrecision
  /** Blocks that run. */
  layers: number
  /** Bytes of the checkpoint still to be fetched, beside the embedding rows of a text's tokens. */
  download: number
  /** Bytes of packed weights in the browser's storage. */
  cached: number
  /** Bytes of weights on the GPU or in WebAssembly once all are in place. */
  memory: number
  /** Bytes of the checkpoint that one token's embedding takes. */
  embeddingRow: number
  /** Why it cannot run here, where it cannot, and the deepest layer that could. */
  refused: { reason: UserErrorFields; deepestLayer: number | undefined } | undefined
}

/** What a model asks for before any of its weights is read. */
export interface ModelPlan {
  model: ModelInfo
  backend: BackendKind
  hooks: Hook[]
  /** Bytes of tokenizer.json, read when the model is opened; undefined where there is none. */
  tokenizerBytes: number | undefined
  /** Bytes of the whole embedding matrix, which only logits need. */
  vocabularyBytes: number
  /** In the order of WEIGHT_PRECISIONS. */
  precisions: PrecisionPlan[]
  /** What `auto` takes; undefined when nothing fits. */
  automatic: WeightPrecision | undefined
}

/** What one of several SAEs made of a text; `source` is its own name. */
export interface LayerRun {
  source: string
  layer: number
  hookIn: Hook
  hookOut: Hook
  features: SparseRows
  l0: number
  fvu: number
  /** Of the features that are active, where the source publishes labels. */
  labels: [number, Label][]
}

/** One text through several SAEs of the open model, in one pass of it. */
export interface LayersResult extends Tokenized {
  spans: TokenSpan[]
  windows: number[]
  /** In the order asked; one that could not be opened says why, under the name it was asked by. */
  layers: (LayerRun | { source: string; error: UserErrorFields })[]
  milliseconds: number
}

/** What the model expects after one position. */
export interface Predictions {
  position: number
  /** Most probable first. */
  top: Prediction[]
  /** The token that does follow in the text, and its rank from 1. */
  actual: (Prediction & { rank: number }) | undefined
  /** Of the whole distribution, in nats. */
  entropy: number
}

export interface Prediction extends TokenLogit {
  probability: number
}
