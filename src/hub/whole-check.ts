// Compares a download with the hub's SHA-256 once every chunk has passed. A small file, or one that is not kept, is
// hashed as it passes, and its last read waits for the result. A large one that is kept is used at once, and hashed
// from storage beside that: the check takes half a second per 100 MB, on a fast line more than all the rest. A file
// that is found wrong then is withdrawn.
import type { ChunkWindow } from './chunk-window.ts'
import { CHUNK } from './chunks.ts'
import type { WholeDigest } from './shelf.ts'
import type { StoredEntry } from './stored-entry.ts'
import { Verifier } from './verifier.ts'

/** Files of so many chunks at most are checked before their last read is answered. */
const SMALL = 4

/** Bytes that will be read, from `from` to before `to`. */
export interface Wanted {
  from: number
  to: number
}

interface WholeCheckOptions {
  /** Chunks of the file. */
  chunks: number
  /** The hub's SHA-256. */
  sha256: string
  window: ChunkWindow
  /** Chunks that have passed or are stored. */
  present: ReadonlySet<number>
  /** Where everything that passes is kept; undefined where it is not, or no longer. */
  kept(): StoredEntry | undefined
  /** Drops the file, of which this was found instead. */
  onWrong(found: string): Promise<unknown>
  onRight(): Promise<void>
  /** Told of a large file that was found wrong when it was in use already. */
  onWithdrawn(error: unknown): void
}

export class WholeCheck {
  readonly #options: WholeCheckOptions
  /** Made when the first chunk comes: of a file that is only streamed, none does. */
  #verifier: Verifier | undefined
  #verified: Promise<void> | undefined
  #beside: Promise<void> | undefined
  #done = false

  constructor(options: WholeCheckOptions) {
    this.#options = options
  }

  /** Hashes a chunk if it is the next. Resolves when it has been taken over. */
  async offer(index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#done || this.#later()) return
    this.#verifier ??= new Verifier()
    await this.#verifier.offer(index, bytes)
  }

  /** Called after a read that ended in chunk `last`: checks the whole when all chunks have passed. */
  async passed(last: number, wanted: readonly Wanted[], signal: AbortSignal | undefined): Promise<void> {
    if (this.#done) return
    const after = (last + 1) * CHUNK
    // What is hashed next comes by without being read again for it, where the reader has said so.
    const goesOn = this.#later()
      ? wanted.length > 0
      : (this.#verifier?.next ?? 0) === last + 1 &&
        wanted.some(({ from, to }) => from < after + CHUNK && to > after)
    if (!goesOn) await this.#finish(signal)
  }

  async #finish(signal: AbortSignal | undefined): Promise<void> {
    const { chunks, present, window } = this.#options
    // A file's directory may be alone in the last chunk, which then nobody reads by chunks.
    if (chunks - present.size === 1) {
      const last = [...Array(chunks).keys()].filter((index) => !present.has(index))
      for (const index of last) await window.need(index, signal, () => undefined)
    }
    if (present.size < chunks) return
    const entry = this.#later()
    if (entry) {
      this.#beside ??= this.#verifyBeside(entry)
      return
    }
    this.#verified ??= this.#verify(signal).catch((error) => {
      this.#verified = undefined
      throw error
    })
    await this.#verified
  }

  end(): void {
    this.#done = true
    this.#verifier?.end()
    this.#verifier = undefined
  }

  /** Where the file is hashed from when it is in use. */
  #later(): StoredEntry | undefined {
    return this.#options.chunks > SMALL ? this.#options.kept() : undefined
  }

  async #verifyBeside(entry: StoredEntry): Promise<void> {
    const { sha256, onWrong, onRight, onWithdrawn } = this.#options
    let found = await entry.sha256()
    if (found === 'missing') found = await this.#mended(entry)
    // What is not known now is not known until the next visit; a folder is closed to be deleted.
    if (this.#done || typeof found === 'string') return
    if (found.sha256 === sha256) {
      this.end()
      await onRight()
    } else onWithdrawn(await onWrong(found.sha256))
  }

  /** Stores anew what storage has lost or damaged, and hashes once more. */
  async #mended(entry: StoredEntry): Promise<WholeDigest> {
    const { chunks, window } = this.#options
    const missing: number[] = []
    for (let index = 0; index < chunks; index++) if (!(await entry.get(index))) missing.push(index)
    // So much is not lost: another tab has deleted it, and it is not to come back by itself.
    if (missing.length > chunks / 2) return 'missing'
    try {
      for (const index of missing) {
        if (this.#done || this.#later() !== entry) return 'missing'
        await window.need(index, undefined, async (bytes) => {
          // Fetching it has stored it, but for one that was still in memory.
          if (!(await entry.get(index))) await entry.put(index, bytes.slice())
        })
        window.trim()
      }
    } catch {
      // There is no connection, or no room.
      return 'missing'
    }
    return entry.sha256()
  }

  async #verify(signal: AbortSignal | undefined): Promise<void> {
    const { chunks, sha256, window, onWrong, onRight } = this.#options
    this.#verifier ??= new Verifier()
    const verifier = this.#verifier
    while (verifier.next < chunks) {
      const index = verifier.next
      // Obtaining it anew has hashed it; one that was held had passed too early.
      await window.need(index, signal, (bytes) => verifier.offer(index, bytes))
      window.trim()
    }
    const found = await verifier.digest()
    if (found !== sha256) throw await onWrong(found)
    this.end()
    await onRight()
  }
}
