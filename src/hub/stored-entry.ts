// What is kept of one file: its chunks, and pieces of chunks that are not whole. Either has a checksum: what was being
// written in a crash does not fit it, and is fetched again. Several tabs can read and add at once.
import type { IHasher } from 'hash-wasm'
import { hex } from '../lib/hex.ts'
import { CHECKSUM, listPieces, type Manifest, PIECE, writeManifest } from './manifest.ts'
import { answered, write } from './opfs.ts'
import type { WholeDigest } from './shelf.ts'
import { type Kept, ShelfLink } from './shelf-link.ts'

/** What an entry needs of the store it is in. */
interface Keeper {
  delete(key: string): Promise<boolean>
  /** Told of each write that begins; resolves or rejects as it does. */
  writing<T>(write: Promise<T>): Promise<T>
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
  readonly #shelf: ShelfLink

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
    const { size, chunk } = manifest
    this.#shelf = new ShelfLink({ key, size, chunk })
  }

  /** Whether the whole was found to have the SHA-256 that the hub tells. */
  get verified(): boolean {
    return this.#manifest.verified
  }

  /** Sees what is there, and notes the use; of a file that is there already, full storage may refuse the note. */
  async start(known: boolean): Promise<void> {
    await this.look()
    for (const [index] of await listPieces(this.#folder)) this.#pieces.add(index)
    await writeManifest(this.#folder, this.#manifest).catch((error: unknown) => {
      if (!known) throw error
    })
  }

  /** A whole chunk, perhaps added by another tab; undefined when it is missing or damaged. `buffer` is used for it. */
  async get(index: number, buffer?: ArrayBuffer): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const bytes = await this.#shelf.get(index, buffer)
    if (bytes) this.present.add(index)
    else this.present.delete(index)
    return bytes
  }

  /** The chunks that other tabs have added. */
  async look(): Promise<void> {
    for (const index of await this.#shelf.present()) this.present.add(index)
  }

  /** A part of a chunk, unchecked: rows of a table are read so. */
  async getPart(index: number, from: number, length: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#shelf.part(index, from, length)
  }

  /**
   * Keeps a chunk; its piece is then worth nothing. The bytes come back, with a StorageFailed when there is no room or
   * the folder was deleted.
   */
  async put(index: number, bytes: Uint8Array<ArrayBuffer>): Promise<Kept> {
    const putting = this.#shelf.put(index, bytes)
    const kept = await this.#store.writing(putting)
    if (kept.failed) return kept
    this.present.add(index)
    if (this.#pieces.delete(index)) {
      // It may be in use by another tab: it does no harm.
      await this.#folder.removeEntry(index + PIECE).catch(() => undefined)
    }
    return kept
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

  /** SHA-256 of the whole file, read from storage. */
  sha256(): Promise<WholeDigest> {
    return this.#shelf.sha256()
  }

  async setVerified(): Promise<void> {
    this.#manifest.verified = true
    await writeManifest(this.#folder, this.#manifest)
  }

  delete(): Promise<boolean> {
    this.present.clear()
    return this.#store.delete(this.key)
  }

  async #write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const sum = Uint8Array.from(this.#sum(bytes).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
    await this.#store.writing(write(this.#folder, name, new Blob([bytes, sum])))
  }

  #sum(bytes: Uint8Array): string {
    return this.#checksum.init().update(bytes).digest()
  }
}
