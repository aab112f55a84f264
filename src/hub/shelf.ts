// The chunks of downloads on the disk: a file of the private file system (OPFS) for every 64 MiB, held open while it is
// in use. A file for every chunk took Chromium six times as long (302 MB: 0.9 s of the writing thread against 0.15 s),
// and of so many calls some were never answered. Synchronous handles, so workers only.
//
// A file holds, in 4 KiB, a checksum for each of its chunks, and behind them the chunks, each at its place. A chunk that
// has no checksum (zeros) or does not fit it is missing: it was being written in a crash, or by nobody yet.
import type { IHasher } from 'hash-wasm'
import { answered, entriesOf } from './opfs.ts'

/** A folder under the store's root and the layout of the file in it. */
export interface Shelved {
  key: string
  /** Bytes of the file, and of each of its chunks but for the last. */
  size: number
  chunk: number
}

/** Bytes that are handed back after the write, and why they were not kept. */
export interface Put {
  bytes: Uint8Array<ArrayBuffer>
  refused?: 'full' | 'failed'
}

/**
 * SHA-256 of a whole file, as hexadecimal digits; why there is none: a chunk is missing or damaged, or the folder was
 * closed meanwhile, as when it is deleted.
 */
export type WholeDigest = { sha256: string } | 'missing' | 'closed'

const HEAD = 4096
const SUM = 8
const FILE = 64 * 1024 * 1024
/** Milliseconds for which a file stays open behind its last use. */
const LINGER = 300

interface Opened {
  handle: Promise<FileSystemSyncAccessHandle | undefined>
  users: number
  timer: ReturnType<typeof setTimeout> | undefined
  /** Gives back the lock that stands for the file where handles exclude each other. */
  release: () => void
}

export class Shelf {
  readonly #root: Promise<FileSystemDirectoryHandle>
  readonly #checksum: IHasher
  /** Whether several tabs may have handles on one file. */
  readonly #together: boolean
  readonly #opened = new Map<string, Opened>()
  /** How often each folder was closed. */
  readonly #closings = new Map<string, number>()

  /** `together` is for tests: false makes handles exclude each other, as they do outside Chromium. */
  constructor(
    root: Promise<FileSystemDirectoryHandle>,
    checksum: IHasher,
    together = 'mode' in FileSystemSyncAccessHandle.prototype,
  ) {
    this.#root = root
    this.#checksum = checksum
    this.#together = together
  }

