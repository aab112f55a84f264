// A weight cache in memory, whose layers tests can look into, damage and switch off.
import type { PackedStore, WeightCache } from '../../src/lib/weight-cache.ts'

export class MemoryStore implements PackedStore {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** 1 for every byte that was written. */
  readonly written: Uint8Array
  flushes = 0
  /** Bytes that cannot be read although they are there. */
  damaged: { offset: number; length: number } | undefined

  constructor(size: number) {
    this.bytes = new Uint8Array(size)
    this.written = new Uint8Array(size)
  }

  present(offset: number, length: number): number {
    let count = 0
    for (let i = offset; i < offset + length; i += 1) count += this.written[i]
    return count
  }

  async read(offset: number, length: number, into: Uint8Array<ArrayBuffer>): Promise<boolean> {
    const { damaged } = this
    const hit = damaged && offset < damaged.offset + damaged.length && damaged.offset < offset + length
    if (hit || this.present(offset, length) < length) return false
    into.set(this.bytes.subarray(offset, offset + length))
    return true
  }

  async write(offset: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.bytes.set(bytes, offset)
    this.written.fill(1, offset, offset + bytes.length)
  }

  async flush(): Promise<void> {
    this.flushes += 1
  }
}

export class MemoryCache implements WeightCache {
  readonly stores = new Map<string, MemoryStore>()

  async layer(key: string, size: number): Promise<MemoryStore> {
    const store = this.stores.get(key) ?? new MemoryStore(size)
    this.stores.set(key, store)
    return store
  }
}
