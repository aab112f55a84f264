// A remote file as a ByteSource: fetched in chunks, some at a time and ahead of a sequential reader, kept in the
// browser's storage where there is some, and checked against the hub's SHA-256 once all of it has passed.
import { type ByteSource, checkRange, type ReadHint } from '../lib/byte-source.ts'
import { isAbort } from '../lib/errors.ts'
import { CHUNK } from './chunks.ts'
import { ChangedFile, wrongDigest } from './http-errors.ts'
import { StorageFailed } from './opfs.ts'
import { RecentReads } from './recent-reads.ts'
import type { RemoteFile } from './remote-file.ts'
import { RunEnded, Runs, regionLock } from './runs.ts'
import { CHECKSUM, type StoredEntry } from './store.ts'
import { Verifier } from './verifier.ts'

/** Chunks under way or held in memory: 16 MiB. */
const WINDOW = 4
/** Of these, chunks that have been read: neighbouring reads share one. */
const KEPT = 1
const PARALLEL = 4
/** Chunks begun ahead of a reader that goes from front to back. */
const AHEAD = 3
/** Buffers kept to be used again. */
const SPARE = 3
/** Below this a read is taken for a lone row, and fetching a chunk for it would waste most of the chunk. */
const SMALL = 64 * 1024

export interface DownloadOptions {
  entry: StoredEntry | undefined
  /** Told when storage refuses to take more. */
  onStorageFailed: (failure: StorageFailed) => void
  /** First bytes of the file, where they are known already. */
  head?: Uint8Array<ArrayBuffer>
}

/** A chunk on its way to memory, or in it. */
interface Held {
  bytes: Promise<Uint8Array<ArrayBuffer>>
  /** Settles when the chunk is stored too and may be let go. */
  settled: Promise<void>
  busy: boolean
  waiters: number
  /** Whether a reader has had it; one fetched ahead is not let go before. */
  used: boolean
  controller: AbortController
}

export class Download implements ByteSource {
  readonly name: string
  readonly size: number
  /** What it is a download of. */
  readonly file: RemoteFile
  readonly #onStorageFailed: DownloadOptions['onStorageFailed']
  readonly #chunks: number
  readonly #held = new Map<number, Held>()
  readonly #recent = new RecentReads()
  /** Chunks that have passed here or are stored. */
  readonly #present: Set<number>
  readonly #turns: (() => void)[] = []
  /** Buffers to use again: fresh memory for every chunk is slow to get and to clear. */
  readonly #spare: ArrayBuffer[] = []
  #fetching = 0
  readonly #runs: Runs | undefined
  /** Chunks that will be read, each range in one go. */
  readonly #wanted: { from: number; to: number }[] = []
  /** False once storage has refused; what it holds is still read from there. */
  #storing = true
  #entry: StoredEntry | undefined
  #verifier: Verifier | undefined
  #verified: Promise<void> | undefined
  #failed: unknown
  /** Where the last read ended, and how many in a row began where the one before ended. */
  #expected = 0
  #inRow = 0

  constructor(file: RemoteFile, { entry, onStorageFailed, head }: DownloadOptions) {
    this.name = file.name
    this.size = file.size
    this.file = file
    this.#entry = entry
    this.#onStorageFailed = onStorageFailed
    this.#chunks = Math.ceil(file.size / CHUNK)
    this.#present = new Set(entry?.present)
    if (file.sha256 && !entry?.verified) this.#verifier = new Verifier()
    if (head) this.#recent.add(0, head)
    this.#runs =
      entry &&
      new Runs({
        file,
        entry,
        isPresent: (index) => this.#present.has(index),
        onPresent: (index) => this.#present.add(index),
        onFailed: (error) => {
          if (error instanceof StorageFailed) this.#storageFailed(error)
          else void this.#failedBy(error)
        },
        take: (length) => this.#take(length),
        give: ({ buffer }) => this.#give(buffer),
      })
  }

