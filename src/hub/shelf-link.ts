// The engine's side of the thread for the disk.
import { type Remote, transfer, wrap } from 'comlink'
import { StorageFailed } from './opfs.ts'
import type { Shelved, WholeDigest } from './shelf.ts'
import type { ShelfApi } from './shelf.worker.ts'

/** A chunk that was given to storage: its bytes, back from there, and why they were not kept. */
export interface Kept {
  bytes: Uint8Array<ArrayBuffer>
  failed?: StorageFailed
}

interface Thread {
  api: Remote<ShelfApi>
  /** Rejects when the thread could not be started, or has ended by an error of its own. */
  ended: Promise<never>
}

let thread: Thread | undefined

/** Starts the thread before it is needed: that takes a tenth of a second. */
export function startShelf(): Thread {
  if (!thread) {
    const worker = new Worker(new URL('./shelf.worker.ts', import.meta.url), { type: 'module' })
    const ended = new Promise<never>((_, reject) => {
      worker.addEventListener('error', ({ message }) => reject(new StorageFailed(new Error(message))))
    })
    ended.catch(() => undefined)
    thread = { api: wrap<ShelfApi>(worker), ended }
  }
  return thread
}

/** StorageFailed when there is no thread. */
async function ask<T>(call: (api: Remote<ShelfApi>) => Promise<T>): Promise<T> {
  const { api, ended } = startShelf()
  try {
    return await Promise.race([call(api), ended])
  } catch (error) {
    throw error instanceof StorageFailed ? error : new StorageFailed(error)
  }
}

/** One folder's chunks on the disk. Bytes given away are detached here and come back as others. */
export class ShelfLink {
  readonly #shelved: Shelved

  constructor(shelved: Shelved) {
    this.#shelved = shelved
  }

  /** StorageFailed, with the bytes lost, when there is no thread. */
  async put(index: number, bytes: Uint8Array<ArrayBuffer>): Promise<Kept> {
    const put = await ask((api) => api.put(this.#shelved, index, transfer(bytes, [bytes.buffer])))
    if (!put.refused) return { bytes: put.bytes }
    const cause = put.refused === 'full' ? new DOMException('full', 'QuotaExceededError') : undefined
    return { bytes: put.bytes, failed: new StorageFailed(cause) }
  }

  /** A whole chunk, in `buffer` where it fits; undefined when it is missing or damaged. */
  get(index: number, buffer?: ArrayBuffer): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const memory = buffer && transfer(buffer, [buffer])
    return ask((api) => api.get(this.#shelved, index, memory)).catch(() => undefined)
  }

  /** A part of a chunk, unchecked. */
  part(index: number, from: number, length: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return ask((api) => api.part(this.#shelved, index, from, length)).catch(() => undefined)
  }

  present(): Promise<number[]> {
    return ask((api) => api.present(this.#shelved)).catch(() => [])
  }

  sha256(): Promise<WholeDigest> {
    return ask<WholeDigest>(async (api) => api.sha256(this.#shelved)).catch(() => 'missing')
  }

  /** Lets go of the folder's files, so that it can be deleted. */
  close(): Promise<void> {
    return ask((api) => api.close(this.#shelved.key)).catch(() => undefined)
  }
}
