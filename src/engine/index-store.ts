// Indexes built here, in the browser's private file system: one folder a source, one in it for each corpus, and a note
// of which of them counts.
import {
  type FileSink,
  type IndexStore,
  MemoryStore,
  readJson,
  writeJson,
} from '../activation-index/store.ts'
import { answered, entriesOf, removeWhole } from '../hub/opfs.ts'
import type { ByteSource } from '../lib/byte-source.ts'
import { UserError } from '../lib/errors.ts'
import { hex } from '../lib/hex.ts'

const ROOT = 'indexes'
const CURRENT = 'current.json'

/** Builds and finished indexes of one source. */
export interface SourceIndexes {
  /** The index that counts; undefined before one is finished. */
  current(): Promise<IndexStore | undefined>
  /** Where the index of a corpus is built. */
  corpus(fingerprint: string): Promise<IndexStore>
  /** Makes the index of a corpus the one that counts, and removes the others. */
  choose(fingerprint: string): Promise<void>
  /** Removes all. */
  clear(): Promise<void>
  /** Runs `work` while no other tab builds for this source; `onWait` is told when one does. */
  alone<T>(work: () => Promise<T>, onWait: () => void, signal: AbortSignal): Promise<T>
  /** False where they last only as long as the page. */
  readonly kept: boolean
}

/** `key` names the source; what the browser gives no storage for is kept in memory. */
export async function sourceIndexes(key: string): Promise<SourceIndexes> {
  try {
    return new StoredIndexes(await indexesFolder(), await digest(key))
  } catch {
    return memoryIndexes(key)
  }
}

/** Folder of all sources' indexes; rejects where the browser gives no storage. */
export async function indexesFolder(): Promise<FileSystemDirectoryHandle> {
  const root = await answered(() => navigator.storage.getDirectory())
  // Safari before 26 gives a folder in which only workers' synchronous handles write.
  if (!('createWritable' in FileSystemFileHandle.prototype)) throw new TypeError('Files cannot be written.')
  return answered(() => root.getDirectoryHandle(ROOT, { create: true }))
}

/** Lock that is held while an index of the source with this folder is built. Closing a tab gives it back. */
export const lockOf = (folder: string): string => `featurescope index ${folder}`

class StoredIndexes implements SourceIndexes {
  readonly kept = true
  readonly #all: FileSystemDirectoryHandle
  readonly #name: string

  constructor(all: FileSystemDirectoryHandle, name: string) {
    this.#all = all
    this.#name = name
  }

  async current(): Promise<IndexStore | undefined> {
    const name = await this.#chosen()
    if (name === undefined) return undefined
    const folder = await (await this.#folder()).getDirectoryHandle(name).catch(() => undefined)
    return folder && new OpfsFolder(folder)
  }

  async corpus(fingerprint: string): Promise<IndexStore> {
    const name = await digest(fingerprint)
    const folder = await this.#folder()
    return new OpfsFolder(await folder.getDirectoryHandle(name, { create: true }).catch(fail))
  }

  async choose(fingerprint: string): Promise<void> {
    const name = await digest(fingerprint)
    const folder = await this.#folder()
    await writeJson(new OpfsFolder(folder), CURRENT, { folder: name })
    for (const other of (await entriesOf(folder)).keys()) {
      // One that is being read stays; it goes when the next is chosen.
      if (other !== name && other !== CURRENT) await removeWhole(folder, other)
    }
  }

  async clear(): Promise<void> {
    await removeWhole(this.#all, this.#name)
  }

  async alone<T>(work: () => Promise<T>, onWait: () => void, signal: AbortSignal): Promise<T> {
    const name = lockOf(this.#name)
    const BUSY = Symbol('busy')
    const done = await navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock ? work() : BUSY))
    if (done !== BUSY) return done as T
    onWait()
    return navigator.locks.request(name, { signal }, work)
  }

  #folder(): Promise<FileSystemDirectoryHandle> {
    return answered(() => this.#all.getDirectoryHandle(this.#name, { create: true })).catch(fail)
  }

  async #chosen(): Promise<string | undefined> {
    const known = await readJson(new OpfsFolder(await this.#folder()), CURRENT)
    const folder = typeof known === 'object' && known !== null && 'folder' in known ? known.folder : undefined
    return typeof folder === 'string' ? folder : undefined
  }
}

/** Files of one folder; one that is being written counts once it is closed. */
export class OpfsFolder implements IndexStore {
  readonly #folder: FileSystemDirectoryHandle

  constructor(folder: FileSystemDirectoryHandle) {
    this.#folder = folder
  }

  async source(name: string): Promise<ByteSource | undefined> {
    const handle = await answered(() => this.#folder.getFileHandle(name)).catch(() => undefined)
    if (!handle) return undefined
    const file = await answered(() => handle.getFile())
    return {
      ...{ name, size: file.size },
      read: async (offset, length) => new Uint8Array(await file.slice(offset, offset + length).arrayBuffer()),
    }
  }

  async create(name: string): Promise<FileSink> {
    const file = await answered(() => this.#folder.getFileHandle(name, { create: true })).catch(fail)
    const writable = await file.createWritable().catch(fail)
    return {
      write: async (bytes) => {
        try {
          await writable.write(bytes)
        } catch (error) {
          await writable.abort().catch(() => undefined)
          fail(error)
        }
      },
      close: () => writable.close().catch(fail),
    }
  }

  async remove(name: string): Promise<void> {
    await this.#folder.removeEntry(name).catch(() => undefined)
  }

  async names(): Promise<string[]> {
    return [...(await entriesOf(this.#folder)).keys()]
  }
}

const inMemory = new Map<string, { stores: Map<string, MemoryStore>; current?: MemoryStore }>()

function memoryIndexes(key: string): SourceIndexes {
  const of = inMemory.get(key) ?? { stores: new Map<string, MemoryStore>() }
  inMemory.set(key, of)
  const corpus = async (fingerprint: string): Promise<MemoryStore> => {
    const store = of.stores.get(fingerprint) ?? new MemoryStore()
    of.stores.set(fingerprint, store)
    return store
  }
  return {
    kept: false,
    current: async () => of.current,
    corpus,
    choose: async (fingerprint) => {
      of.current = await corpus(fingerprint)
      of.stores = new Map([[fingerprint, of.current]])
    },
    clear: async () => void inMemory.delete(key),
    alone: (work) => work(),
  }
}

/** A file name for any text. */
async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return hex(new Uint8Array(hash))
}

/** Storage that is full, or gone: what was written before stays, and building goes on from there. */
function fail(cause: unknown): never {
  const full = cause instanceof DOMException && cause.name === 'QuotaExceededError'
  throw new UserError({
    title: full ? 'There is no room to store the index.' : 'The index could not be stored.',
    detail: cause instanceof Error ? cause.message : String(cause),
    remedy: full
      ? 'Remove stored files on the storage page, then build again: it goes on from where it was.'
      : 'Build again: it goes on from where it was.',
  })
}
