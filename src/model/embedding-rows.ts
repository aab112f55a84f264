// The embeddings of a run's tokens, read row by row from the checkpoint: the whole matrix is never held.
import type { ArrayEntry, ArrayFile } from '../formats/array.ts'
import { Unreachable, UserError } from '../lib/errors.ts'
import type { GemmaConfig } from './config.ts'
import { bytesPerElement, embeddingEntry } from './weights.ts'

/** A request costs about as long as this many bytes, so rows nearer than this come in one. */
const WORTH_A_REQUEST = 64 * 1024
/** Bytes read at once, at most. */
const LONGEST_READ = 8 * 1024 * 1024
/** As many as a browser sends one host at once. */
const READS_AT_ONCE = 6
/** Rows kept for the next text. */
const CACHE_BYTES = 32 * 1024 * 1024
const FLOAT = Float32Array.BYTES_PER_ELEMENT

/** Rows that were never read here, of a host that does not answer. */
export class MissingEmbeddings extends UserError {
  readonly ids: readonly number[]

  constructor(ids: readonly number[], cause: Unreachable) {
    super(
      {
        title: 'This text has tokens that were never used here.',
        detail: `The embeddings of token ${ids.join(', ')} are not stored, and are to be read from the host. ${cause.detail}`,
        remedy: 'Connect to the network and run it again, or run a text of tokens that were used before.',
      },
      { cause },
    )
    this.ids = ids
  }
}

export class EmbeddingRows {
  readonly #entry: ArrayEntry
  readonly #width: number
  /** Raw rows by token id, the least recently used first. */
  readonly #rows = new Map<number, Float32Array<ArrayBuffer>>()

  constructor({ config, weights }: { config: GemmaConfig; weights: ArrayFile }) {
    this.#entry = embeddingEntry(weights, config)
    this.#width = config.hiddenSize
  }

  /** Bytes a row takes in the file. */
  get rowBytes(): number {
    return this.#width * bytesPerElement(this.#entry)
  }

  /**
   * [ids.length, hidden] embeddings × √hidden, the factor rounded to float32 as the model's type. Rejects with
   * MissingEmbeddings where the host does not answer and rows are not stored.
   */
  async gather(ids: readonly number[], signal?: AbortSignal): Promise<Float32Array<ArrayBuffer>> {
    const wanted = new Set(ids)
    const missing = [...wanted].filter((id) => !this.#rows.has(id)).sort((a, b) => a - b)
    const fetched = await this.#read(missing, signal)
    const scale = Math.fround(Math.sqrt(this.#width))
    const out = new Float32Array(ids.length * this.#width)
    for (const [position, id] of ids.entries()) {
      const row = fetched.get(id) ?? this.#rows.get(id)
      if (!row) throw new Error(`embedding row ${id} was not read`)
      for (let i = 0; i < this.#width; i += 1) out[position * this.#width + i] = row[i] * scale
    }
    for (const id of wanted) this.#keep(id, fetched.get(id) ?? this.#rows.get(id))
    return out
  }

  async #read(ids: readonly number[], signal?: AbortSignal): Promise<Map<number, Float32Array<ArrayBuffer>>> {
    const rows = new Map<number, Float32Array<ArrayBuffer>>()
    const spans = this.#spans(ids).values()
    const missing: number[] = []
    let unanswered: Unreachable | undefined
    const read = async (span: readonly number[]): Promise<void> => {
      const first = span[0]
      const count = span[span.length - 1] - first + 1
      try {
        const values = await this.#entry.readFloat32(first * this.#width, count * this.#width, signal)
        for (const id of span) {
          const at = (id - first) * this.#width
          rows.set(id, values.slice(at, at + this.#width))
        }
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error
        unanswered = error
        if (span.length === 1) missing.push(first)
        // Single rows may be stored where the gaps between them are not.
        else for (const id of span) await read([id])
      }
    }
    const reader = async (): Promise<void> => {
      for (const span of spans) await read(span)
    }
    // The readers share one iterator: each takes the next span when it is done with its own.
    await Promise.all(Array.from({ length: READS_AT_ONCE }, reader))
    if (unanswered && missing.length > 0) {
      throw new MissingEmbeddings(
        missing.sort((a, b) => a - b),
        unanswered,
      )
    }
    return rows
  }

  /** Ascending ids in groups that are read together. */
  #spans(ids: readonly number[]): number[][] {
    const rowBytes = this.#width * FLOAT
    const spans: number[][] = []
    for (const id of ids) {
      const span = spans.at(-1)
      const near =
        span &&
        (id - span[span.length - 1]) * rowBytes <= WORTH_A_REQUEST &&
        (id - span[0] + 1) * rowBytes <= LONGEST_READ
      if (near) span.push(id)
      else spans.push([id])
    }
    return spans
  }

  #keep(id: number, row: Float32Array<ArrayBuffer> | undefined): void {
    if (!row) return
    this.#rows.delete(id)
    this.#rows.set(id, row)
    while (this.#rows.size * this.#width * FLOAT > CACHE_BYTES) {
      const [oldest] = this.#rows.keys()
      this.#rows.delete(oldest)
    }
  }
}
