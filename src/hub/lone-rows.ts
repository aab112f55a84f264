// Lone rows of a large file: rows of a table, headers, directories. Each is fetched by itself, because fetching a chunk
// for it would waste most of the chunk.
import { Unreachable } from '../lib/errors.ts'
import { CHUNK } from './chunks.ts'
import type { StorageFailed } from './opfs.ts'
import type { RemoteFile } from './remote-file.ts'
import { SmallReads } from './small-reads.ts'
import type { StoredEntry } from './stored-entry.ts'

/** Below so many bytes a read is taken for a lone row. */
export const LONE_ROW = 64 * 1024
/** The same for a read that says that it stands alone: a quarter of what would be fetched otherwise. */
const LARGEST_ALONE = CHUNK / 4
/** Milliseconds for which a host that did not answer is not asked for more of them: it takes seconds to know. */
const AWAY = 3000

interface LoneRowsOptions {
  file: RemoteFile
  /** Where the file is kept; undefined where it is not, or no longer. */
  entry(): StoredEntry | undefined
  /** Chunks that have passed or are stored. */
  present: ReadonlySet<number>
  /** Whether a chunk is on its way to memory, or in it. */
  isHeld(index: number): boolean
  /** Told when storage refuses to take more. */
  onStorageFailed(failure: StorageFailed): void
}

export class LoneRows {
  readonly #options: LoneRowsOptions
  readonly #reads: SmallReads
  /** That the host did not answer, and until when that is taken for so. */
  #away: { error: Unreachable; until: number } | undefined

  constructor(options: LoneRowsOptions) {
    this.#options = options
    const { size, sha256 } = options.file
    this.#reads = new SmallReads({
      ...{ entry: options.entry(), size, checked: sha256 !== undefined },
      onStorageFailed: options.onStorageFailed,
    })
  }

  /**
   * From what is at hand or kept, or exactly these bytes from the host; undefined when chunks are to be read. `alone`:
   * the reader says that little around them will be read.
   */
  async read(
    offset: number,
    length: number,
    signal: AbortSignal | undefined,
    alone = false,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (length >= (alone ? LARGEST_ALONE : LONE_ROW)) return undefined
    const recent = this.#reads.recent(offset, length)
    if (recent) return recent
    const { file, entry, present, isHeld } = this.#options
    // A file of one chunk is fetched whole.
    if (file.size <= CHUNK) return undefined
    const first = Math.floor(offset / CHUNK)
    const last = Math.floor((offset + length - 1) / CHUNK)
    if (isHeld(first) || isHeld(last)) return undefined
    if (first !== last) return alone ? this.#across(offset, last * CHUNK, length, signal) : undefined
    if (present.has(first)) {
      const part = await entry()?.getPart(first, offset - first * CHUNK, length)
      if (part) return part
    }
    const kept = await this.#reads.kept(offset, length)
    if (kept) return kept
    const bytes = new Uint8Array(length)
    if (this.#away && performance.now() < this.#away.until) throw this.#away.error
    try {
      await file.fetch(bytes, offset, signal)
    } catch (error) {
      if (error instanceof Unreachable) this.#away = { error, until: performance.now() + AWAY }
      throw error
    }
    this.#reads.add(offset, bytes)
    return bytes.slice()
  }

  /** A read that goes on behind `end`, where a chunk begins: they are kept apart. */
  async #across(
    offset: number,
    end: number,
    length: number,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const [before, behind] = await Promise.all([
      this.read(offset, end - offset, signal, true),
      this.read(end, offset + length - end, signal, true),
    ])
    if (!before || !behind) return undefined
    const bytes = new Uint8Array(length)
    bytes.set(before)
    bytes.set(behind, end - offset)
    return bytes
  }

  /** Keeps what was read otherwise. */
  add(offset: number, bytes: Uint8Array<ArrayBuffer>): void {
    this.#reads.add(offset, bytes)
  }

  /** Nothing more is kept. */
  end(): void {
    this.#reads.end()
  }
}
