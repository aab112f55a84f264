// The .npy header: magic, version, and a Python dict literal with descr, fortran_order and shape.
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import type { ByteSource } from '../lib/byte-source.ts'
import { UserError } from '../lib/errors.ts'
import { type ArrayEntry, elementCount } from './array.ts'
import type { ElementType } from './element-types.ts'
import * as types from './element-types.ts'
import { type EntryPlace, numberEntry, readInOrder, textEntry, UnreadType } from './entries.ts'
import { readFortran } from './fortran.ts'
import { parseNpyHeader } from './npy-header.ts'

/** What an array in Fortran order cannot do that one in C order can. */
const notInOrder = { stream: undefined, willRead: undefined }

/** By numpy's kind and size. */
const NUMBERS: ReadonlyMap<string, ElementType> = new Map([
  ['f2', types.FLOAT16],
  ['f4', types.FLOAT32],
  ['f8', types.FLOAT64],
  ['i1', types.INT8],
  ['i2', types.INT16],
  ['i4', types.INT32],
  ['i8', types.INT64],
  ['u1', types.UINT8],
  ['u2', types.UINT16],
  ['u4', types.UINT32],
  ['u8', types.UINT64],
  ['b1', types.BOOL],
])
/** Kinds that are known by name and not read. */
const OTHER_KINDS: Readonly<Record<string, string>> = {
  O: 'Python objects, stored as a pickle: reading one runs the code in it',
  V: 'raw or structured data',
  c: 'complex numbers',
  M: 'dates',
  m: 'times',
  f: 'floats of another size',
}
const MAGIC = '\u0093NUMPY'
/** numpy itself refuses headers longer than about this when it reads safely. */
const MAX_HEADER = 64 * 1024
/** Read at first: numpy's headers have 128 bytes, and the data must lie behind. */
const FIRST_READ = 256
/** Characters of a string: vocabularies have pieces of a few dozen. */
const MAX_CHARACTERS = 1 << 16

/**
 * Opens the array that lies at `offset` of `source` and takes `length` bytes, header included.
 * Rejects with a UserError naming `source` and `name` for anything that is no readable .npy, an UnreadType where
 * only the type of its elements is in the way.
 */
export async function openNpy(
  source: ByteSource,
  name: string,
  offset: number,
  length: number,
  signal?: AbortSignal,
): Promise<ArrayEntry> {
  const fail = (detail: string): UserError =>
    new UserError({
      title: `The array "${name}" in ${source.name} could not be read.`,
      detail,
      remedy: 'Save it with numpy.save or numpy.savez as numbers or as strings, and open it again.',
    })
  const { header, major, dataStart } = await readHeader(source, offset, length, fail, signal)
  const { descr, fortran, shape } = parseNpyHeader(header, major, fail)
  const unread = (detail: string): UnreadType => new UnreadType(fail(detail), { name, shape, dtype: descr })
  const type = /^([<>=|]?)(?:([mM])\d*\[[^\]]*\]|([a-zA-Z])(\d*))$/.exec(descr)
  if (!type) throw unread(`Its element type is ${descr}, which is not read.`)
  const [, order, time, letter, digits = ''] = type
  const kind = time ?? letter
  const numbers = NUMBERS.get(kind + digits)
  const characters = kind === 'U' || kind === 'S' ? Number(digits || '0') : 0
  if (!numbers && (characters < 1 || characters > MAX_CHARACTERS)) {
    const what = OTHER_KINDS[kind] ?? 'not among those that are read'
    throw unread(`Its element type "${descr}" is ${what}.`)
  }
  const width = numbers?.bytes ?? characters * (kind === 'U' ? 4 : 1)
  const size = elementCount(shape) * width
  if (!Number.isSafeInteger(size) || size !== length - dataStart) {
    throw fail(
      `Shape [${shape.join(', ')}] of ${descr} needs ${size} bytes, but ${length - dataStart} are there.`,
    )
  }
  const at = offset + dataStart
  const place: EntryPlace = {
    ...{ name, shape, dtype: descr, bigEndian: order === '>' },
    ...readInOrder(source, at, width, elementCount(shape)),
    ...(fortran && shape.length > 1 && { read: readFortran(source, at, shape, width), ...notInOrder }),
  }
  return numbers ? numberEntry(place, numbers) : textEntry(place, kind === 'U' ? 4 : 1, characters)
}

async function readHeader(
  source: ByteSource,
  offset: number,
  length: number,
  fail: (detail: string) => UserError,
  signal?: AbortSignal,
): Promise<{ header: string; major: number; dataStart: number }> {
  if (length < 12) throw fail(`It has ${length} bytes, too few for a .npy header.`)
  const start = await source.read(offset, Math.min(length, FIRST_READ), signal)
  if (String.fromCharCode(...start.subarray(0, 6)) !== MAGIC)
    throw fail('It does not begin with the .npy magic bytes.')
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength)
  const major = start[6]
  if (major < 1 || major > 3 || start[7] !== 0)
    throw fail(`Its .npy version is ${major}.${start[7]}; versions 1.0 to 3.0 are known.`)
  const prefix = major === 1 ? 10 : 12
  const headerLength = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  const dataStart = prefix + headerLength
  if (headerLength > MAX_HEADER || dataStart > length) throw fail(`Its header claims ${headerLength} bytes.`)
  const bytes =
    dataStart <= start.length
      ? start.subarray(prefix, dataStart)
      : await source.read(offset + prefix, headerLength, signal)
  return { header: new TextDecoder(major === 3 ? 'utf-8' : 'latin1').decode(bytes), major, dataStart }
}
