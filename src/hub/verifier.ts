// Checks a file's SHA-256 while it is read: chunks are hashed in file order as they pass, and only those that passed
// out of order are read again from storage at the end.

/** Bytes that go to the hasher at a time, in buffers that go to and fro: hashing may be slower than the network. */
const PART = 1024 * 1024
const BUFFERS = 4

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
      for (let at = 0; at < bytes.length; at += PART) {
        const part = await this.#buffer()
        const length = Math.min(PART, bytes.length - at)
        new Uint8Array(part).set(bytes.subarray(at, at + length))
        this.#worker.postMessage({ part, length }, [part])
      }
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

  async #buffer(): Promise<ArrayBuffer> {
    for (;;) {
      const idle = this.#idle.pop()
      if (idle) return idle
      if (this.#made < BUFFERS) {
        this.#made += 1
        return new ArrayBuffer(PART)
      }
      await new Promise<void>((go) => this.#waiting.push(go))
    }
  }
}
