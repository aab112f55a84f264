// What is kept of downloads, in the browser's private file system (OPFS): one folder a file.
import { createXXHash64, type IHasher } from 'hash-wasm'
import { hex } from '../lib/hex.ts'
import { footprint, isOfAnotherVersion, listPieces, type Manifest, readManifest } from './manifest.ts'
import { answered, entriesOf, isFolder, removeWhole, StorageFailed } from './opfs.ts'
import { ShelfLink } from './shelf-link.ts'
import { ROOT } from './shelf-root.ts'
import { StoredEntry } from './stored-entry.ts'
import type { StoredPart } from './stored-rows.ts'

/** What the list calls a folder that says nothing this version understands. */
const UNKNOWN = 'kept by another version of this page'

/** What a stored file is kept under and described by. */
export interface StoredIdentity {
  /** Where it is from: origin, path and revision asked for, without query. */
  place: string
  /** What it is: the hub's content id, or ETag and date. Another value at the same place is another file. */
  version: string
  name: string
  /** Of packed weights: "layer 12". All parts of a name are listed as one. */
  part?: string
  revision: string | undefined
  size: number
  /** Bytes of a chunk. */
  chunk: number
}

export class FileStore {
  readonly #root: FileSystemDirectoryHandle
  readonly #checksum: IHasher
  /** Chunks that are being written: those of a cancelled download are whole a moment later. */
  readonly #writes = new Set<Promise<unknown>>()

  private constructor(root: FileSystemDirectoryHandle, checksum: IHasher) {
    this.#root = root
    this.#checksum = checksum
  }

  /** Undefined where the browser gives the page no storage, as in some private windows. */
  static async open(): Promise<FileStore | undefined> {
    try {
      const origin = await answered(() => navigator.storage.getDirectory())
      const root = await answered(() => origin.getDirectoryHandle(ROOT, { create: true }))
      if (!('createWritable' in FileSystemFileHandle.prototype)) return undefined
      return new FileStore(root, await createXXHash64())
    } catch {
      return undefined
    }
  }

  /** The folder of one file; what an earlier version of it left at the same place is deleted. */
  async entry(identity: StoredIdentity): Promise<StoredEntry> {
    const { place, key } = await folderOf(identity)
    try {
      for (const name of (await entriesOf(this.#root)).keys()) {
        if (name.startsWith(`${place}-`) && name !== key) await this.delete(name)
      }
      const make = () => answered(() => this.#root.getDirectoryHandle(key, { create: true }))
      let folder = await make()
      // What another version of this page has left there is of no use, and takes room.
      if (await isOfAnotherVersion(folder)) {
        await this.delete(key)
        folder = await make()
      }
      return await this.#opened(key, folder, identity)
    } catch (error) {
      throw error instanceof StorageFailed ? error : new StorageFailed(error)
    }
  }

  /** The folder of one file where there is one already; nothing is created or deleted. */
  async find(identity: StoredIdentity): Promise<StoredEntry | undefined> {
    const { key } = await folderOf(identity)
    const folder = await answered(() => this.#root.getDirectoryHandle(key)).catch(() => undefined)
    return folder && this.#opened(key, folder, identity)
  }

  async #opened(
    key: string,
    folder: FileSystemDirectoryHandle,
    { name, part, revision, size, chunk }: StoredIdentity,
  ): Promise<StoredEntry> {
    const known = await readManifest(folder)
    const about = { name, part, revision, size, chunk }
    const manifest: Manifest = {
      ...{ version: 2, ...about, verified: known?.verified ?? false, lastUsed: Date.now() },
    }
    const entry = new StoredEntry(key, this, folder, manifest, this.#checksum)
    await entry.start(known !== undefined)
    return entry
  }

  /** The whole file last kept of a place, whatever its version: for work without a connection. */
  async whole(place: string): Promise<{ entry: StoredEntry; manifest: Manifest } | undefined> {
    const prefix = `${await shortHash(place)}-`
    for (const [key, handle] of await entriesOf(this.#root)) {
      if (!key.startsWith(prefix) || !isFolder(handle)) continue
      const manifest = await readManifest(handle)
      if (!manifest) continue
      const entry = new StoredEntry(key, this, handle, manifest, this.#checksum)
      await entry.start(true)
      if (entry.present.size === Math.ceil(manifest.size / manifest.chunk)) return { entry, manifest }
    }
    return undefined
  }

  /** What is kept, with what is being written when it is asked. */
  async list(): Promise<StoredPart[]> {
    await Promise.allSettled(this.#writes)
    const files: StoredPart[] = []
    for (const [key, handle] of await entriesOf(this.#root)) {
      if (!isFolder(handle)) continue
      const manifest = await readManifest(handle)
      if (!manifest) {
        const { size, lastUsed } = await footprint(handle)
        // A folder that is being made has nothing in it yet.
        if (size > 0) files.push({ key, name: UNKNOWN, size, present: size, verified: 'unknown', lastUsed })
        continue
      }
      const { name, part, revision, size, chunk, lastUsed } = manifest
      const chunks = new Set(await new ShelfLink({ key, size, chunk }).present())
      let present = chunks.size * chunk
      const last = Math.ceil(size / chunk) - 1
      if (chunks.has(last)) present -= (last + 1) * chunk - size
      const whole = present === size
      if (!whole) {
        const pieces = [...(await listPieces(handle))].filter(([index]) => !chunks.has(index))
        present = pieces.reduce((sum, [, bytes]) => Math.min(size, sum + bytes), present)
      }
      const verified = whole ? (manifest.verified ? 'sha256' : 'size') : 'incomplete'
      files.push({ key, name, part, revision, size, present, verified, lastUsed })
    }
    return files
  }

  /** Deletes a file. False when some tab is writing to it just now. */
  async delete(key: string): Promise<boolean> {
    const shelf = new ShelfLink({ key, size: 0, chunk: 1 })
    await shelf.close()
    try {
      return await removeWhole(this.#root, key)
    } finally {
      // Who read meanwhile may hold what is no longer there.
      await shelf.close()
    }
  }

  /** Counts a write of an entry as under way until it ends. */
  async writing<T>(write: Promise<T>): Promise<T> {
    this.#writes.add(write)
    try {
      return await write
    } finally {
      this.#writes.delete(write)
    }
  }
}

/** Names of a file's folder and of all folders of its place. */
async function folderOf({
  place,
  version,
  size,
  chunk,
}: StoredIdentity): Promise<{ place: string; key: string }> {
  const prefix = await shortHash(place)
  return { place: prefix, key: `${prefix}-${await shortHash(`${version}\n${size}\n${chunk}`)}` }
}

async function shortHash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return hex(new Uint8Array(digest).subarray(0, 10))
}
