// Turns many middling reads of neighbouring bytes into few: the tensors of a small model lie side by side, and
// every request costs a round trip. Small reads (embedding rows) and large ones (matrices) go through as they are.
import type { ByteSource } from '../lib/byte-source.ts'

const BLOCK = 1024 * 1024
/** Below this a read is taken for a lone row, and fetching a block for it would waste most of the block. */
const SMALLEST = 16 * 1024
/** 16 MiB: a small model is fetched once, whatever order its tensors are asked for in. */
const BLOCKS_KEPT = 16

/** `source`, with reads of 16 KiB to 1 MiB served from aligned blocks of 1 MiB, of which the last 16 are kept. */
export function withReadAhead(source: ByteSource): ByteSource {
  const { name, size, stream } = source
  // Promises, so that reads at the same time share one request.
  const kept = new Map<number, Promise<Uint8Array<ArrayBuffer>>>()

  function block(index: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const offset = index * BLOCK
    const bytes = kept.get(index) ?? source.read(offset, Math.min(BLOCK, source.size - offset), signal)
    kept.delete(index)
    kept.set(index, bytes)
    bytes.catch(() => kept.delete(index))
    for (const oldest of kept.keys()) {
      if (kept.size <= BLOCKS_KEPT) break
      kept.delete(oldest)
    }
    return bytes
  }

  /** The blocks a range is served from; undefined when it is to be read as it is. */
  function blocksOf(offset: number, length: number): [first: number, last: number] | undefined {
    const first = Math.floor(offset / BLOCK)
    const last = Math.floor((offset + length - 1) / BLOCK)
    const here = kept.has(first) || kept.has(last)
    const middling = length >= SMALLEST && length <= BLOCK
    const fits = length > 0 && length <= BLOCK * (BLOCKS_KEPT - 1)
    return offset >= 0 && offset + length <= size && fits && (here || middling) ? [first, last] : undefined
  }

  async function read(offset: number, length: number, signal?: AbortSignal) {
    const blocks = blocksOf(offset, length)
    if (!blocks) return source.read(offset, length, signal)
    const [first, last] = blocks
    const out = new Uint8Array(length)
    for (let index = first; index <= last; index++) {
      const bytes = await block(index, signal)
      const from = Math.max(offset, index * BLOCK)
      const to = Math.min(offset + length, index * BLOCK + bytes.length)
      out.set(bytes.subarray(from - index * BLOCK, to - index * BLOCK), from - offset)
    }
    return out
  }

  if (!stream) return { name, size, read }
  return {
    name,
    size,
    read,
    async stream(offset, length, onBytes, signal) {
      const ahead = length <= BLOCK && blocksOf(offset, length)
      if (ahead) await onBytes(await read(offset, length, signal))
      else await stream.call(source, offset, length, onBytes, signal)
    },
  }
}
