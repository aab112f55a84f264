// What the engine says of one feature from its weights, and who has named it.
import type { Distribution } from '../lib/distribution.ts'

export interface TokenLogit {
  id: number
  token: string
  logit: number
}

/** A feature's effect on the logits of the whole vocabulary; moments by population formulas. */
export interface LogitEffect {
  top: TokenLogit[]
  bottom: TokenLogit[]
  mean: number
  sd: number
  skew: number
  /** Less that of a normal distribution. */
  kurtosis: number
  /** Tokens in equal bins of [lowest, highest]. */
  histogram: Pick<Distribution, 'edges' | 'counts'>
  formula: string
}

/** One entry of a decoder row, and its share of the row's Σ|v|. */
export interface AlignedDimension {
  dimension: number
  value: number
  share: number
}

/** A feature and the cosine of its decoder row with that of another. */
export interface SimilarFeature {
  feature: number
  cosine: number
}

export interface Dashboard {
  model: string | undefined
  source: string
  index: number
  threshold: number
  encoderBias: number
  decoderNorm: number
  encoderNorm: number
  /** Cosine of the feature's encoder column and decoder row; undefined when dIn ≠ dOut. */
  encoderDecoderCosine: number | undefined
  /** Direct logit effect W_dec[f] · W_U (attention features through W_O first); undefined without a model. */
  logits: LogitEffect | undefined
  /** Dimensions of the hook that its decoder row lies along most. */
  alignment: AlignedDimension[]
  /** Share of held-out tokens it fires on, where the source publishes it. */
  density: number | undefined
  maxActivation: number | undefined
  label: Label | undefined
}

export interface Label {
  description: string
  /** Who or what wrote it. */
  author: string
  method: string
}

/** Where labels are asked for: "https://www.neuronpedia.org", and a source's name there, "gemma-2-2b/20-gemmascope-res-16k". */
export interface LabelPlace {
  from: string
  source: string
}
