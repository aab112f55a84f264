// Small reads of a large file (its header, rows of a table): the last few are at hand, and all are kept as pieces of
// their chunks, so that a later visit needs no host for them.
import { CHUNK } from './chunks.ts'
import { StorageFailed } from './opfs.ts'
import { PartialChunks, readPiece } from './partial-chunks.ts'
import type { StoredEntry } from './stored-entry.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** Reads at hand: a zip's directory lies in the tail that was read to find it, headers follow one another. */
const AT_HAND = 16

interface SmallReadsOptions {
  entry: StoredEntry | undefined
  /** Bytes of the file. */
  size: number
  /** Whether whole chunks pass a check of the whole file before they are kept: then none is made of small reads. */
  checked: boolean
  /** Told when storage refuses to take more. */
  onStorageFailed(failure: StorageFailed): void
}

export class SmallReads {
  readonly #options: SmallReadsOptions
  readonly #recent: { offset: number; bytes: Bytes }[] = []
  /** What is still to be written, by chunk. */
  readonly #pending = new Map<number, { from: number; bytes: Bytes }[]>()
  readonly #partial = new PartialChunks()
  #writing = false
  #ended = false

  constructor(options: SmallReadsOptions) {
    this.#options = options
  }

  /** A copy of these bytes if one of the last reads holds all of them. */
  recent(offset: number, length: number): Bytes | undefined {
    return within(
      this.#recent.map(({ offset, bytes }) => ({ from: offset, bytes })),
      offset,
      length,
    )
  }

  /** A copy of these bytes, of one chunk, if an earlier read kept all of them. */
  async kept(offset: number, length: number): Promise<Bytes | undefined> {
    const index = Math.floor(offset / CHUNK)
    const start = offset - index * CHUNK
    const pending = within(this.#pending.get(index) ?? [], start, length)
    if (pending) return pending
    const piece = await this.#options.entry?.piece(index)
    return piece && within(readPiece(piece), start, length)
  }

  /** Keeps what was read, of one chunk; that it is written is not waited for. */
  add(offset: number, bytes: Bytes): void {
    this.#recent.push({ offset, bytes })
    if (this.#recent.length > AT_HAND) this.#recent.shift()
    if (this.#ended || !this.#options.entry || bytes.length === 0) return
    const index = Math.floor(offset / CHUNK)
    this.#pending.set(index, [...(this.#pending.get(index) ?? []), { from: offset - index * CHUNK, bytes }])
    void this.#write()
  }

  /** Nothing more is kept. */
  end(): void {
    this.#ended = true
    this.#pending.clear()
  }

  async #write(): Promise<void> {
    if (this.#writing) return
    this.#writing = true
    try {
      for (let [next] = this.#pending; next && !this.#ended; [next] = this.#pending) {
        const [index, parts] = next
        await this.#keep(index, parts)
        // What came meanwhile is written next.
        const later = this.#pending.get(index)?.slice(parts.length) ?? []
        if (later.length > 0) this.#pending.set(index, later)
        else this.#pending.delete(index)
      }
    } catch (error) {
      this.end()
      this.#options.onStorageFailed(error instanceof StorageFailed ? error : new StorageFailed(error))
    } finally {
      this.#writing = false
      this.#partial.clear()
    }
  }

  /** Adds to a chunk's piece; two tabs take turns. */
  async #keep(index: number, parts: readonly { from: number; bytes: Bytes }[]): Promise<void> {
    const { entry, size, checked } = this.#options
    if (!entry || entry.present.has(index)) return
    const length = Math.min(CHUNK, size - index * CHUNK)
    await navigator.locks.request(`featurescope:${entry.key}:piece ${index}`, async () => {
      const piece = await entry.piece(index)
      let whole: Bytes | undefined
      for (const { from, bytes } of [...(piece ? readPiece(piece) : []), ...parts]) {
        whole ??= this.#partial.add('', length, from, bytes)
      }
      const joined = this.#partial.piece('')
      this.#partial.drop('')
      if (whole && !checked) {
        const { failed } = await entry.put(index, whole)
        if (failed) throw failed
      } else if (!whole && joined) await entry.putPiece(index, joined)
    })
  }
}

function within(
  parts: readonly { from: number; bytes: Bytes }[],
  offset: number,
  length: number,
): Bytes | undefined {
  const part = parts.find(({ from, bytes }) => from <= offset && offset + length <= from + bytes.length)
  return part?.bytes.slice(offset - part.from, offset - part.from + length)
}
