// A finished index as the page reads it: statistics by column for lists, one feature by a few ranges for its page.
import { DOCUMENTS, FEATURES, POSTINGS, postingsFile, TOKENS } from './columns.ts'
import { type IndexManifest, parseManifest } from './manifest.ts'
import { damaged, ParquetIn, type Read } from './parquet-read.ts'
import { type IndexFiles, readJson } from './store.ts'
import type { FeatureStatistics, IndexDocument, Postings } from './types.ts'

/** A document with what one feature does in it. */
export interface FeatureDocument extends IndexDocument {
  /** [tokens] 0 where the feature is silent */
  values: Float32Array
}

export class ActivationIndex {
  readonly manifest: IndexManifest
  readonly #files: IndexFiles
  readonly #opened = new Map<string, Promise<ParquetIn<never>>>()
  #pieces: Promise<Map<number, string>> | undefined
  #coactiveCounts: Promise<Int32Array> | undefined

  /** Undefined where `files` hold no index; UserError where it is damaged or of another version. */
  static async open(files: IndexFiles, signal?: AbortSignal): Promise<ActivationIndex | undefined> {
    const json = await readJson(files, 'manifest.json', signal)
    return json === undefined ? undefined : new ActivationIndex(files, parseManifest(json, 'manifest.json'))
  }

  private constructor(files: IndexFiles, manifest: IndexManifest) {
    this.#files = files
    this.manifest = manifest
  }

  get files(): IndexFiles {
    return this.#files
  }

  /** Columns of all features, for lists. */
  async columns<N extends keyof typeof FEATURES>(
    names: readonly N[],
  ): Promise<Read<Pick<typeof FEATURES, N>>> {
    return (await this.#features()).read(names)
  }

  /** Statistics of features `from` to before `to`. */
  async statistics(from: number, to: number): Promise<FeatureStatistics[]> {
    const names = Object.keys(FEATURES) as (keyof typeof FEATURES)[]
    const rows = await (await this.#features()).read(names, from, to)
    return Array.from({ length: to - from }, (_, at) => rowAt(rows, at))
  }

  /** One feature's stored postings, the strongest first. */
  async postings({ file, row, stored }: FeatureStatistics): Promise<Postings> {
    const opened = await this.#open(postingsFile(file), POSTINGS)
    return opened.read(['feature', 'document', 'position', 'value'], row, row + stored)
  }

  /** Every document of `postings`, all of one feature, in the order of their first posting. */
  async documents(postings: Postings): Promise<FeatureDocument[]> {
    const found = await this.#documentsAt([...new Set(postings.document)])
    const values = new Map<number, Float32Array>()
    for (const [number, { tokens }] of found) values.set(number, new Float32Array(tokens.length))
    for (let at = 0; at < postings.value.length; at += 1) {
      const own = values.get(postings.document[at])
      if (!own || postings.position[at] >= own.length) {
        throw damaged(
          'documents.parquet',
          `it lacks position ${postings.position[at]} of document ${postings.document[at]}`,
        )
      }
      own[postings.position[at]] = postings.value[at]
    }
    return [...found.values()].map((document) => ({
      ...document,
      values: values.get(document.document) ?? new Float32Array(document.tokens.length),
    }))
  }

  /** Piece of every token id that occurs. */
  pieces(): Promise<Map<number, string>> {
    this.#pieces ??= this.#open('tokens.parquet', TOKENS).then(async (file) => {
      const { id, piece } = await file.read(['id', 'piece'])
      return new Map(Array.from(id, (one, at) => [one, piece[at]]))
    })
    return this.#pieces
  }

  /** [dSae] firings of every feature on the tokens that co-active features were counted over. */
  coactiveCounts(): Promise<Int32Array> {
    this.#coactiveCounts ??= this.columns(['coactiveCount']).then(({ coactiveCount }) => coactiveCount)
    return this.#coactiveCounts
  }

  /** Documents by number, in the order asked; neighbours are read together. */
  async #documentsAt(numbers: readonly number[]): Promise<Map<number, IndexDocument>> {
    const file = await this.#open('documents.parquet', DOCUMENTS)
    const found = new Map<number, IndexDocument>(numbers.map((number) => [number, MISSING]))
    const all = stretches(numbers, file.rows).map(async ([from, to]) => {
      const rows = await file.read(['kind', 'title', 'tokens'], from, to)
      for (let at = from; at < to; at += 1) {
        if (!found.has(at)) continue
        const [kind, title, tokens] = [rows.kind[at - from], rows.title[at - from], rows.tokens[at - from]]
        found.set(at, { document: at, kind, title, tokens })
      }
    })
    await Promise.all(all)
    for (const [number, document] of found) {
      if (document === MISSING) throw damaged('documents.parquet', `it has no document ${number}`)
    }
    return found
  }

  async #features(): Promise<ParquetIn<typeof FEATURES>> {
    const file = await this.#open('features.parquet', FEATURES)
    if (file.rows !== this.manifest.dSae) {
      throw damaged('features.parquet', `it has ${file.rows} rows for ${this.manifest.dSae} features`)
    }
    return file
  }

  #open<C extends Parameters<typeof ParquetIn.open>[1]>(name: string, columns: C): Promise<ParquetIn<C>> {
    const known = this.#opened.get(name) ?? this.#openNew(name, columns)
    this.#opened.set(name, known as Promise<ParquetIn<never>>)
    // One that could not be opened is tried again.
    known.catch(() => this.#opened.delete(name))
    return known as Promise<ParquetIn<C>>
  }

  async #openNew<C extends Parameters<typeof ParquetIn.open>[1]>(name: string, columns: C) {
    const source = await this.#files.source(name)
    if (!source) throw damaged(name, 'it is missing')
    return ParquetIn.open(source, columns)
  }
}

const MISSING: IndexDocument = { document: -1, kind: 0, title: '', tokens: [] }

/** Rows between two documents that are read along rather than asked for separately. */
const GAP = 64

/** Ascending stretches [from, to) that hold all of `numbers` below `rows`. */
function stretches(numbers: readonly number[], rows: number): [number, number][] {
  const sorted = numbers.filter((number) => number >= 0 && number < rows).sort((a, b) => a - b)
  const found: [number, number][] = []
  for (const number of sorted) {
    const last = found.at(-1)
    if (last && number - last[1] <= GAP) last[1] = number + 1
    else found.push([number, number + 1])
  }
  return found
}

function rowAt(rows: Read<typeof FEATURES>, at: number): FeatureStatistics {
  const entries = Object.entries(rows).map(([name, values]) => [name, values[at]])
  return Object.fromEntries(entries) as unknown as FeatureStatistics
}
