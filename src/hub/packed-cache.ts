// Packed weights between visits: every layer in a precision is a stored file of its own, in chunks with a checksum,
// written as tensors arrive. A damaged or missing chunk only means that its tensors are fetched again.
//
// Two tabs that load the same layer at once both fetch it: what one has stored is seen by the other with the next
// layer, and of a chunk that both have, one tab's bytes are kept. They are the same bytes.
import type { ByteSource } from '../lib/byte-source.ts'
import { serialQueue } from '../lib/serial-queue.ts'
import type { PackedStore, WeightCache } from '../lib/weight-cache.ts'
import { PRECISION_NAMES, type WeightPrecision } from '../lib/weight-precision.ts'
import { CHUNK } from './chunks.ts'
import { Download } from './download.ts'
import { StorageFailed } from './opfs.ts'
import { PartialChunks, readPiece } from './partial-chunks.ts'
import type { StoredIdentity } from './store.ts'
import type { StoredEntry } from './stored-entry.ts'

/** How the list of stored files says it; for float32 the checkpoint's own bytes are kept. */
const WORDS: Record<WeightPrecision, string> = { ...PRECISION_NAMES, f32: 'as published' }

/** 32 MiB of chunks read: four tensors at a time are each in a chunk of blocks and in one of scales. */
const KEPT = 8

/** The checkpoint that weights were packed from. */
export interface PackedOrigin {
  /** The model's name, as in "unsloth/gemma-2-2b". */
  name: string
  /** Where its files are from. */
  place: string
  /** What they are, and the version of the packed layout. */
  version: string
  revision: string | undefined
}

/** Undefined unless every file comes from a host that tells its version. */
export function packedOrigin(
  name: string,
  files: readonly ByteSource[],
  format: string,
): PackedOrigin | undefined {
  // Shards are opened beside each other, so in any order.
  const downloads = files
    .filter((file) => file instanceof Download)
    .sort((a, b) => (a.file.place < b.file.place ? -1 : 1))
  const versions = downloads.map(({ file }) => file.version)
  if (files.length === 0 || downloads.length < files.length || versions.includes(undefined)) return undefined
  return {
    name,
    place: downloads.map(({ file }) => file.place).join('\n'),
    version: [format, ...versions].join('\n'),
    revision: downloads[0].file.revision,
  }
}

interface PackedCacheOptions {
  origin: PackedOrigin
  /** Whether the browser gives the page storage. */
  usable(): Promise<boolean>
  /** What is kept of a layer; undefined where nothing is. */
  find(identity: StoredIdentity): Promise<StoredEntry | undefined>
  /** Where a layer is kept from now on; undefined where it cannot be. */
  open(identity: StoredIdentity): Promise<StoredEntry | undefined>
  /** Told when storage refuses to take more. */
  onStorageFailed(failure: StorageFailed): void
}

export class PackedCache implements WeightCache {
  readonly #options: PackedCacheOptions
  readonly #shared: Shared

  constructor(options: PackedCacheOptions) {
    this.#options = options
    this.#shared = new Shared(options.onStorageFailed)
  }

