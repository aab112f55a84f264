// What the page knows of the open source: its features, its statistics, its activation index.
import type {
  CorpusInput,
  Dashboard,
  IndexedFeature,
  IndexInfo,
  SimilarFeature,
  SourceStatistics,
  TokenLogit,
} from '../engine/protocol.ts'
import type { UserError } from '../lib/errors.ts'
import type { Progress } from '../lib/progress.ts'

/** Work in progress that the page shows and can cancel. */
export interface Work {
  label: string
  progress: Progress | undefined
  /** `performance.now()` when it began. */
  since: number
}

export type DashboardState = { dashboard: Dashboard } | { error: UserError } | 'loading'

export interface FeatureSlice {
  /** Of the open source only; emptied when another opens. */
  dashboards: ReadonlyMap<number, DashboardState>
  promoted: ReadonlyMap<number, TokenLogit[]>
  loadDashboard(index: number): Promise<void>
  /** Goes to the feature before or after the one shown. */
  stepFeature(step: 1 | -1): void
  /** Goes to any feature, drawn evenly from the whole width. */
  randomFeature(): void
  /** Asks for the tokens that features promote, for those not known yet. */
  loadPromoted(indices: readonly number[]): Promise<void>
  /** Once logits can be computed: asks again for what had none. */
  renewLogits(): Promise<void>
}

/** What is known of one thing that was asked for. */
export type Known<T> = 'loading' | { value: T } | { error: UserError }

export interface IndexedSlice {
  /** What the index `indexedOf` has of single features; emptied with another source or index. */
  indexed: ReadonlyMap<number, Known<IndexedFeature | undefined>>
  indexedOf: IndexInfo | undefined
  /** Features whose decoder rows are nearest, by feature. Emptied with another source. */
  similar: ReadonlyMap<number, Known<SimilarFeature[]>>
  /** Nothing where no index is known. */
  loadIndexed(index: number): Promise<void>
  loadSimilar(index: number): Promise<void>
}

export type StatisticsState =
  | ({ status: 'loading' } & Work)
  | { status: 'ready'; value: SourceStatistics }
  | { status: 'failed'; error: UserError }
  | { status: 'cancelled' }

export interface SourceSlice {
  /** Over all features of the open source; undefined until they are asked for. */
  statistics: StatisticsState | undefined
  /** Reads all weights unless that is done or going on. */
  loadStatistics(): Promise<void>
  cancelStatistics(): void
}

/** What is known of the open source's activation index; `info` undefined where it has none. */
type IndexState = { status: 'unknown' } | { status: 'known'; info: IndexInfo | undefined }

export interface IndexSlice {
  index: IndexState
  /** An index being built or opened, of source `of`. */
  indexing: ({ of: string } & Work) | undefined
  indexError: UserError | undefined
  /** Looks for the open source's index, once a source; `again`: it may have gone. */
  loadIndex(options?: { again: boolean }): Promise<void>
  /** Begins to build a bundled source's index after a while, unless there is one; returns what calls that off. */
  buildUnasked(): () => void
  /** Builds an index of the bundled texts or of what is given. Failures land in `indexError`. */
  buildIndex(corpus?: CorpusInput): Promise<void>
  openIndex(asked: string | File[]): Promise<void>
  /** The open index's files; rejects with UserError or AbortError. */
  indexFiles(signal?: AbortSignal): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }[]>
  cancelIndexing(): void
  /** Removes the index that was built or opened here. */
  dropIndex(): Promise<void>
}
