// A remote file as a ByteSource: fetched in chunks, some at a time and ahead of a sequential reader, kept in the
// browser's storage where there is some, and checked against the hub's SHA-256 once all of it has passed.
import { type ByteSource, checkRange, type ReadHint } from '../lib/byte-source.ts'
import type { DownloadListeners } from './cache.ts'
import { ChunkMemory, ChunkWindow } from './chunk-window.ts'
import { CHUNK } from './chunks.ts'
import { ChangedFile, wrongDigest } from './http-errors.ts'
import type { Locks } from './locks.ts'
import { LONE_ROW, LoneRows } from './lone-rows.ts'
import { StorageFailed } from './opfs.ts'
import type { RemoteFile } from './remote-file.ts'
import { RunEnded, Runs, regionLock } from './runs.ts'
import type { StoredEntry } from './stored-entry.ts'
import { Turns, unlessAborted } from './turns.ts'
import { type Wanted, WholeCheck } from './whole-check.ts'

/** Transfers at a time. */
const PARALLEL = 4
/** Chunks begun ahead of a reader that goes from front to back. */
const AHEAD = 3
/** Chunk buffers kept to be used again: in a download as many as it ever holds, else as many as are read ahead. */
const SPARE_IN_RUNS = 8
const SPARE = 3

interface DownloadOptions extends DownloadListeners {
  entry: StoredEntry | undefined
  /** Shared with other tabs. */
  locks: Locks
  /** First bytes of the file, where they are known already. */
  head?: Uint8Array<ArrayBuffer>
}