  async layer(key: string, size: number, signal?: AbortSignal): Promise<PackedStore | undefined> {
    signal?.throwIfAborted()
    if (!(await this.#options.usable())) return undefined
    const { name, place, version, revision } = this.#options.origin
    const [, part = key, precision = ''] = /^(.+) (\w+)$/.exec(key) ?? []
    const words = Object.entries(WORDS).find(([one]) => one === precision)?.[1] ?? precision
    const identity: StoredIdentity = {
      place: `${place}#${key}`,
      version,
      name: `${name}, ${words}`,
      part,
      revision,
      size,
      chunk: CHUNK,
    }
    // A plan looks at many layers that are never loaded: the folder is made with the first byte.
    return PackedLayer.open({
      found: await this.#options.find(identity),
      make: () => this.#options.open(identity),
      ...{ size, shared: this.#shared },
    })
  }
}

/** What the layers of a model share: memory, and whether storage still takes anything. */
class Shared {
  readonly partial = new PartialChunks()
  readonly inTurn = serialQueue()
  readonly #onStorageFailed: PackedCacheOptions['onStorageFailed']
  storing = true
  /** Chunks read last, the latest at the end: neighbouring reads share one. */
  readonly #read = new Map<string, Uint8Array<ArrayBuffer>>()

  constructor(onStorageFailed: PackedCacheOptions['onStorageFailed']) {
    this.#onStorageFailed = onStorageFailed
  }

  /** A stored chunk, valid until another is asked for; undefined when it is missing or damaged. */
  async chunk(entry: StoredEntry, index: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const name = chunkName(entry, index)
    const known = this.#read.get(name)
    this.#read.delete(name)
    const bytes = known ?? (await entry.get(index, this.#memory()))
    if (bytes) this.#read.set(name, bytes)
    return bytes
  }

  /** Gives back the memory of what was read. */
  rest(): void {
    this.#read.clear()
  }

  #memory(): ArrayBuffer {
    const [oldest] = this.#read
    if (!oldest || this.#read.size < KEPT) return new ArrayBuffer(CHUNK)
    this.#read.delete(oldest[0])
    return oldest[1].buffer
  }

  failed(error: unknown): void {
    if (!(error instanceof StorageFailed)) throw error
    if (this.storing) this.#onStorageFailed(error)
    this.storing = false
    this.partial.clear()
  }
}

interface LayerOptions {
  found: StoredEntry | undefined
  make(): Promise<StoredEntry | undefined>
  size: number
  shared: Shared
}

class PackedLayer implements PackedStore {
  #entry: StoredEntry | undefined
  readonly #make: LayerOptions['make']
  #making: Promise<StoredEntry | undefined> | undefined
  readonly #size: number
  readonly #shared: Shared
  /** Chunks that lie in storage but do not fit their checksum. */
  readonly #damaged = new Set<number>()
  /** Chunks of which a part has come since the last flush. */
  readonly #begun = new Set<number>()

  /** With the pieces of chunks that an earlier visit ended in. */
  static async open(options: LayerOptions): Promise<PackedLayer> {
    const layer = new PackedLayer(options)
    for (const [index, piece] of (await options.found?.pieces()) ?? []) {
      for (const { from, bytes } of readPiece(piece)) await layer.write(index * CHUNK + from, bytes)
    }
    layer.#begun.clear()
    return layer
  }

  private constructor({ found, make, size, shared }: LayerOptions) {
    this.#entry = found
    this.#make = make
    this.#size = size
    this.#shared = shared
  }

  present(offset: number, length: number): number {
    const entry = this.#entry
    if (!entry) return 0
    let sum = 0
    for (const { index, name, from, to } of this.#parts(entry, offset, length)) {
      sum += entry.present.has(index) ? to - from : this.#shared.partial.covered(name, from, to)
    }
    return sum
  }

  read(offset: number, length: number, into: Uint8Array<ArrayBuffer>): Promise<boolean> {
    const entry = this.#entry
    if (!entry) return Promise.resolve(false)
    return this.#shared.inTurn(async () => {
      let at = 0
      for (const { index, name, from, to } of this.#parts(entry, offset, length)) {
        const part =
          this.#shared.partial.find(name, from, to) ?? (await this.#stored(entry, index))?.subarray(from, to)
        if (!part) return false
        into.set(part, at)
        at += part.length
      }
      return true
    })
  }

  async write(offset: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { partial } = this.#shared
    this.#entry ??= await this.#made()
    const entry = this.#entry
    if (!entry) return
    let at = 0
    for (const { index, name, from, to } of this.#parts(entry, offset, bytes.length)) {
      const part = bytes.subarray(at, at + to - from)
      at += part.length
      if (!this.#shared.storing || entry.present.has(index)) continue
      const length = Math.min(CHUNK, this.#size - index * CHUNK)
      const whole = partial.add(name, length, from, part)
      if (!whole) this.#begun.add(index)
      if (!whole) continue
      const memory = await this.#keep(entry, index, name, whole).catch((error) => this.#shared.failed(error))
      if (memory) partial.give(memory)
    }
  }

  /** Several tensors may be the first to come. */
  #made(): Promise<StoredEntry | undefined> {
    this.#making ??= this.#make()
    return this.#making
  }

  async flush(): Promise<void> {
    const entry = this.#entry
    if (!entry) return
    // Chunks that are not whole stay in memory, too: a second try may begin at once.
    for (const index of this.#begun) {
      const piece = this.#shared.storing && this.#shared.partial.piece(chunkName(entry, index))
      if (!piece) continue
      await entry.putPiece(index, piece).catch((error) => this.#shared.failed(error))
    }
    this.#begun.clear()
    await this.#shared.inTurn(async () => this.#shared.rest())
  }

  async #stored(entry: StoredEntry, index: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (!entry.present.has(index)) return undefined
    const bytes = await this.#shared.chunk(entry, index)
    if (!bytes) this.#damaged.add(index)
    return bytes
  }

  /** Gives back the memory of the chunk. */
  async #keep(
    entry: StoredEntry,
    index: number,
    name: string,
    chunk: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array<ArrayBuffer>> {
    let memory = chunk
    await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
      // Without the lock another tab is just writing the same bytes; a part of none tells whether it has.
      const there = !lock || (!this.#damaged.has(index) && (await entry.getPart(index, 0, 0)))
      if (there) entry.present.add(index)
      else {
        const { bytes, failed } = await entry.put(index, chunk)
        memory = bytes
        if (failed) return this.#shared.failed(failed)
      }
      this.#damaged.delete(index)
    })
    if (entry.present.size === Math.ceil(this.#size / CHUNK)) await entry.setVerified()
    return memory
  }

  /** The parts of chunks that a range is made of. */
  #parts(
    entry: StoredEntry,
    offset: number,
    length: number,
  ): { index: number; name: string; from: number; to: number }[] {
    if (offset < 0 || length < 0 || offset + length > this.#size) {
      throw new RangeError(`packed weights: bytes ${offset} to ${offset + length} of ${this.#size}`)
    }
    const parts = []
    for (let index = Math.floor(offset / CHUNK); index * CHUNK < offset + length; index++) {
      const from = Math.max(0, offset - index * CHUNK)
      const to = Math.min(CHUNK, offset + length - index * CHUNK)
      parts.push({ index, name: chunkName(entry, index), from, to })
    }
    return parts
  }
}

/** Also the name of the lock that a tab holds while it writes the chunk. */
function chunkName({ key }: StoredEntry, index: number): string {
  return `featurescope:${key}:${index}`
}
