// What is kept of downloads in the browser's storage, as the storage page lists it.

/**
 * A file kept in the browser's storage, whole or in part; a model's packed layers of one precision are one, too, and
 * an activation index or a map made here.
 */
export interface StoredFile {
  key: string
  /** "google/gemma-scope-2b-pt-res/layer_20/width_16k/average_l0_71/params.npz", an address, or packed
   *  weights: "unsloth/gemma-2-2b, 8 bits, 13 layers" */
  name: string
  /** Commit it was fetched at, where the hub told. */
  revision?: string
  size: number
  /** Bytes present. */
  present: number
  /**
   * How far the bytes were checked: the hub's SHA-256, or size and ETag alone; of weights packed here, checksums. An
   * index was built here, of what was; what another version kept cannot be read.
   */
  verified: 'sha256' | 'size' | 'packed' | 'built' | 'incomplete' | 'unknown'
  /** Date.now() of its last use; 0 where it is not known. */
  lastUsed: number
}

export interface StorageState {
  /** False where the browser gives the page no storage: downloads are then not kept. */
  available: boolean
  /** Why nothing, or nothing more, is kept: for a person. */
  notice?: string
  /** Whether the browser promised not to evict it. */
  persisted: boolean
  usage: number
  quota: number
  files: StoredFile[]
}