  /** Keeps a chunk. What storage is silent about, or another tab holds, is not kept, and refused is nothing. */
  async put(shelved: Shelved, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<Put> {
    const write = (): Promise<unknown> =>
      this.#with(shelved, index, 'create', (handle, { at, slot }) => {
        if (handle.write(bytes, { at }) !== bytes.length) throw full()
        if (handle.write(this.#sum(bytes), { at: slot }) !== SUM) throw full()
      })
    try {
      // A handle takes nothing more when its file was deleted: a new one tells whether it is that.
      await write().catch(write)
    } catch (error) {
      if (!(error instanceof DOMException && /^(NoModificationAllowed|Timeout)Error$/.test(error.name))) {
        const isFull = error instanceof DOMException && error.name === 'QuotaExceededError'
        return { bytes, refused: isFull ? 'full' : 'failed' }
      }
    }
    return { bytes }
  }

  /** A whole chunk, in `buffer` where it fits; undefined when it is missing or damaged. */
  async get(
    shelved: Shelved,
    index: number,
    buffer?: ArrayBuffer,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const length = lengthOf(shelved, index)
    return this.#read(shelved, index, (handle, { at, slot }) => {
      const sum = new Uint8Array(SUM)
      handle.read(sum, { at: slot })
      if (sum.every((byte) => byte === 0)) return undefined
      const memory = buffer && buffer.byteLength >= length ? buffer : new ArrayBuffer(length)
      const bytes = new Uint8Array(memory, 0, length)
      if (handle.read(bytes, { at }) !== length) return undefined
      const found = this.#sum(bytes)
      return sum.every((byte, i) => byte === found[i]) ? bytes : undefined
    })
  }

  /** A part of a chunk that is there, unchecked: rows of a table are read so. */
  async part(
    shelved: Shelved,
    index: number,
    from: number,
    length: number,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#read(shelved, index, (handle, { at, slot }) => {
      const sum = new Uint8Array(SUM)
      handle.read(sum, { at: slot })
      if (sum.every((byte) => byte === 0)) return undefined
      const bytes = new Uint8Array(length)
      return handle.read(bytes, { at: at + from }) === length ? bytes : undefined
    })
  }

  /** The chunks that are there. */
  async present(shelved: Shelved): Promise<number[]> {
    const each = chunksOfFile(shelved)
    const found: number[] = []
    const count = Math.ceil(shelved.size / shelved.chunk)
    const names = await this.#names(shelved.key)
    for (let first = 0; first < count; first += each) {
      if (!names.has(nameOf(shelved, first))) continue
      const here = await this.#read(shelved, first, (handle) => {
        const head = new Uint8Array(SUM * each)
        const end = handle.getSize()
        handle.read(head, { at: 0 })
        return Array.from({ length: Math.min(each, count - first) }, (_, i) => first + i).filter((index) => {
          const { at, slot } = placeOf(shelved, index)
          const sum = head.subarray(slot, slot + SUM)
          return sum.some((byte) => byte !== 0) && at + lengthOf(shelved, index) <= end
        })
      })
      found.push(...(here ?? []))
    }
    return found
  }

  /** Reads the whole file. */
  async sha256(shelved: Shelved, hash: IHasher): Promise<WholeDigest> {
    hash.init()
    const closings = this.#closings.get(shelved.key)
    const memory = new ArrayBuffer(shelved.chunk)
    for (let index = 0; index * shelved.chunk < shelved.size; index++) {
      const bytes = await this.get(shelved, index, memory)
      if (this.#closings.get(shelved.key) !== closings) return 'closed'
      if (!bytes) return 'missing'
      hash.update(bytes)
      // Others are waiting for their chunks.
      await new Promise((resolve) => setTimeout(resolve))
    }
    return { sha256: hash.digest() }
  }

  /** Lets go of a folder's files, so that it can be deleted; what is being hashed ends. */
  async close(key: string): Promise<void> {
    this.#closings.set(key, (this.#closings.get(key) ?? 0) + 1)
    for (const [path, opened] of this.#opened) {
      if (path.startsWith(`${key}/`) && opened.users === 0) await this.#shut(path, opened)
    }
  }

  /** The files of a folder. */
  async #names(key: string): Promise<Set<string>> {
    const root = await this.#root
    try {
      const folder = await answered(() => root.getDirectoryHandle(key))
      return new Set((await entriesOf(folder)).keys())
    } catch {
      // There is no such folder.
      return new Set()
    }
  }

  #read<T>(
    shelved: Shelved,
    index: number,
    use: (handle: FileSystemSyncAccessHandle, place: { at: number; slot: number }) => T | undefined,
  ): Promise<T | undefined> {
    return this.#with(shelved, index, 'find', use).catch(() => undefined)
  }

  /** Uses the file that a chunk is in; undefined when there is none and it is only looked for. */
  async #with<T>(
    shelved: Shelved,
    index: number,
    how: 'create' | 'find',
    use: (handle: FileSystemSyncAccessHandle, place: { at: number; slot: number }) => T,
  ): Promise<T | undefined> {
    const name = nameOf(shelved, index)
    const path = `${shelved.key}/${name}`
    const known = this.#opened.get(path)
    const opened = known ?? this.#open(shelved.key, name, how)
    this.#opened.set(path, opened)
    opened.users += 1
    clearTimeout(opened.timer)
    try {
      const handle = await opened.handle
      if (handle) return use(handle, placeOf(shelved, index))
      // Another tab may make it the next moment.
      if (this.#opened.get(path) === opened) this.#opened.delete(path)
      if (how === 'find') return undefined
    } catch (error) {
      // Whoever comes next opens it anew.
      if (this.#opened.get(path) === opened) this.#opened.delete(path)
      throw error
    } finally {
      opened.users -= 1
      if (opened.users === 0) opened.timer = setTimeout(() => void this.#shut(path, opened), LINGER)
    }
    return this.#with(shelved, index, how, use)
  }

  #open(key: string, name: string, how: 'create' | 'find'): Opened {
    const released = Promise.withResolvers<void>()
    const handle = async (): Promise<FileSystemSyncAccessHandle | undefined> => {
      const root = await this.#root
      const folder = await answered(() => root.getDirectoryHandle(key))
      const file = await answered(() => folder.getFileHandle(name, { create: how === 'create' })).catch(
        (error: unknown) => {
          if (how === 'find' && error instanceof DOMException && error.name === 'NotFoundError')
            return undefined
          throw error
        },
      )
      if (!file) return undefined
      if (!this.#together) await lockUntil(`featurescope:shelf:${key}/${name}`, released.promise)
      const mode = this.#together ? 'readwrite-unsafe' : 'readwrite'
      return answered(
        () => file.createSyncAccessHandle({ mode }),
        // One that comes late would hold the file.
        (late) => late.close(),
      )
    }
    const opening = handle()
    opening.catch(() => released.resolve())
    return { handle: opening, users: 0, timer: undefined, release: released.resolve }
  }

  async #shut(path: string, opened: Opened): Promise<void> {
    clearTimeout(opened.timer)
    if (this.#opened.get(path) === opened) this.#opened.delete(path)
    const handle = await opened.handle.catch(() => undefined)
    handle?.close()
    opened.release()
  }

  #sum(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#checksum.init().update(bytes).digest('binary'))
  }
}

/** Resolves when the lock is held; it is given back when `end` settles. */
function lockUntil(name: string, end: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(name, () => {
        resolve()
        return end
      })
      .catch(reject)
  })
}

function chunksOfFile({ chunk }: Shelved): number {
  return Math.min(HEAD / SUM, Math.max(1, Math.floor(FILE / chunk)))
}

function nameOf(shelved: Shelved, index: number): string {
  return `chunks-${Math.floor(index / chunksOfFile(shelved))}`
}

/** Where a chunk and its checksum are in their file. */
function placeOf(shelved: Shelved, index: number): { at: number; slot: number } {
  const within = index % chunksOfFile(shelved)
  return { at: HEAD + within * shelved.chunk, slot: within * SUM }
}

function lengthOf({ size, chunk }: Shelved, index: number): number {
  return Math.min(chunk, size - index * chunk)
}

function full(): DOMException {
  return new DOMException('the disk is full', 'QuotaExceededError')
}
