// Compares a download with the hub's SHA-256 once every chunk has passed, before the last read is answered.
import type { ChunkWindow } from './chunk-window.ts'
import { Verifier } from './verifier.ts'

interface WholeCheckOptions {
  /** Chunks of the file. */
  chunks: number
  /** The hub's SHA-256. */
  sha256: string
  window: ChunkWindow
  /** Chunks that have passed or are stored. */
  present: ReadonlySet<number>
  /** Called with what was found instead; rejects. */
  onWrong(found: string): Promise<never>
  onRight(): Promise<void>
}

export class WholeCheck {
  readonly #options: WholeCheckOptions
  /** Made when the first chunk comes: of a file that is only streamed, none does. */
  #verifier: Verifier | undefined
  #verified: Promise<void> | undefined
  #done = false

  constructor(options: WholeCheckOptions) {
    this.#options = options
  }

  /** The chunk that is hashed next. */
  get next(): number {
    return this.#verifier?.next ?? 0
  }

  /** Hashes a chunk if it is the next. Resolves when it has been taken over. */
  async offer(index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#done) return
    this.#verifier ??= new Verifier()
    await this.#verifier.offer(index, bytes)
  }

  /** Called after each read: checks the whole when all chunks have passed. */
  async finish(signal: AbortSignal | undefined): Promise<void> {
    if (this.#done) return
    const { chunks, present, window } = this.#options
    // A file's directory may be alone in the last chunk, which then nobody reads by chunks.
    if (chunks - present.size === 1) {
      const last = [...Array(chunks).keys()].filter((index) => !present.has(index))
      for (const index of last) await window.need(index, signal)
    }
    if (present.size < chunks) return
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

  async #verify(signal: AbortSignal | undefined): Promise<void> {
    const { chunks, sha256, window, onWrong, onRight } = this.#options
    this.#verifier ??= new Verifier()
    const verifier = this.#verifier
    while (verifier.next < chunks) {
      const index = verifier.next
      const bytes = await window.need(index, signal)
      // Obtaining it anew has hashed it; one that was held had passed too early.
      await verifier.offer(index, bytes)
      window.trim()
    }
    const found = await verifier.digest()
    if (found !== sha256) await onWrong(found)
    this.end()
    await onRight()
  }
}
