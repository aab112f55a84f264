// The last few small reads: a zip's directory lies in the tail that was read to find it, headers follow one another.

const KEPT = 16

export class RecentReads {
  readonly #reads: { offset: number; bytes: Uint8Array<ArrayBuffer> }[] = []

  add(offset: number, bytes: Uint8Array<ArrayBuffer>): void {
    this.#reads.push({ offset, bytes })
    if (this.#reads.length > KEPT) this.#reads.shift()
  }

  /** A copy of these bytes if one of the reads holds all of them. */
  find(offset: number, length: number): Uint8Array<ArrayBuffer> | undefined {
    const read = this.#reads.find(
      ({ offset: start, bytes }) => start <= offset && offset + length <= start + bytes.length,
    )
    return read?.bytes.slice(offset - read.offset, offset - read.offset + length)
  }
}
