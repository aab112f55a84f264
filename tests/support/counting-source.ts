// A byte source in memory that notes what is asked of it, and streams in parts of an awkward length.
import type { ByteSource } from '../../src/lib/byte-source.ts'

export interface CountingSource extends ByteSource {
  /** Ranges given out, as [offset, length]; of a stream what was taken. */
  readonly ranges: [number, number][]
}

/** `partLength`: bytes of a stream's parts, 0 for a source that cannot stream. `onPart` is told of each. */
export function countingSource(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  partLength: number,
  onPart?: (offset: number) => void,
): CountingSource {
  const ranges: [number, number][] = []
  const give = (offset: number, length: number): Uint8Array<ArrayBuffer> => {
    ranges.push([offset, length])
    return bytes.slice(offset, offset + length)
  }
  const source = {
    name,
    size: bytes.length,
    ranges,
    read: async (offset: number, length: number) => give(offset, length),
  }
  if (partLength === 0) return source
  return {
    ...source,
    async stream(offset, length, onBytes, signal) {
      for (let at = 0; at < length; at += partLength) {
        signal?.throwIfAborted()
        const part = give(offset + at, Math.min(partLength, length - at))
        await onBytes(part)
        // The next part may overwrite this one.
        part.fill(0xff)
        onPart?.(offset + at)
      }
    },
  }
}

/** Bytes given out in all. */
export function bytesGiven({ ranges }: CountingSource): number {
  return ranges.reduce((sum, [, length]) => sum + length, 0)
}
