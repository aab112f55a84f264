// Builds an index document by document. Sorted parts are written as they fill, so memory has a bound and a build that
// was stopped goes on from the last part.
import type { OnProgress } from '../lib/progress.ts'
import type { SparseRows } from '../lib/sparse-rows.ts'
import { assemble, type IndexHead, type LogitsOf } from './assemble.ts'
import type { Cap } from './cap.ts'
import { POSTINGS } from './columns.ts'
import { CorpusTokens } from './corpus.ts'
import { DocumentsWriter, readDocuments } from './documents.ts'
import type { IndexManifest } from './manifest.ts'
import { damaged } from './parquet-read.ts'
import { ParquetOut } from './parquet-write.ts'
import { PostingsBuffer, slicePostings } from './postings.ts'
import { type IndexStore, readJson, writeJson } from './store.ts'
import type { IndexDocument } from './types.ts'

/** Postings of a part: 32 MiB in memory, and as much again while it is sorted. */
const PART = 1 << 21
/** Documents after which a part is written whatever is in it, so that stopping never loses more. */
const PART_DOCUMENTS = 512
const GROUP_ROWS = 1 << 17

const PROGRESS = 'building.json'
const partPostings = (part: number): string => `part-${part}-postings.parquet`
const partDocuments = (part: number): string => `part-${part}-documents.parquet`

interface BuilderOptions {
  store: IndexStore
  head: IndexHead
  /** What the corpus is, to the letter: a build goes on only with the same. */
  fingerprint: string
  partPostings?: number
  partDocuments?: number
}

export class IndexBuilder {
  readonly #options: BuilderOptions
  readonly #corpus = new CorpusTokens()
  readonly #buffer: PostingsBuffer
  readonly #limits: { postings: number; documents: number }
  #waiting: IndexDocument[] = []
  #parts = 0
  /** A part could not be written, and its postings are gone: later ones would leave a hole. */
  #broken = false

  /** Goes on with what an earlier build of the same corpus left in `store`, and forgets what another left. */
  static async open(options: BuilderOptions, signal?: AbortSignal): Promise<IndexBuilder> {
    const builder = new IndexBuilder(options)
    const parts = await partsDone(options)
    try {
      for (let part = 0; part < parts; part += 1) await builder.#resume(part, signal)
    } catch {
      signal?.throwIfAborted()
      // A part that cannot be read is no reason to give up: everything is built again.
      await removeParts(options.store)
      return new IndexBuilder(options)
    }
    if (parts === 0) await removeParts(options.store)
    return builder
  }

  private constructor(options: BuilderOptions) {
    this.#options = options
    const { partPostings: postings = PART, partDocuments: documents = PART_DOCUMENTS } = options
    this.#limits = { postings, documents }
    this.#buffer = new PostingsBuffer(options.head.dSae, Math.min(postings, 1 << 18))
  }

  /** Documents that are in: the next to be added has this number. */
  get documents(): number {
    return this.#corpus.documents
  }

  get tokens(): number {
    return this.#corpus.countedTokens
  }

  /** `features`: [tokens] rows of the document; those of the first, `<bos>`, are left out. */
  async add(document: Omit<IndexDocument, 'document'>, features: SparseRows): Promise<void> {
    const number = this.documents
    this.#corpus.add(document.kind, document.tokens)
    this.#buffer.add(number, features)
    this.#waiting.push({ document: number, ...document })
    const { postings, documents } = this.#limits
    if (this.#buffer.length >= postings || this.#waiting.length >= documents) await this.writePart()
  }

  /** Writes what is in memory, so that a later build can go on from here. */
  async writePart(): Promise<void> {
    if (this.#waiting.length === 0 || this.#broken) return
    this.#broken = true
    const { store, head, fingerprint } = this.#options
    const out = new ParquetOut(await store.create(partPostings(this.#parts)), POSTINGS, head.code)
    const sorted = this.#buffer.take()
    for (let from = 0; from < sorted.value.length; from += GROUP_ROWS) {
      await out.group({ ...slicePostings(sorted, from, from + GROUP_ROWS) })
    }
    await out.finish()
    const documents = new DocumentsWriter(await store.create(partDocuments(this.#parts)), head.code)
    for (const document of this.#waiting) await documents.add(document)
    await documents.finish()
    this.#waiting = []
    this.#parts += 1
    await writeJson(store, PROGRESS, { fingerprint, code: head.code, parts: this.#parts })
    this.#broken = false
  }

  /** Merges the parts into the index, and removes them. */
  async finish(options: {
    piece(id: number): string
    cap?: Cap
    logits?: LogitsOf
    created?: Date
    onProgress?: OnProgress
    signal?: AbortSignal
  }): Promise<IndexManifest> {
    await this.writePart()
    if (this.#broken) throw new Error('a part of the index was not written')
    const { store, head } = this.#options
    const documents = new DocumentsWriter(await store.create('documents.parquet'), head.code)
    const sources = []
    for (let part = 0; part < this.#parts; part += 1) {
      for await (const document of this.#documentsOf(part, options.signal)) await documents.add(document)
      const source = await store.source(partPostings(part), options.signal)
      if (!source) throw damaged(partPostings(part), 'it is missing')
      sources.push(source)
    }
    await documents.finish()
    const parts = [{ sources, firstDocument: 0 }]
    const manifest = await assemble({ ...options, head, corpus: this.#corpus, parts, store })
    await removeParts(store)
    return manifest
  }

  async #resume(part: number, signal: AbortSignal | undefined): Promise<void> {
    for await (const { kind, tokens } of this.#documentsOf(part, signal)) this.#corpus.add(kind, tokens)
    this.#parts += 1
  }

  #documentsOf(part: number, signal: AbortSignal | undefined): AsyncGenerator<IndexDocument> {
    const { store, head } = this.#options
    return readDocuments(store, partDocuments(part), head.corpus.kinds.length, signal)
  }
}

/** Parts of an earlier build of the same corpus by the same code; 0 where there are none. */
async function partsDone({ store, head, fingerprint }: BuilderOptions): Promise<number> {
  const known = await readJson(store, PROGRESS)
  if (typeof known !== 'object' || known === null) return 0
  const { fingerprint: before, code, parts } = { fingerprint: '', code: '', parts: 0, ...known }
  return before === fingerprint && code === head.code && Number.isSafeInteger(parts) ? parts : 0
}

async function removeParts(store: IndexStore): Promise<void> {
  await store.remove(PROGRESS)
  for (const name of await store.names()) if (name.startsWith('part-')) await store.remove(name)
}
