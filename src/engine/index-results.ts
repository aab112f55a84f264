// What the engine tells of an activation index: which there is, single features of it, and all features in a list.
import type { IndexManifest } from '../activation-index/manifest.ts'
import type { FeatureStatistics } from '../activation-index/types.ts'
import type { TokenSpan } from '../lib/token-span.ts'
import type { Label, TokenLogit } from './protocol.ts'

export type { IndexManifest }

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
  /** Every document that holds one of its stored postings, with its values. */
  documents: ExampleDocument[]
  /** Pieces of the statistics' token ids, "▁the". */
  pieces: Map<number, string>
  /** [statistics.coactive] firings of each of these features among `coactiveTokens`. */
  coactiveCounts: number[]
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

/** Columns that the list of features can be ordered by. */
export const BROWSE_SORTS = ['index', 'density', 'max', 'mean', 'skew'] as const
export type BrowseSort = (typeof BROWSE_SORTS)[number]

export interface BrowseQuery {
  /** Words that must all occur in label, summary, tokens or promoted tokens; empty for all. */
  text: string
  sort: BrowseSort
  descending: boolean
  /** Share of counted tokens, both ends included; undefined for any. */
  density: [number, number] | undefined
  /** Dead: fires on no token of the index. */
  dead: 'shown' | 'hidden' | 'only'
  labelled: boolean
}

/** Features that a query finds, in its order. */
export interface BrowseResult {
  /** [found] */
  features: Uint32Array
  milliseconds: number
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
  promoted: TokenLogit[]
}
