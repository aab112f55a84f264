// The chunks that are kept of one file. A chunk has a checksum at its end: one that was being written in a crash is too
// short or does not fit, and is fetched again; several tabs can read and add at once.
import type { IHasher } from 'hash-wasm'
import { hex } from '../lib/hex.ts'
import {
  CHECKSUM,
  chunkLength,
  listChunks,
  listPieces,
  type Manifest,
  PIECE,
  writeManifest,
} from './manifest.ts'
import { answered, openSync, write, writeSync } from './opfs.ts'

/** What an entry needs of the store it is in. */
interface Keeper {
  delete(key: string): Promise<boolean>
  /** Told of each write that begins; resolves or rejects as it does. */
  writing(write: Promise<void>): Promise<void>
}

/** The chunks of one file. */
export class StoredEntry {
  readonly key: string
  /** Chunks seen here; another tab may have added more since. */
  readonly present = new Set<number>()
  /** Chunks of which a part is kept. */
  readonly #pieces = new Set<number>()
  readonly #store: Keeper
  readonly #folder: FileSystemDirectoryHandle
  readonly #manifest: Manifest
  readonly #checksum: IHasher

  constructor(
    key: string,
    store: Keeper,
    folder: FileSystemDirectoryHandle,
    manifest: Manifest,
    checksum: IHasher,
  ) {
    this.key = key
    this.#store = store
    this.#folder = folder
    this.#manifest = manifest
    this.#checksum = checksum
  }

  /** Whether the whole was found to have the SHA-256 that the hub tells. */
  get verified(): boolean {
    return this.#manifest.verified
  }

  /** Sees what is there, and notes the use; of a file that is there already, full storage may refuse the note. */
  async start(known: boolean): Promise<void> {
    await this.look()
    await writeManifest(this.#folder, this.#manifest).catch((error: unknown) => {
      if (!known) throw error
    })
  }

  /**
   * A whole chunk, perhaps added by another tab; undefined when it is missing or damaged. `buffer`, of a chunk and
   * its checksum, is used for it.
   */
  async get(index: number, buffer?: ArrayBuffer): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const length = chunkLength(this.#manifest, index)
    const bytes =
      (await this.#readSync(index, length + CHECKSUM, buffer)) ??
      (await this.#slice(index, 0, length + CHECKSUM))
    if (bytes) {
      const body = bytes.subarray(0, length)
      if (this.#sum(body) === hex(bytes.subarray(length))) {
        this.present.add(index)
        return body
      }
    }
    this.present.delete(index)
    return undefined
  }

  /** What other tabs have added. */
  async look(): Promise<void> {
    for (const index of await listChunks(this.#folder, this.#manifest)) this.present.add(index)
    for (const [index] of await listPieces(this.#folder)) this.#pieces.add(index)
  }

  /** A part of a chunk, unchecked but for the file's length: rows of a table are read so. */
  async getPart(index: number, from: number, length: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#slice(index, from, length)
  }

  /** Keeps a chunk; its piece is then worth nothing. StorageFailed when there is no room, or the folder was deleted. */
  async put(index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#write(String(index), bytes)
    this.present.add(index)
    if (this.#pieces.delete(index)) {
      // It may be in use by another tab: it does no harm.
      await this.#folder.removeEntry(index + PIECE).catch(() => undefined)
    }
  }

  /** Keeps what there is of a chunk that is not whole, in whatever form; StorageFailed as with `put`. */
  async putPiece(index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#write(index + PIECE, bytes)
    this.#pieces.add(index)
  }

  hasPiece(index: number): boolean {
    return this.#pieces.has(index)
  }

  /** The piece kept of a chunk; undefined where there is none, or it is damaged. */
  async piece(index: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (!this.#pieces.has(index)) return undefined
    try {
      const handle = await answered(() => this.#folder.getFileHandle(index + PIECE))
      const file = await answered(() => handle.getFile())
      const bytes = new Uint8Array(await answered(() => file.arrayBuffer()))
      const body = bytes.subarray(0, Math.max(0, bytes.length - CHECKSUM))
      return this.#sum(body) === hex(bytes.subarray(body.length)) ? body : undefined
    } catch {
      return undefined
    }
  }

  /** Pieces kept, by chunk; damaged ones are left out. */
  async pieces(): Promise<Map<number, Uint8Array<ArrayBuffer>>> {
    const pieces = new Map<number, Uint8Array<ArrayBuffer>>()
    for (const index of this.#pieces) {
      const piece = await this.piece(index)
      if (piece) pieces.set(index, piece)
    }
    return pieces
  }

  async setVerified(): Promise<void> {
    this.#manifest.verified = true
    await writeManifest(this.#folder, this.#manifest)
  }

  delete(): Promise<boolean> {
    this.present.clear()
    return this.#store.delete(this.key)
  }

  async #slice(index: number, from: number, length: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      const handle = await answered(() => this.#folder.getFileHandle(String(index)))
      const file = await answered(() => handle.getFile())
      if (file.size !== chunkLength(this.#manifest, index) + CHECKSUM) return undefined
      return new Uint8Array(await answered(() => file.slice(from, from + length).arrayBuffer()))
    } catch {
      return undefined
    }
  }

  /** Ten times as fast as through a Blob; in workers only, and one reader of a chunk at a time. */
  async #readSync(
    index: number,
    length: number,
    buffer: ArrayBuffer | undefined,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (!('createSyncAccessHandle' in FileSystemFileHandle.prototype)) return undefined
    try {
      const handle = await openSync(await answered(() => this.#folder.getFileHandle(String(index))))
      try {
        if (handle.getSize() !== length) return undefined
        const bytes =
          buffer && buffer.byteLength >= length ? new Uint8Array(buffer, 0, length) : new Uint8Array(length)
        return handle.read(bytes, { at: 0 }) === length ? bytes : undefined
      } finally {
        handle.close()
      }
    } catch {
      return undefined
    }
  }

  async #write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const sum = Uint8Array.from(this.#sum(bytes).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
    const sync = 'createSyncAccessHandle' in FileSystemFileHandle.prototype
    await this.#store.writing(
      sync ? writeSync(this.#folder, name, [bytes, sum]) : write(this.#folder, name, new Blob([bytes, sum])),
    )
  }

  #sum(bytes: Uint8Array): string {
    return this.#checksum.init().update(bytes).digest()
  }
}
