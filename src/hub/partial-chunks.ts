// Chunks of packed weights whose bytes have not all come: several tensors arrive at a time and share chunks at their
// ends. So many are held at most; of one that is let go the bytes are asked for again.

/** 48 MiB of chunks: four tensors under way have each an end of blocks, an end of scales, and a chunk they share. */
const MOST = 12
const SPARE = 2

interface Partial {
  bytes: Uint8Array<ArrayBuffer>
  /** What has come, ascending and apart from each other. */
  spans: [from: number, to: number][]
}

export class PartialChunks {
  readonly #chunks = new Map<string, Partial>()
  readonly #spare: ArrayBuffer[] = []

  /** Puts bytes at `from` into a chunk of `length` bytes. The chunk, when it is whole by that; it is then forgotten. */
  add(key: string, length: number, from: number, part: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
    const chunk = this.#chunks.get(key) ?? { bytes: this.#take(length), spans: [] }
    chunk.bytes.set(part, from)
    chunk.spans = joined([...chunk.spans, [from, from + part.length]])
    this.#chunks.delete(key)
    if (covered(chunk, 0, length) === length) return chunk.bytes
    this.#chunks.set(key, chunk)
    const [oldest] = this.#chunks.keys()
    if (this.#chunks.size > MOST) this.drop(oldest)
    return undefined
  }

  /** Bytes held of a part of a chunk. */
  covered(key: string, from: number, to: number): number {
    const chunk = this.#chunks.get(key)
    return chunk ? covered(chunk, from, to) : 0
  }

  /** The bytes `from` .. `to - 1` of a chunk, only lent; undefined unless all are here. */
  find(key: string, from: number, to: number): Uint8Array<ArrayBuffer> | undefined {
    const chunk = this.#chunks.get(key)
    return chunk && covered(chunk, from, to) === to - from ? chunk.bytes.subarray(from, to) : undefined
  }

  /** What has come of a chunk, to be kept: see `readPiece`. */
  piece(key: string): Uint8Array<ArrayBuffer> | undefined {
    const { spans, bytes } = this.#chunks.get(key) ?? {}
    if (!spans || !bytes) return undefined
    const head = Uint32Array.of(spans.length, ...spans.flat())
    const length = spans.reduce((sum, [from, to]) => sum + to - from, head.byteLength)
    const out = new Uint8Array(length)
    out.set(new Uint8Array(head.buffer))
    let at = head.byteLength
    for (const [from, to] of spans) {
      out.set(bytes.subarray(from, to), at)
      at += to - from
    }
    return out
  }

  drop(key: string): void {
    const chunk = this.#chunks.get(key)
    this.#chunks.delete(key)
    if (chunk) this.give(chunk.bytes)
  }

  clear(): void {
    this.#chunks.clear()
    this.#spare.length = 0
  }

  /** Takes back the memory of a chunk that was whole. */
  give({ buffer }: Uint8Array<ArrayBuffer>): void {
    if (this.#spare.length < SPARE) this.#spare.push(buffer)
  }

  #take(length: number): Uint8Array<ArrayBuffer> {
    const fits = this.#spare.findIndex((buffer) => buffer.byteLength === length)
    const [buffer] = fits < 0 ? [] : this.#spare.splice(fits, 1)
    return new Uint8Array(buffer ?? new ArrayBuffer(length))
  }
}

/**
 * The parts of a chunk that a piece holds. A piece is a count of spans, their starts and ends, all uint32, and then the
 * spans' bytes.
 */
export function readPiece(
  piece: Uint8Array<ArrayBuffer>,
): { from: number; bytes: Uint8Array<ArrayBuffer> }[] {
  const numbers = new DataView(piece.buffer, piece.byteOffset, piece.byteLength)
  const count = numbers.getUint32(0, true)
  let at = 4 + 8 * count
  return Array.from({ length: count }, (_, i) => {
    const from = numbers.getUint32(4 + 8 * i, true)
    const start = at
    at += numbers.getUint32(8 + 8 * i, true) - from
    return { from, bytes: piece.subarray(start, at) }
  })
}

function covered({ spans }: Partial, from: number, to: number): number {
  return spans.reduce((sum, [start, end]) => sum + Math.max(0, Math.min(end, to) - Math.max(start, from)), 0)
}

function joined(spans: Partial['spans']): Partial['spans'] {
  const out: Partial['spans'] = []
  for (const [from, to] of spans.sort((a, b) => a[0] - b[0])) {
    const last = out.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else out.push([from, to])
  }
  return out
}
