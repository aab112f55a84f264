// The activation index in memory: postings by feature, what is known of a feature over the whole corpus, documents.

/** Firings in columns; sorted by feature, then value from the highest, then document, then position. */
export interface Postings {
  /** [n] */
  feature: Int32Array
  /** [n] number of the document */
  document: Int32Array
  /** [n] position in the document; 0 is <bos> and never occurs */
  position: Int32Array
  /** [n] activation, > 0 */
  value: Float32Array
}

/** Statistics of one feature over every counted token of the corpus, whatever part of its postings is stored. */
export interface FeatureStatistics {
  feature: number
  /** Tokens it fires on. */
  count: number
  /** Documents it fires in. */
  documents: number
  /** Lowest and highest activation; 0 for a dead feature. */
  min: number
  max: number
  /** Σ and Σ² of its activations, in the order of its postings. */
  sum: number
  sumSquares: number
  /** Nearest-rank percentiles of its activations. */
  p50: number
  p90: number
  p99: number
  /** Firings in equal bins of [min, max] (numpy.histogram's rule): 50, 1 where all are equal, 0 where there are none. */
  histogram: number[]
  /** [5] firings in the equal parts of [0, max], the lowest first; an upper edge belongs to its part. */
  intervals: number[]
  /** Ids of the tokens it fires on most often, and how often; at most 8. */
  tokens: number[]
  tokenCounts: number[]
  /** The same for the token that follows. */
  next: number[]
  nextCounts: number[]
  /** [kinds] firings by kind of document */
  kinds: number[]
  /** Firings among `coactiveTokens`; features active on the same tokens most (by Jaccard, then by lift), and on how many. */
  coactiveCount: number
  coactive: number[]
  coactiveBoth: number[]
  /** Ids of the tokens it promotes most, and the skew of its logits; empty and NaN where not computed. */
  promoted: number[]
  logitSkew: number
  /** Where its postings are: number of the file, first row, rows. */
  file: number
  row: number
  stored: number
}

/** One stretch of the corpus as the model read it. */
export interface IndexDocument {
  document: number
  /** Number in the manifest's list of kinds. */
  kind: number
  title: string
  /** Token ids, <bos> first. */
  tokens: number[]
}
