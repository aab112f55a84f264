// Long ranges: one request brings up to 4 chunks, each of which goes to storage as it arrives. A request for every
// chunk takes three times as long in Chromium (302 MB from localhost: 3.4 s against 1.0 s).
import { CHUNK } from './chunks.ts'
import type { Locks } from './locks.ts'
import { StorageFailed } from './opfs.ts'
import type { RemoteFile } from './remote-file.ts'
import type { StoredEntry } from './stored-entry.ts'

/**
 * Chunks of a region, the most that one request brings: 16 MiB. Chromium reads an answer ahead of a slow reader
 * without limit (a reader slowed to 100 parts a second: 201 MB held with 64 MiB requests, 28 MB with 8 MiB ones).
 */
const REGION = 4
const PARALLEL = 4

/** A run ended before it brought what was waited for: it is to be fetched by itself. */
export class RunEnded extends Error {}

/** The name of the lock that a tab holds while it fetches a region, shared for single chunks of it. */
export function regionLock(entry: StoredEntry, index: number): string {
  return `featurescope:${entry.key}:region ${Math.floor(index / REGION)}`
}

interface Run {
  /** The chunk that arrives next, and the one after the last. */
  next: number
  end: number
  controller: AbortController
  arrivals: Map<number, PromiseWithResolvers<Uint8Array<ArrayBuffer>>>
}

export interface RunsOptions {
  file: RemoteFile
  entry: StoredEntry
  locks: Locks
  isPresent(index: number): boolean
  onPresent(index: number): void
  /** Called with what ended a run early; no reader may be waiting for it. */
  onFailed(error: unknown): void
  /** Memory for a chunk, and what is no longer needed of it. */
  take(length: number): Uint8Array<ArrayBuffer>
  give(bytes: Uint8Array<ArrayBuffer>): void
}

export class Runs {
  readonly #options: RunsOptions
  readonly #byRegion = new Map<number, Run>()

  constructor(options: RunsOptions) {
    this.#options = options
  }

  /** The chunk from a run that will bring it; undefined when none will. Rejects with RunEnded when it does not. */
  arrival(index: number): Promise<Uint8Array<ArrayBuffer>> | undefined {
    const run = this.#byRegion.get(Math.floor(index / REGION))
    if (!run || index < run.next || index >= run.end || run.controller.signal.aborted) return undefined
    const known = run.arrivals.get(index)
    if (known) return known.promise
    const awaited = Promise.withResolvers<Uint8Array<ArrayBuffer>>()
    run.arrivals.set(index, awaited)
    return awaited.promise
  }

  /** Fetches what is missing of chunks `from` .. `to - 1`, as far as four requests at a time go. */
  begin(from: number, to: number): void {
    for (let region = Math.floor(from / REGION); region * REGION < to; region++) {
      if (this.#byRegion.size >= PARALLEL) return
      if (this.#byRegion.has(region)) continue
      const end = Math.min(to, (region + 1) * REGION)
      let next = Math.max(from, region * REGION)
      while (next < end && this.#options.isPresent(next)) next++
      if (next === end) continue
      const run: Run = { next, end, controller: new AbortController(), arrivals: new Map() }
      this.#byRegion.set(region, run)
      void this.#follow(run, region)
    }
  }

  /** Ends all runs; what has arrived stays. */
  end(reason?: unknown): void {
    for (const run of this.#byRegion.values()) run.controller.abort(reason)
  }

  async #follow(run: Run, region: number): Promise<void> {
    const { entry, locks, onFailed } = this.#options
    const { signal } = run.controller
    let ended: unknown = new RunEnded()
    try {
      await locks.hold(regionLock(entry, run.next), { signal }, async () => {
        await entry.look()
        while (run.next < run.end) await this.#bring(run)
      })
    } catch (error) {
      if (!(error instanceof StorageFailed) && !signal.aborted) ended = error
      if (!signal.aborted) onFailed(error)
    } finally {
      this.#byRegion.delete(region)
      for (const { promise, reject } of run.arrivals.values()) {
        promise.catch(() => undefined)
        reject(ended)
      }
    }
  }

  /** Brings the next chunk, and with it all that are missing in a row. */
  async #bring(run: Run): Promise<void> {
    const { entry, file, isPresent, onPresent, take } = this.#options
    if (isPresent(run.next) || entry.present.has(run.next)) {
      // Another tab has stored it, and it is read only if it is waited for.
      const stored = run.arrivals.has(run.next) ? await entry.get(run.next) : undefined
      if (stored || !run.arrivals.has(run.next)) {
        onPresent(run.next)
        return this.#arrived(run, stored)
      }
    }
    let stop = run.next + 1
    while (stop < run.end && !isPresent(stop) && !entry.present.has(stop)) stop++
    const start = run.next * CHUNK
    const length = Math.min(file.size, stop * CHUNK) - start
    let chunk: Uint8Array<ArrayBuffer> | undefined
    let filled = 0
    const place = async (part: Uint8Array<ArrayBuffer>): Promise<void> => {
      for (let at = 0; at < part.length; ) {
        chunk ??= take(Math.min(CHUNK, file.size - run.next * CHUNK))
        const count = Math.min(part.length - at, chunk.length - filled)
        chunk.set(part.subarray(at, at + count), filled)
        filled += count
        at += count
        if (filled < chunk.length) return
        const { bytes, failed } = await entry.put(run.next, chunk)
        chunk = undefined
        filled = 0
        onPresent(run.next)
        this.#arrived(run, bytes)
        if (failed) throw failed
      }
    }
    await file.stream(start, length, place, run.controller.signal)
  }

  #arrived(run: Run, bytes: Uint8Array<ArrayBuffer> | undefined): void {
    const awaited = run.arrivals.get(run.next)
    run.arrivals.delete(run.next)
    run.next += 1
    if (awaited && bytes) awaited.resolve(bytes)
    else if (bytes) this.#options.give(bytes)
  }
}