  async read(
    offset: number,
    length: number,
    signal?: AbortSignal,
    hint?: ReadHint,
  ): Promise<Uint8Array<ArrayBuffer>> {
    signal?.throwIfAborted()
    if (this.#failed) throw this.#failed
    checkRange(this.name, this.size, offset, length)
    if (length === 0) return new Uint8Array(0)
    const found = await this.#readSmall(offset, length, signal)
    if (found) return found
    const out = hint?.into?.length === length ? hint.into : new Uint8Array(length)
    const first = Math.floor(offset / CHUNK)
    const last = Math.floor((offset + length - 1) / CHUNK)
    // One that goes on where the last one ended, headers between arrays left out, is read ahead of.
    this.#inRow = offset >= this.#expected && offset - this.#expected < SMALL ? this.#inRow + 1 : 0
    const sequential = this.#inRow > 1
    this.#expected = offset + length
    const until = Math.max(last + 1, Math.ceil((hint?.until ?? 0) / CHUNK))
    if (this.#storing) {
      if (until - first > AHEAD) this.#runs?.begin(first, until)
      for (const { from, to } of this.#wanted) this.#runs?.begin(from, to)
    }
    for (let index = first; index <= last; index++) {
      if (!this.#held.has(index)) await this.#room()
      const needed = this.#hold(index)
      this.#readAhead(index, sequential ? index + AHEAD : last)
      const bytes = await this.#wait(needed, signal)
      const from = Math.max(offset, index * CHUNK)
      const to = Math.min(offset + length, (index + 1) * CHUNK)
      out.set(bytes.subarray(from - index * CHUNK, to - index * CHUNK), from - offset)
    }
    this.#trim()
    await this.#finish(signal)
    return out
  }

  willRead(offset: number, length: number): void {
    this.#wanted.push({ from: Math.floor(offset / CHUNK), to: Math.ceil((offset + length) / CHUNK) })
  }

  /** Straight through: from storage what is there, the rest from the host, of which nothing is kept. */
  async stream(
    offset: number,
    length: number,
    onBytes: (part: Uint8Array<ArrayBuffer>) => void | Promise<void>,
    signal?: AbortSignal,
  ): Promise<void> {
    checkRange(this.name, this.size, offset, length)
    const end = offset + length
    for (let at = offset; at < end; ) {
      signal?.throwIfAborted()
      if (this.#failed) throw this.#failed
      const index = Math.floor(at / CHUNK)
      let stop = Math.min(end, (index + 1) * CHUNK)
      const kept = await this.#stored(index)
      if (kept) {
        await onBytes(kept.subarray(at - index * CHUNK, stop - index * CHUNK))
        this.#give(kept.buffer)
      } else {
        while (stop < end && !this.#inStorage(stop / CHUNK)) stop = Math.min(end, stop + CHUNK)
        try {
          await this.file.stream(at, stop - at, onBytes, signal)
        } catch (error) {
          throw await this.#failedBy(error)
        }
      }
      at = stop
    }
  }

  /** A lone row: from what is at hand, or exactly its bytes; undefined when it is to be read by chunks. */
  async #readSmall(
    offset: number,
    length: number,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (length >= SMALL) return undefined
    const recent = this.#recent.find(offset, length)
    if (recent) return recent
    // A file of one chunk is fetched whole.
    if (this.size <= CHUNK) return undefined
    const first = Math.floor(offset / CHUNK)
    const last = Math.floor((offset + length - 1) / CHUNK)
    if (this.#held.has(first) || this.#held.has(last) || first !== last) return undefined
    if (this.#entry && this.#present.has(first)) {
      const part = await this.#entry.getPart(first, offset - first * CHUNK, length)
      if (part) return part
    }
    const bytes = new Uint8Array(length)
    try {
      await this.file.fetch(bytes, offset, signal)
    } catch (error) {
      throw await this.#failedBy(error)
    }
    this.#recent.add(offset, bytes)
    return bytes.slice()
  }

  #readAhead(from: number, to: number): void {
    for (let index = from + 1; index <= Math.min(to, this.#chunks - 1); index++) {
      if (this.#held.has(index)) continue
      if (!this.#makeRoom()) return
      this.#hold(index)
    }
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

  #trim(): void {
    const read = [...this.#held].filter(([, held]) => held.used && !held.busy && held.waiters === 0)
    for (const [index] of read.slice(0, -KEPT)) this.#letGo(index)
  }

  /** Forgets a chunk that nobody waits for; its buffer is used again. */
  #letGo(index: number): boolean {
    const held = this.#held.get(index)
    void held?.bytes.then(({ buffer }) => this.#give(buffer))
    return this.#held.delete(index)
  }

  /** Memory for a chunk; its checksum fits behind it. */
  #take(length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#spare.pop() ?? new ArrayBuffer(CHUNK + CHECKSUM), 0, length)
  }

  #give(buffer: ArrayBuffer): void {
    if (buffer.byteLength === CHUNK + CHECKSUM && this.#spare.length < SPARE) this.#spare.push(buffer)
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
    const bytes = this.#obtain(index, controller.signal, stored.resolve)
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

  /** Waits for a chunk; giving up ends every transfer that nobody else waits for. */
  async #wait(held: Held, signal: AbortSignal | undefined): Promise<Uint8Array<ArrayBuffer>> {
    held.waiters += 1
    const aborted = Promise.withResolvers<never>()
    const stop = (): void => aborted.reject(signal?.reason)
    signal?.addEventListener('abort', stop, { once: true })
    try {
      return await Promise.race([held.bytes, aborted.promise])
    } finally {
      held.waiters -= 1
      held.used = true
      signal?.removeEventListener('abort', stop)
      if (signal?.aborted) {
        const others = [...this.#held.values()]
        for (const other of others) if (other.waiters === 0) other.controller.abort(signal.reason)
        if (others.every((other) => other.waiters === 0)) this.#runs?.end(signal.reason)
      }
    }
  }

  /** A chunk from storage or from the host. `stored` is called when nothing is left to do for it. */
  async #obtain(index: number, signal: AbortSignal, stored: () => void): Promise<Uint8Array<ArrayBuffer>> {
    await this.#turn(signal)
    let fetched: Uint8Array<ArrayBuffer>
    try {
      const brought = (await this.#stored(index)) ?? (await this.#fromRun(index, signal))
      fetched = brought ?? (await this.#fetchShared(index, signal, stored))
      if (brought) stored()
    } catch (error) {
      throw await this.#failedBy(error)
    } finally {
      this.#fetching -= 1
      this.#turns.shift()?.()
    }
    await this.#verifier?.offer(index, fetched)
    this.#present.add(index)
    return fetched
  }

  #inStorage(index: number): boolean {
    return this.#entry !== undefined && this.#present.has(index)
  }

  async #stored(index: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (!this.#present.has(index)) return undefined
    const { buffer } = this.#take(0)
    const bytes = await this.#entry?.get(index, buffer)
    if (bytes?.buffer !== buffer) this.#give(buffer)
    return bytes
  }

  /** From a long request that is under way; undefined when none brings it, or it ended before. */
  async #fromRun(index: number, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const arrival = this.#runs?.arrival(index)
    if (!arrival) return undefined
    signal.throwIfAborted()
    const aborted = Promise.withResolvers<never>()
    const stop = (): void => aborted.reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    try {
      return await Promise.race([arrival, aborted.promise])
    } catch (error) {
      if (signal.aborted || !(error instanceof RunEnded)) throw error
      return this.#stored(index)
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** At most four transfers at a time, in the order asked. */
  async #turn(signal: AbortSignal): Promise<void> {
    while (this.#fetching >= PARALLEL) {
      await new Promise<void>((resolve) => this.#turns.push(resolve))
      if (signal.aborted) {
        this.#turns.shift()?.()
        throw signal.reason
      }
    }
    this.#fetching += 1
  }

  /** Fetches a chunk that no other tab is fetching; what another tab has stored meanwhile is taken from there. */
  async #fetchShared(
    index: number,
    signal: AbortSignal,
    stored: () => void,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const entry = this.#entry
    if (!entry) {
      const bytes = await this.#fetch(index, signal)
      stored()
      return bytes
    }
    const got = Promise.withResolvers<Uint8Array<ArrayBuffer>>()
    const alone = { signal, mode: 'shared' } as const
    navigator.locks
      // Shared with other chunks of the region, not with a run through it; the chunk itself is for one tab.
      .request(regionLock(entry, index), alone, () =>
        navigator.locks.request(`featurescope:${entry.key}:${index}`, { signal }, async () => {
          const kept = await entry.get(index)
          const bytes = kept ?? (await this.#fetch(index, signal))
          got.resolve(bytes)
          // The lock is held until the chunk is stored, so that another tab finds it there.
          if (!kept && this.#storing) await entry.put(index, bytes)
        }),
      )
      .catch((error: unknown) => {
        if (error instanceof StorageFailed) this.#storageFailed(error)
        else got.reject(error)
      })
      .finally(stored)
    return got.promise
  }

  async #fetch(index: number, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = this.#take(Math.min(CHUNK, this.size - index * CHUNK))
    await this.file.fetch(bytes, index * CHUNK, signal)
    return bytes
  }

  #storageFailed(failure: StorageFailed): void {
    if (this.#storing) this.#onStorageFailed(failure)
    this.#storing = false
  }

  /** What a failure means for the whole file: one that changed is dropped, and no later read mixes the two. */
  async #failedBy(error: unknown): Promise<unknown> {
    if (error instanceof ChangedFile) await this.#drop(error)
    return this.#failed ?? error
  }

  async #drop(error: unknown): Promise<void> {
    this.#failed = error
    this.#runs?.end(error)
    this.file.forget()
    this.#verifier?.end()
    this.#verifier = undefined
    await this.#entry?.delete()
    this.#entry = undefined
  }

  /** When all chunks have passed: compares the whole with the hub's SHA-256 before the last read is answered. */
  async #finish(signal: AbortSignal | undefined): Promise<void> {
    if (!this.#verifier) return
    // A file's directory may be alone in the last chunk, which then nobody reads by chunks.
    if (this.#chunks - this.#present.size === 1) {
      for (let index = 0; index < this.#chunks; index++) {
        if (!this.#present.has(index)) await this.#wait(this.#hold(index), signal)
      }
    }
    if (this.#present.size < this.#chunks) return
    this.#verified ??= this.#verify(this.#verifier, signal).catch((error) => {
      this.#verified = undefined
      throw error
    })
    await this.#verified
  }

  async #verify(verifier: Verifier, signal: AbortSignal | undefined): Promise<void> {
    while (verifier.next < this.#chunks) {
      const index = verifier.next
      const held = this.#hold(index)
      const bytes = await this.#wait(held, signal)
      // Obtaining it anew has hashed it; one that was held had passed too early.
      await verifier.offer(index, bytes)
      this.#trim()
    }
    const found = await verifier.digest()
    const wanted = this.file.sha256
    if (wanted && found !== wanted) {
      await this.#drop(wrongDigest(this.name, wanted, found))
      throw this.#failed
    }
    verifier.end()
    this.#verifier = undefined
    await this.#entry?.setVerified().catch((error: unknown) => {
      if (!(error instanceof StorageFailed) || isAbort(error)) throw error
    })
  }
}
