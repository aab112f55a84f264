// Sorted postings and their documents → the files of a finished index. Memory: 4 bytes a token, one feature's
// postings, and the firings that co-active features are counted over.
import type { OnProgress } from '../lib/progress.ts'
import { type Cap, capPostings } from './cap.ts'
import { Coactivity } from './coactive.ts'
import { FEATURES, POSTINGS, postingsFile, TOKENS } from './columns.ts'
import type { CorpusTokens } from './corpus.ts'
import { byFeature, inBatches, type PostingsPart } from './cursor.ts'
import { featureStatistics } from './feature-statistics.ts'
import { DOCUMENT_TOKENS, type IndexManifest } from './manifest.ts'
import { ParquetOut } from './parquet-write.ts'
import { emptyPostings, joinPostings } from './postings.ts'
import { type IndexStore, writeJson } from './store.ts'
import type { FeatureStatistics, Postings } from './types.ts'

const GROUP_ROWS = 1 << 17
const FEATURE_GROUP = 1 << 12
/** Rows of a file of postings, about 100 MB: static hosts refuse larger ones. */
const FILE_ROWS = 1 << 24

/** What an index is of; the rest of its manifest is counted. */
export interface IndexHead {
  model: string
  source: string
  hook?: string
  dSae: number
  precision: string
  corpus: { name: string; description?: string; kinds: string[] }
  code: string
}

/** Tokens that features promote, and the skew of their logits, for features `from` to before `to`. */
export type LogitsOf = (from: number, to: number) => Promise<{ promoted: number[][]; skew: Float32Array }>

export interface AssembleOptions {
  head: IndexHead
  corpus: CorpusTokens
  parts: readonly PostingsPart[]
  store: IndexStore
  /** Piece of a token id, "▁the". */
  piece(id: number): string
  cap?: Cap
  logits?: LogitsOf
  created?: Date
  onProgress?: OnProgress
  signal?: AbortSignal
}

/** Writes everything but documents.parquet, the manifest last. */
export async function assemble(options: AssembleOptions): Promise<IndexManifest> {
  const { head, corpus, parts, store, cap, logits, onProgress, signal } = options
  const { dSae } = head
  const report = (label: string, done: number): void =>
    onProgress?.({ label, done, total: dSae, unit: 'features' })

  const firings = new Uint32Array(corpus.tokens)
  for await (const { document, position } of inBatches(parts, signal)) {
    for (let at = 0; at < document.length; at += 1) firings[corpus.at(document[at], position[at])] += 1
  }
  const coactivity = new Coactivity(corpus, firings, dSae)
  for await (const postings of inBatches(parts, signal)) coactivity.add(postings)

  const writer = new PostingsWriter(store, head.code)
  const features = new ParquetOut(await store.create('features.parquet'), FEATURES, head.code)
  const kinds = head.corpus.kinds.length
  let group: FeatureStatistics[] = []
  let [feature, total, stored] = [0, 0, 0]
  const flush = async (): Promise<void> => {
    const from = feature - group.length
    const found = await logits?.(from, feature)
    group.forEach((row, at) => {
      row.promoted = found?.promoted[at] ?? []
      row.logitSkew = found?.skew[at] ?? Number.NaN
    })
    await features.group(columnsOf(group))
    group = []
    report('Writing the index', feature)
  }
  for await (const postings of byFeature(parts, dSae, signal)) {
    const kept = cap ? capPostings(postings, cap) : postings
    const place = await writer.write(kept)
    group.push({
      ...featureStatistics(feature, postings, corpus, kinds),
      coactiveCount: coactivity.counts[feature],
      ...(postings.value.length > 0 ? coactivity.partners(postings) : { coactive: [], coactiveBoth: [] }),
      ...{ promoted: [], logitSkew: Number.NaN, ...place, stored: kept.value.length },
    })
    total += postings.value.length
    stored += kept.value.length
    feature += 1
    if (group.length === FEATURE_GROUP) await flush()
  }
  await flush()
  await features.finish()
  const postingsFiles = await writer.finish()
  await writeTokens(options)

  const byKind = corpus.tokensByKind(kinds)
  const { kinds: names, ...about } = head.corpus
  const manifest: IndexManifest = {
    ...{ format: 'featurescope-index', version: 1, ...head },
    corpus: { ...about, kinds: names.map((name, kind) => ({ name, tokens: byKind[kind] })) },
    ...{ documents: corpus.documents, tokens: corpus.tokens, countedTokens: corpus.countedTokens },
    ...{ bos: 'first-of-every-document-not-counted', documentTokens: DOCUMENT_TOKENS },
    ...{ firings: total, postings: stored, cap: stored < total ? cap : undefined },
    ...{ coactiveTokens: coactivity.tokens, logits: logits !== undefined, postingsFiles },
    created: (options.created ?? new Date()).toISOString(),
  }
  await writeJson(store, 'manifest.json', manifest)
  return manifest
}

async function writeTokens({ store, corpus, piece, head }: AssembleOptions): Promise<void> {
  const counts = corpus.counts()
  const ids = Int32Array.from(counts.keys())
  const out = new ParquetOut(await store.create('tokens.parquet'), TOKENS, head.code)
  await out.group({
    id: ids,
    piece: Array.from(ids, piece),
    count: Int32Array.from(counts.values()),
  })
  await out.finish()
}

/** Rows by columns. */
function columnsOf(rows: readonly FeatureStatistics[]) {
  const entries = Object.entries(FEATURES).map(([name, kind]) => {
    const values = rows.map((row) => row[name as keyof FeatureStatistics])
    if (kind === 'int32-list') return [name, values as number[][]] as const
    const Kind = { int32: Int32Array, float: Float32Array, double: Float64Array }[kind]
    return [name, Kind.from(values as number[])] as const
  })
  return Object.fromEntries(entries)
}

/** Gathers features' postings into row groups and files; a feature is never in two files. */
class PostingsWriter {
  readonly #store: IndexStore
  readonly #code: string
  #out: ParquetOut | undefined
  #file = -1
  /** Rows of the file, those that wait included. */
  #rows = 0
  #waiting: Postings[] = []
  #waitingRows = 0

  constructor(store: IndexStore, code: string) {
    this.#store = store
    this.#code = code
  }

  /** Says where the first row comes to lie. */
  async write(postings: Postings): Promise<{ file: number; row: number }> {
    if (!this.#out || this.#rows >= FILE_ROWS) await this.#nextFile()
    const place = { file: this.#file, row: this.#rows }
    this.#waiting.push(postings)
    this.#waitingRows += postings.value.length
    this.#rows += postings.value.length
    if (this.#waitingRows >= GROUP_ROWS) await this.#flush()
    return place
  }

  /** Files written. */
  async finish(): Promise<number> {
    if (!this.#out) await this.#nextFile()
    await this.#close()
    return this.#file + 1
  }

  async #nextFile(): Promise<void> {
    await this.#close()
    this.#file += 1
    this.#rows = 0
    this.#out = new ParquetOut(await this.#store.create(postingsFile(this.#file)), POSTINGS, this.#code)
  }

  async #close(): Promise<void> {
    await this.#flush()
    await this.#out?.finish()
    this.#out = undefined
  }

  async #flush(): Promise<void> {
    const postings = this.#waitingRows > 0 ? joinPostings(this.#waiting) : emptyPostings(0)
    await this.#out?.group({ ...postings })
    this.#waiting = []
    this.#waitingRows = 0
  }
}
