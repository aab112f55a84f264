// Checks a file's SHA-256 while it is read: chunks are hashed in file order as they pass, and only those that passed
// out of order are read again from storage at the end.

/** Buffers that go to the hasher and back: memory stays bounded when hashing is slower than the network. */
const BUFFERS = 2

export class Verifier {
  readonly #worker = new Worker(new URL('./sha256.worker.ts', import.meta.url), { type: 'module' })
  readonly #digest = Promise.withResolvers<string>()
  readonly #idle: ArrayBuffer[] = []
  #made = 0
  #order: Promise<void> = Promise.resolve()
  readonly #waiting: (() => void)[] = []
  #next = 0

  constructor() {
    this.#digest.promise.catch(() => undefined)
    this.#worker.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === 'string') this.#digest.resolve(data)
      else this.#idle.push(data)
      this.#waiting.shift()?.()
    })
    this.#worker.addEventListener('error', (event) => {
      this.#digest.reject(new Error(`hashing failed: ${event.message}`))
      for (const go of this.#waiting.splice(0)) go()
    })
  }

  /** The chunk that is hashed next. */
  get next(): number {
    return this.#next
  }

  /** Hashes a chunk if it is the next. Resolves when it has been taken over. */
  async offer(index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (index !== this.#next) return
    this.#next += 1
    this.#order = this.#order.then(async () => {
      const copy = await this.#buffer(bytes.length)
      new Uint8Array(copy).set(bytes)
      this.#worker.postMessage({ part: copy, length: bytes.length }, [copy])
    })
    await this.#order
  }

  /** The hash of all chunks offered in order, as hexadecimal digits. */
  digest(): Promise<string> {
    this.#worker.postMessage('digest')
    return this.#digest.promise
  }

  end(): void {
    this.#worker.terminate()
  }

  async #buffer(length: number): Promise<ArrayBuffer> {
    for (;;) {
      const idle = this.#idle.pop()
      if (idle && idle.byteLength >= length) return idle
      if (idle) this.#made -= 1
      if (this.#made < BUFFERS) {
        this.#made += 1
        return new ArrayBuffer(length)
      }
      await new Promise<void>((go) => this.#waiting.push(go))
    }
  }
}
