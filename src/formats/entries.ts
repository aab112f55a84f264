// Array entries over the raw bytes of elements: numbers, strings, and arrays that are named but cannot be read.
import type { ByteSource } from '../lib/byte-source.ts'
import { UserError } from '../lib/errors.ts'
import { type ArrayEntry, elementCount, type OnBytes } from './array.ts'
import { type ElementType, FLOAT32, INT64, swapped, UINT64 } from './element-types.ts'

/** Bytes read at once from a source that does not stream. */
const PIECE = 4 * 1024 * 1024

/** Bytes of elements `first` .. `first + count - 1` in C order; the caller may keep them. */
export type ReadElements = (
  first: number,
  count: number,
  signal?: AbortSignal,
  into?: Uint8Array<ArrayBuffer>,
) => Promise<Uint8Array<ArrayBuffer>>

/** What every kind of entry is made from. */
export interface EntryPlace {
  name: string
  shape: readonly number[]
  dtype: string
  read: ReadElements
  /** Bytes of elements `first` .. `first + count - 1` in parts, where they lie in one piece. */
  stream?: (first: number, count: number, onBytes: OnBytes, signal?: AbortSignal) => Promise<void>
  willRead?: () => void
  /** Whether multi-byte units are stored with the highest byte first. */
  bigEndian?: boolean
}

/** An entry of numbers. */
export function numberEntry(place: EntryPlace, type: ElementType): ArrayEntry {
  const { name, shape, dtype, willRead } = place
  const read = reader(place, type.bytes)
  return {
    ...{ name, shape, dtype, willRead, stream: place.bigEndian ? undefined : place.stream },
    async readFloat32(first, count, signal, into) {
      if (!into || type !== FLOAT32 || place.bigEndian) {
        return type.expand(await read(first, count, signal), count)
      }
      const target = into.subarray(0, count)
      const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength)
      const got = await read(first, count, signal, bytes)
      return got.buffer === into.buffer ? target : type.expand(got, count)
    },
    async readFloat64(first, count, signal) {
      const values = type.expand64(await read(first, count, signal), count)
      if (type === INT64 || type === UINT64) expectExact(name, values, first)
      return values
    },
  }
}

/** An entry of strings of `units` characters each: UTF-32 for numpy's U (`width` 4), UTF-8 for its S (`width` 1). */
export function textEntry(place: EntryPlace, width: 1 | 4, units: number): ArrayEntry {
  const { name, shape, dtype } = place
  const read = reader(place, width, units)
  const size = width * units
  const decode = width === 4 ? decodeUtf32 : decodeUtf8
  const refuse = refusing(
    new UserError({
      title: `The array "${name}" holds text.`,
      detail: `Its type is ${dtype}, where numbers are needed.`,
      remedy: 'Write the numbers as an array of their own.',
    }),
  )
  return {
    ...{ name, shape, dtype, readFloat32: refuse, readFloat64: refuse },
    async readStrings(first, count, signal) {
      const bytes = await read(first, count, signal)
      return Array.from({ length: count }, (_, i) => {
        const text = decode(bytes.subarray(i * size, (i + 1) * size))
        if (text !== undefined) return text
        throw new UserError({
          title: `The array "${name}" holds no text.`,
          detail: `Element ${first + i} has characters that Unicode does not have.`,
          remedy: 'Check that the file is complete, and that it was written by numpy.',
        })
      })
    },
  }
}

/** Why an array cannot be read that is sound but for the type of its elements. */
export class UnreadType extends UserError {
  readonly array: Pick<ArrayEntry, 'name' | 'shape' | 'dtype'>

  constructor(error: UserError, array: Pick<ArrayEntry, 'name' | 'shape' | 'dtype'>) {
    super(error)
    this.array = array
  }
}

/** An entry that is there and, when it is read, says why it cannot be. */
export function unreadableEntry(error: UnreadType): ArrayEntry {
  const refuse = refusing(error)
  return { ...error.array, readFloat32: refuse, readFloat64: refuse }
}

/** `total` elements of `width` bytes that lie at `offset` of `source` in C order. */
export function readInOrder(
  source: ByteSource,
  offset: number,
  width: number,
  total: number,
): Pick<EntryPlace, 'read' | 'stream' | 'willRead'> {
  const until = offset + total * width
  return {
    // Whoever brings memory for a block goes through the array from front to back.
    read: (first, count, signal, into) =>
      source.read(offset + first * width, count * width, signal, into && { into, until }),
    stream: async (first, count, onBytes, signal) => {
      if (!(first >= 0 && count >= 0 && first + count <= total)) {
        throw new RangeError(`elements ${first} to ${first + count} of ${total}`)
      }
      await streamRange(
        source,
        { start: offset + first * width, length: count * width, until },
        onBytes,
        signal,
      )
    },
    willRead: () => source.willRead?.(offset, total * width),
  }
}

/** A range in parts: as the source streams it, or by reads into the same memory. */
async function streamRange(
  source: ByteSource,
  { start, length, until }: { start: number; length: number; until: number },
  onBytes: OnBytes,
  signal?: AbortSignal,
): Promise<void> {
  if (source.stream) return source.stream(start, length, onBytes, signal)
  const memory = new Uint8Array(Math.min(PIECE, length))
  for (let at = 0; at < length; at += PIECE) {
    const into = memory.subarray(0, Math.min(PIECE, length - at))
    await onBytes(await source.read(start + at, into.length, signal, { into, until }))
  }
}

function refusing(error: UserError): () => Promise<never> {
  return () => Promise.reject(error)
}

/** Little-endian bytes of elements of `units` units of `width` bytes, with the range checked. */
function reader({ name, shape, read, bigEndian }: EntryPlace, width: number, units = 1): ReadElements {
  const total = elementCount(shape)
  return async (first, count, signal, into) => {
    if (!(first >= 0 && count >= 0 && first + count <= total)) {
      throw new RangeError(`${name}: elements ${first} to ${first + count} of ${total}`)
    }
    if (count === 0) return new Uint8Array(0)
    const bytes = await read(first, count, signal, into)
    if (bytes.length !== count * units * width) {
      throw new UserError({
        title: `The array "${name}" could not be read.`,
        detail: `${count * units * width} bytes were asked for, and ${bytes.length} came.`,
        remedy: 'Check that the file is complete, and open it again.',
      })
    }
    return bigEndian && width > 1 ? swapped(bytes, width) : bytes
  }
}

function expectExact(name: string, values: Float64Array, first: number): void {
  const at = values.findIndex((value) => !Number.isSafeInteger(value))
  if (at < 0) return
  throw new UserError({
    title: `The array "${name}" holds numbers too large to be exact.`,
    detail: `Element ${first + at} is about ${values[at]}; whole numbers are exact up to 2^53.`,
    remedy: 'Token ids are far smaller: check how the array was written.',
  })
}

/** Up to the NULs that fill the field; undefined where it is no text. */
function decodeUtf32(bytes: Uint8Array<ArrayBuffer>): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let length = bytes.length / 4
  while (length > 0 && view.getUint32(4 * length - 4, true) === 0) length--
  let text = ''
  for (let i = 0; i < length; i++) {
    const point = view.getUint32(4 * i, true)
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return undefined
    text += String.fromCodePoint(point)
  }
  return text
}

/** Python's bytes need not be UTF-8: what is not becomes U+FFFD. */
function decodeUtf8(bytes: Uint8Array<ArrayBuffer>): string {
  let length = bytes.length
  while (length > 0 && bytes[length - 1] === 0) length--
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, length))
}
