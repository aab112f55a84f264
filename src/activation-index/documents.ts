// documents.parquet: written in groups while the corpus is read, and read again by number.
import { DOCUMENTS } from './columns.ts'
import { damaged, ParquetIn } from './parquet-read.ts'
import { ParquetOut } from './parquet-write.ts'
import type { FileSink, IndexStore } from './store.ts'
import type { IndexDocument } from './types.ts'

const GROUP = 512

export class DocumentsWriter {
  readonly #out: ParquetOut
  #waiting: IndexDocument[] = []

  constructor(sink: FileSink, code: string) {
    this.#out = new ParquetOut(sink, DOCUMENTS, code)
  }

  async add(document: IndexDocument): Promise<void> {
    this.#waiting.push(document)
    if (this.#waiting.length === GROUP) await this.#flush()
  }

  async finish(): Promise<void> {
    await this.#flush()
    await this.#out.finish()
  }

  async #flush(): Promise<void> {
    const rows = this.#waiting
    this.#waiting = []
    await this.#out.group({
      document: Int32Array.from(rows, ({ document }) => document),
      kind: Int32Array.from(rows, ({ kind }) => kind),
      title: rows.map(({ title }) => title),
      tokens: rows.map(({ tokens }) => tokens),
    })
  }
}

/** All documents of one file in order, a group at a time. UserError where a kind or token is out of range. */
export async function* readDocuments(
  store: Pick<IndexStore, 'source'>,
  name: string,
  kinds: number,
  signal?: AbortSignal,
): AsyncGenerator<IndexDocument> {
  const source = await store.source(name, signal)
  if (!source) throw damaged(name, 'it is missing')
  const file = await ParquetIn.open(source, DOCUMENTS, signal)
  for (let start = 0; start < file.rows; start += GROUP) {
    signal?.throwIfAborted()
    const rows = await file.read(
      ['document', 'kind', 'title', 'tokens'],
      start,
      Math.min(file.rows, start + GROUP),
    )
    for (let row = 0; row < rows.kind.length; row += 1) {
      const [kind, tokens] = [rows.kind[row], rows.tokens[row]]
      if (kind < 0 || kind >= kinds)
        throw damaged(name, `document ${start + row} is of kind ${kind} of ${kinds}`)
      if (tokens.length === 0) throw damaged(name, `document ${start + row} has no tokens`)
      yield { document: rows.document[row], kind, title: rows.title[row], tokens }
    }
  }
}
