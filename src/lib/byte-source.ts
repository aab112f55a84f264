// Where bytes come from. Readers, SAEs and models take one of these and know nothing of the network.

/** What a reader of many bytes can tell a source to its advantage. */
export interface ReadHint {
  /** Memory of the right length that may be filled and returned, instead of fresh memory for every block. */
  into?: Uint8Array<ArrayBuffer>
  /** The reader will go on from here to this offset: what is between may be fetched ahead. */
  until?: number
  /** Little around it will be read: worth a request of its own rather than a share of a large one. */
  alone?: boolean
}

export interface ByteSource {
  /** What a person would call it: a file name or an address. Used in errors. */
  readonly name: string
  /** Bytes in all. */
  readonly size: number
  /** Reads exactly `length` bytes at `offset`, or rejects with a UserError. */
  read(
    offset: number,
    length: number,
    signal?: AbortSignal,
    hint?: ReadHint,
  ): Promise<Uint8Array<ArrayBuffer>>
  /** Says that all of a range will be read from front to back, so that it can be fetched beside what is read now. */
  willRead?(offset: number, length: number): void
  /**
   * Gives exactly these bytes in order, in parts of whatever length the source has at hand. `onBytes` is awaited
   * before the next part. A part may be overwritten after that: whoever keeps it copies it.
   */
  stream?(
    offset: number,
    length: number,
    onBytes: (part: Uint8Array<ArrayBuffer>) => Promise<void> | void,
    signal?: AbortSignal,
  ): Promise<void>
}

/** A reader that asks for bytes that are not in the file has a defect. */
export function checkRange(name: string, size: number, offset: number, length: number): void {
  if (offset >= 0 && length >= 0 && offset + length <= size) return
  throw new RangeError(`${name}: bytes ${offset} to ${offset + length} of ${size}`)
}

/** A ByteSource over bytes already in memory (tests, small files). */
export function memorySource(name: string, bytes: Uint8Array<ArrayBuffer>): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    read: async (offset, length) => bytes.slice(offset, offset + length),
  }
}
