// Checks a file's SHA-256 while it is read: chunks are hashed in file order as they pass, and only those that passed
// out of order are read again from storage at the end.

/** Chunks waiting in the hasher at a time: memory stays bounded when hashing is slower than the network. */
const QUEUED = 1

export class Verifier {
  readonly #worker = new Worker(new URL('./sha256.worker.ts', import.meta.url), { type: 'module' })
  readonly #waiting: { resolve: (answer: string) => void; reject: (error: unknown) => void }[] = []
  #next = 0

  constructor() {
    this.#worker.addEventListener('message', ({ data }: MessageEvent<string>) => {
      this.#waiting.shift()?.resolve(data)
    })
    this.#worker.addEventListener('error', (event) => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(`hashing failed: ${event.message}`))
    })
  }

  /** The chunk that is hashed next. */
  get next(): number {
    return this.#next
  }

  /** Hashes a chunk if it is the next. Resolves when there is room for another. */
  async offer(index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (index !== this.#next) return
    this.#next += 1
    const part = bytes.slice().buffer
    const done = this.#ask({ part }, [part])
    if (this.#waiting.length > QUEUED) await done
    else done.catch(() => undefined)
  }

  /** The hash of all chunks offered in order, as hexadecimal digits. */
  digest(): Promise<string> {
    return this.#ask('digest', [])
  }

  end(): void {
    this.#worker.terminate()
  }

  #ask(request: { part: ArrayBuffer } | 'digest', transfer: Transferable[]): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#worker.postMessage(request, transfer)
    })
  }
}
