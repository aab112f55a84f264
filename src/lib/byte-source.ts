// Where bytes come from. Readers, SAEs and models take one of these and know nothing of the network.

export interface ByteSource {
  /** What a person would call it: a file name or an address. Used in errors. */
  readonly name: string
  /** Bytes in all. */
  readonly size: number
  /** Reads exactly `length` bytes at `offset`, or rejects with a UserError. */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>
}

/** A ByteSource over bytes already in memory (tests, small files). */
export function memorySource(name: string, bytes: Uint8Array<ArrayBuffer>): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    read: async (offset, length) => bytes.slice(offset, offset + length),
  }
}
