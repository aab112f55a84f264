// The few chunks of a download that are under way or in memory, and the memory they take turns in.
import { CHUNK } from './chunks.ts'
import { unlessAborted } from './turns.ts'

/** Chunks under way or held in memory: 16 MiB. */
const WINDOW = 4
/** Of these, chunks that have been read: neighbouring reads share one. */
const KEPT = 1

type Bytes = Uint8Array<ArrayBuffer>
/** What is done with a chunk's bytes: until it resolves, their memory is not used for others. */
type Use = (bytes: Bytes) => void | Promise<void>

/** Buffers to use again: fresh memory for every chunk is slow to get and to clear, and what was used is garbage. */
export class ChunkMemory {
  readonly #spare: ArrayBuffer[] = []
  readonly #most: () => number

  /** `most` tells how many are worth keeping now. */
  constructor(most: () => number) {
    this.#most = most
  }

  /** Memory for a chunk. */
  take(length: number): Bytes {
    return new Uint8Array(this.#spare.pop() ?? new ArrayBuffer(CHUNK), 0, length)
  }

  give(buffer: ArrayBuffer): void {
    if (buffer.byteLength === CHUNK) this.#spare.push(buffer)
    this.#spare.splice(this.#most())
  }

  clear(): void {
    this.#spare.length = 0
  }
}

/** A chunk on its way to memory, or in it. */
interface Held {
  bytes: Promise<Bytes>
  /** Settles when the chunk is stored too and may be let go. */
  settled: Promise<void>
  busy: boolean
  waiters: number
  /** Whether a reader has had it; one fetched ahead is not let go before. */
  used: boolean
  controller: AbortController
}

interface WindowOptions {
  /** Chunks of the file. */
  chunks: number
  memory: ChunkMemory
  /** Brings a chunk to memory. `stored` is called when nothing is left to do for it. */
  obtain(index: number, signal: AbortSignal, stored: () => void): Promise<Bytes>
  /** Called when a reader gave up and no other is waiting. */
  onAbandoned(reason: unknown): void
}

export class ChunkWindow {
  readonly #options: WindowOptions
  readonly #held = new Map<number, Held>()
  /** Whose abort ends what was begun for them. */
  readonly #readers = new WeakSet<AbortSignal>()

  constructor(options: WindowOptions) {
    this.#options = options
  }

  has(index: number): boolean {
    return this.#held.has(index)
  }

  /**
   * Lends a chunk's bytes to `use`; the chunks after it, up to `ahead`, are begun as far as there is room. Giving up
   * ends every transfer that nobody else waits for.
   */
  async read(index: number, ahead: number, signal: AbortSignal | undefined, use: Use): Promise<void> {
    if (signal) this.#heed(signal)
    if (!this.#held.has(index)) await this.#room()
    // It is waited for first, so that making room for those ahead does not take it.
    const waiting = this.#wait(this.#hold(index), signal, use)
    for (let next = index + 1; next <= Math.min(ahead, this.#options.chunks - 1); next++) {
      if (this.#held.has(next)) continue
      if (!this.#makeRoom()) break
      this.#hold(next)
    }
    return waiting
  }

  /** Lends a chunk's bytes to `use`, whether or not there is room. */
  need(index: number, signal: AbortSignal | undefined, use: Use): Promise<void> {
    return this.#wait(this.#hold(index), signal, use)
  }

  /** Lets go of what was read but for the last. */
  trim(): void {
    const read = [...this.#held].filter(([, held]) => held.used && !held.busy && held.waiters === 0)
    for (const [index] of read.slice(0, -KEPT)) this.#letGo(index)
  }

  /** Lets go of a chunk, first of those that were read; false when all are under way. */
  #makeRoom(): boolean {
    if (this.#held.size < WINDOW) return true
    const idle = [...this.#held].filter(([, held]) => !held.busy && held.waiters === 0)
    const [index] = idle.find(([, held]) => held.used) ?? idle[0] ?? []
    return index !== undefined && this.#letGo(index)
  }

  async #room(): Promise<void> {
    while (!this.#makeRoom()) {
      const busy = [...this.#held.values()].filter((held) => held.busy)
      if (busy.length === 0) return
      await Promise.race(busy.map((held) => held.settled))
    }
  }

  /** Forgets a chunk that nobody waits for; its buffer is used again. */
  #letGo(index: number): boolean {
    const held = this.#held.get(index)
    void held?.bytes.then(({ buffer }) => this.#options.memory.give(buffer))
    return this.#held.delete(index)
  }

  #hold(index: number): Held {
    const known = this.#held.get(index)
    if (known && !known.controller.signal.aborted) {
      this.#held.delete(index)
      this.#held.set(index, known)
      return known
    }
    const controller = new AbortController()
    const stored = Promise.withResolvers<void>()
    const bytes = this.#options.obtain(index, controller.signal, stored.resolve)
    const held: Held = { bytes, settled: stored.promise, busy: true, waiters: 0, used: false, controller }
    this.#held.set(index, held)
    bytes.catch(() => {
      if (this.#held.get(index) === held) this.#held.delete(index)
      stored.resolve()
    })
    void stored.promise.then(() => {
      held.busy = false
    })
    return held
  }

  async #wait(held: Held, signal: AbortSignal | undefined, use: Use): Promise<void> {
    held.waiters += 1
    try {
      await use(await unlessAborted(held.bytes, signal))
    } finally {
      held.waiters -= 1
      held.used = true
      if (signal?.aborted) this.#abandon(signal.reason)
    }
  }

  /** A reader may give up between two reads, while it has its hands full with what it got. */
  #heed(signal: AbortSignal): void {
    if (this.#readers.has(signal)) return
    this.#readers.add(signal)
    signal.addEventListener('abort', () => this.#abandon(signal.reason), { once: true })
  }

  #abandon(reason: unknown): void {
    const idle = [...this.#held.values()].filter(({ waiters }) => waiters === 0)
    for (const { controller } of idle) controller.abort(reason)
    if (idle.length === this.#held.size) this.#options.onAbandoned(reason)
  }
}
