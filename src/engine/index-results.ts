// What the engine tells of an activation index: which there is, single features of it, and all features in a list.
import type { Cap } from '../activation-index/cap.ts'
import type { IndexManifest } from '../activation-index/manifest.ts'
import type { FeatureStatistics } from '../activation-index/types.ts'
import type { TokenSpan } from '../lib/token-span.ts'
import type { Label } from './protocol.ts'

export type { BrowseQuery } from '../lib/browse-query.ts'
export type { Cap as IndexCap, IndexManifest }

/** Where the open source's index comes from. */
export type IndexOrigin = 'bundled' | 'stored' | 'opened'

export interface IndexInfo {
  origin: IndexOrigin
  manifest: IndexManifest
}

/** What an index is built from. */
export type CorpusInput =
  | { kind: 'bundled' }
  | { kind: 'text'; name: string; text: string }
  | { kind: 'files'; files: File[] }

/** One feature of the open index, with everything its page needs: statistics and the documents of its postings. */
export interface IndexedFeature {
  statistics: FeatureStatistics
  /** Of the whole index; `stored < count` where only a part of the postings is kept. */
  countedTokens: number
  /** The documents that its groups of examples are drawn from, with its values. */
  documents: ExampleDocument[]
  /** [statistics.coactive] firings of each of these features among `coactiveTokens`. */
  coactiveCounts: number[]
  /** Pieces of the statistics' token ids, "▁the". */
  pieces: Map<number, string>
}

export interface ExampleDocument {
  document: number
  kind: string
  title: string
  ids: number[]
  tokens: string[]
  spans: TokenSpan[]
  /** [tokens] activation of the feature; 0 where it is silent. */
  values: Float32Array
}

/** Features that a query finds, in its order. */
export interface BrowseResult {
  /** [found] */
  features: Uint32Array
  milliseconds: number
}

/** What is known of features beyond any one text, in the order asked; NaN where it is not. */
export interface FeatureFigures {
  /** [features] share of tokens each fires on */
  density: Float32Array
  /** [features] highest activation */
  max: Float32Array
}

/** One line of the list. */
export interface BrowseRow {
  feature: number
  label: Label | undefined
  /** Of features without a label: what the index says of it, in words. */
  summary: string
  /** Undefined where there is no index. */
  density: number | undefined
  max: number | undefined
  mean: number | undefined
  skew: number | undefined
  /** Firings by activation, for a tiny chart; empty for dead features. */
  histogram: number[]
  /** Pieces it promotes most, the first first. */
  promoted: string[]
}
