// Reads sorted postings feature by feature from several files at once: what merging is.
import type { ByteSource } from '../lib/byte-source.ts'
import { POSTINGS } from './columns.ts'
import { damaged, ParquetIn } from './parquet-read.ts'
import { joinPostings, slicePostings, sortByStrength } from './postings.ts'
import type { Postings } from './types.ts'

/** Rows in memory: of each file, and of all together while they are few enough for pages to be worth reading. */
const BATCH = 1 << 16
const ALL_BATCHES = 1 << 21
const LEAST_BATCH = 1 << 13

/** One file of postings from front to back. */
class PostingsCursor {
  readonly #file: ParquetIn<typeof POSTINGS>
  /** Added to every document's number. */
  readonly #firstDocument: number
  readonly #rows: number
  #batch: Postings | undefined
  #at = 0
  #next = 0

  /** `rows`: of a batch. */
  constructor(file: ParquetIn<typeof POSTINGS>, firstDocument: number, rows: number) {
    this.#file = file
    this.#firstDocument = firstDocument
    this.#rows = rows
  }

  /** Everything of `feature`; features are asked for in ascending order. */
  async take(feature: number): Promise<Postings[]> {
    const parts: Postings[] = []
    for (;;) {
      const batch = await this.#current()
      if (!batch) return parts
      let end = this.#at
      if (batch.feature[end] < feature) throw damaged(this.#file.name, 'its rows are not sorted by feature')
      while (end < batch.feature.length && batch.feature[end] <= feature) end += 1
      if (end > this.#at) parts.push(slicePostings(batch, this.#at, end))
      this.#at = end
      if (end < batch.feature.length) return parts
    }
  }

  /** UserError where something is left after the last feature. */
  async requireEnd(dSae: number): Promise<void> {
    const batch = await this.#current()
    if (batch) throw damaged(this.#file.name, `it holds feature ${batch.feature[this.#at]} of ${dSae}`)
  }

  /** The next rows, whatever features they are of; undefined at the end. */
  async batch(): Promise<Postings | undefined> {
    const batch = await this.#current()
    if (batch) this.#at = batch.feature.length
    return batch
  }

  async #current(): Promise<Postings | undefined> {
    if (this.#batch && this.#at < this.#batch.feature.length) return this.#batch
    if (this.#next >= this.#file.rows) return undefined
    const end = Math.min(this.#file.rows, this.#next + this.#rows)
    const batch = await this.#file.read(['feature', 'document', 'position', 'value'], this.#next, end)
    if (this.#firstDocument > 0) {
      for (let row = 0; row < batch.document.length; row += 1) batch.document[row] += this.#firstDocument
    }
    this.#batch = batch
    this.#at = 0
    this.#next = end
    return batch
  }
}

/** Files of sorted postings; documents of each are numbered from `firstDocument` on. */
export interface PostingsPart {
  sources: readonly ByteSource[]
  firstDocument: number
}

/** All postings of every feature in turn, by strength, whatever files they are in. */
export async function* byFeature(
  parts: readonly PostingsPart[],
  dSae: number,
  signal?: AbortSignal,
): AsyncGenerator<Postings> {
  const cursors = await open(parts, signal)
  for (let feature = 0; feature < dSae; feature += 1) {
    signal?.throwIfAborted()
    const found: Postings[] = []
    for (const cursor of cursors) found.push(...(await cursor.take(feature)))
    yield found.length === 0 ? NONE : found.length === 1 ? found[0] : sortByStrength(joinPostings(found))
  }
  for (const cursor of cursors) await cursor.requireEnd(dSae)
}

/** All postings in whatever order the files have them, each batch in memory alone. */
export async function* inBatches(
  parts: readonly PostingsPart[],
  signal?: AbortSignal,
): AsyncGenerator<Postings> {
  for (const cursor of await open(parts, signal)) {
    for (let batch = await cursor.batch(); batch; batch = await cursor.batch()) {
      signal?.throwIfAborted()
      yield batch
    }
  }
}

async function open(parts: readonly PostingsPart[], signal?: AbortSignal): Promise<PostingsCursor[]> {
  const files = parts.reduce((count, { sources }) => count + sources.length, 0)
  const rows = Math.max(LEAST_BATCH, Math.min(BATCH, Math.floor(ALL_BATCHES / files)))
  const cursors: PostingsCursor[] = []
  for (const { sources, firstDocument } of parts) {
    for (const source of sources) {
      cursors.push(new PostingsCursor(await ParquetIn.open(source, POSTINGS, signal), firstDocument, rows))
    }
  }
  return cursors
}

const NONE: Postings = {
  feature: new Int32Array(0),
  document: new Int32Array(0),
  position: new Int32Array(0),
  value: new Float32Array(0),
}