export class Download implements ByteSource {
  readonly name: string
  readonly size: number
  /** What it is a download of. */
  readonly file: RemoteFile
  readonly #locks: Locks
  readonly #tell: DownloadListeners
  readonly #chunks: number
  readonly #memory = new ChunkMemory(() =>
    this.#runs && this.#present.size < this.#chunks ? SPARE_IN_RUNS : SPARE,
  )
  readonly #window: ChunkWindow
  readonly #rows: LoneRows
  /** Chunks that have passed here or are stored. */
  readonly #present: Set<number>
  readonly #turns = new Turns(PARALLEL)
  readonly #runs: Runs | undefined
  /** What will be read, each range in one go; one that was read is taken out. */
  #wanted: Wanted[] = []
  /** False once storage has refused; what it holds is still read from there. */
  #storing = true
  #entry: StoredEntry | undefined
  #check: WholeCheck | undefined
  #failed: unknown
  /** Where the last read ended, and how many in a row began where the one before ended. */
  #expected = 0
  #inRow = 0

  constructor(file: RemoteFile, { entry, locks, head, ...tell }: DownloadOptions) {
    this.name = file.name
    this.size = file.size
    this.file = file
    this.#entry = entry
    this.#locks = locks
    this.#tell = tell
    this.#chunks = Math.ceil(file.size / CHUNK)
    this.#present = new Set(entry?.present)
    this.#window = new ChunkWindow({
      chunks: this.#chunks,
      memory: this.#memory,
      obtain: (index, signal, stored) => this.#obtain(index, signal, stored),
      onAbandoned: (reason) => {
        this.#runs?.end(reason)
        this.#memory.clear()
      },
    })
    if (file.sha256 && !entry?.verified) this.#check = this.#checkOf(file.sha256)
    this.#rows = new LoneRows({
      ...{ file, present: this.#present },
      entry: () => this.#entry,
      isHeld: (index) => this.#window.has(index),
      onStorageFailed: (failure) => this.#storageFailed(failure),
    })
    if (head) this.#rows.add(0, head)
    this.#runs =
      entry &&
      new Runs({
        file,
        entry,
        locks,
        isPresent: (index) => this.#present.has(index),
        onPresent: (index) => this.#present.add(index),
        onFailed: (error) => {
          if (error instanceof StorageFailed) this.#storageFailed(error)
          else void this.#failedBy(error)
        },
        take: (length) => this.#memory.take(length),
        give: ({ buffer }) => this.#memory.give(buffer),
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
    this.#wanted = this.#wanted.filter(({ to }) => to <= offset || to > offset + length)
    const row = await this.#rows.read(offset, length, signal, hint?.alone).catch(async (error: unknown) => {
      throw await this.#failedBy(error)
    })
    if (row) return row
    const out = hint?.into?.length === length ? hint.into : new Uint8Array(length)
    const first = Math.floor(offset / CHUNK)
    const last = Math.floor((offset + length - 1) / CHUNK)
    // One that goes on where the last one ended, headers between arrays left out, is read ahead of.
    this.#inRow = offset >= this.#expected && offset - this.#expected < LONE_ROW ? this.#inRow + 1 : 0
    const sequential = this.#inRow > 1
    this.#expected = offset + length
    const until = Math.max(last + 1, Math.ceil((hint?.until ?? 0) / CHUNK))
    if (this.#storing) {
      if (until - first > AHEAD) this.#runs?.begin(first, until)
      for (const { from, to } of this.#wanted)
        this.#runs?.begin(Math.floor(from / CHUNK), Math.ceil(to / CHUNK))
    }
    for (let index = first; index <= last; index++) {
      const from = Math.max(offset, index * CHUNK)
      const to = Math.min(offset + length, (index + 1) * CHUNK)
      await this.#window.read(index, sequential ? index + AHEAD : last, signal, (bytes) => {
        out.set(bytes.subarray(from - index * CHUNK, to - index * CHUNK), from - offset)
        // Hashed here, where chunks pass in file order: they arrive in another.
        return this.#check?.offer(index, bytes)
      })
    }
    this.#window.trim()
    await this.#check?.passed(last, this.#wanted, signal)
    return out
  }

  willRead(offset: number, length: number): void {
    this.#wanted.push({ from: offset, to: offset + length })
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
        this.#memory.give(kept.buffer)
      } else {
        while (stop < end && !(this.#entry && this.#present.has(stop / CHUNK)))
          stop = Math.min(end, stop + CHUNK)
        try {
          await this.file.stream(at, stop - at, onBytes, signal)
        } catch (error) {
          throw await this.#failedBy(error)
        }
      }
      at = stop
    }
  }

  /** A chunk from storage or from the host. `stored` is called when nothing is left to do for it. */
  async #obtain(index: number, signal: AbortSignal, stored: () => void): Promise<Uint8Array<ArrayBuffer>> {
    await this.#turns.enter(signal)
    let fetched: Uint8Array<ArrayBuffer>
    try {
      const brought = (await this.#stored(index)) ?? (await this.#fromRun(index, signal))
      fetched = brought ?? (await this.#fetchShared(index, signal, stored))
      if (brought) stored()
    } catch (error) {
      throw await this.#failedBy(error)
    } finally {
      this.#turns.leave()
    }
    this.#present.add(index)
    return fetched
  }

  async #stored(index: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (!this.#present.has(index)) return undefined
    return this.#entry?.get(index, this.#memory.take(0).buffer)
  }

  /** From a long request that is under way; undefined when none brings it, or it ended before. */
  async #fromRun(index: number, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const arrival = this.#runs?.arrival(index)
    if (!arrival) return undefined
    signal.throwIfAborted()
    try {
      return await unlessAborted(arrival, signal)
    } catch (error) {
      if (signal.aborted || !(error instanceof RunEnded)) throw error
      return this.#stored(index)
    }
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
    this.#locks
      // Shared with other chunks of the region, not with a run through it; the chunk itself is for one tab.
      .hold(regionLock(entry, index), { signal, mode: 'shared' }, () =>
        this.#locks.hold(`featurescope:${entry.key}:${index}`, { signal }, async () => {
          const kept = await entry.get(index)
          const bytes = kept ?? (await this.#fetch(index, signal))
          if (kept || !this.#storing) return got.resolve(bytes)
          // The lock is held until the chunk is stored, so that another tab finds it there.
          const put = await entry.put(index, bytes)
          got.resolve(put.bytes)
          if (put.failed) this.#storageFailed(put.failed)
        }),
      )
      .catch(async (error: unknown) => {
        if (!(error instanceof StorageFailed)) throw error
        this.#storageFailed(error)
        got.resolve(await this.#fetch(index, signal))
      })
      .catch((error: unknown) => got.reject(error))
      .finally(stored)
    return got.promise
  }

  async #fetch(index: number, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = this.#memory.take(Math.min(CHUNK, this.size - index * CHUNK))
    await this.file.fetch(bytes, index * CHUNK, signal)
    return bytes
  }

  #storageFailed(failure: StorageFailed): void {
    if (this.#storing) this.#tell.onStorageFailed(failure)
    this.#storing = false
    this.#rows.end()
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
    this.#check?.end()
    this.#rows.end()
    await this.#entry?.delete().catch(() => false)
    this.#entry = undefined
  }

  #checkOf(sha256: string): WholeCheck {
    return new WholeCheck({
      chunks: this.#chunks,
      sha256,
      window: this.#window,
      present: this.#present,
      kept: () => (this.#storing ? this.#entry : undefined),
      onWrong: async (found) => {
        await this.#drop(wrongDigest(this.name, sha256, found))
        return this.#failed
      },
      onWithdrawn: (error) => this.#tell.onWithdrawn(error),
      onRight: async () => {
        await this.#entry?.setVerified().catch((error: unknown) => {
          if (!(error instanceof StorageFailed)) throw error
        })
        this.#tell.onChecked()
      },
    })
  }
}
