// Where packed weights are kept between visits, as the model sees it; the hub fills it from the browser's storage.

/** Keeps packed weights between visits; the engine gives one backed by the browser's storage. */
export interface WeightCache {
  /** One layer in one precision; undefined when nothing can be kept. `size` is the packed length in bytes. */
  layer(key: string, size: number, signal?: AbortSignal): Promise<PackedStore | undefined>
}

export interface PackedStore {
  /** Bytes present in [offset, offset+length). */
  present(offset: number, length: number): number
  /** Reads a range that is present wholly; false when a part of it is missing or damaged. */
  read(offset: number, length: number, into: Uint8Array<ArrayBuffer>): Promise<boolean>
  /** Sequential or out-of-order writes; never rejects for full storage. */
  write(offset: number, bytes: Uint8Array<ArrayBuffer>): Promise<void>
  /** Called when no more will be written now. */
  flush(): Promise<void>
}
