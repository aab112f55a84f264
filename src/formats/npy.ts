// The .npy header: magic, version, and a Python dict literal with descr, fortran_order and shape.
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import type { ByteSource } from '../lib/byte-source.ts'
import { UserError } from '../lib/errors.ts'
import { type ArrayEntry, elementCount } from './array.ts'
import { type ElementType, FLOAT16, FLOAT32, FLOAT64 } from './element-types.ts'

const TYPES: Readonly<Record<string, ElementType>> = { '<f2': FLOAT16, '<f4': FLOAT32, '<f8': FLOAT64 }
const MAGIC = '\u0093NUMPY'
/** numpy itself refuses headers longer than this when it reads safely. */
const MAX_HEADER = 64 * 1024

/**
 * Opens the array that lies at `offset` of `source` and takes `length` bytes, header included.
 * Rejects with a UserError naming `source` and `name` for anything that is no readable .npy.
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
      remedy:
        'Save it with numpy.save or numpy.savez as float16, float32 or float64 in C order, and open it again.',
    })
  if (length < 12) throw fail(`It has ${length} bytes, too few for a .npy header.`)
  const start = await source.read(offset, Math.min(length, 256), signal)
  if (String.fromCharCode(...start.subarray(0, 6)) !== MAGIC)
    throw fail('It does not begin with the .npy magic bytes.')
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength)
  const major = start[6]
  if (major < 1 || major > 3) throw fail(`Its .npy version is ${major}; versions 1 to 3 are known.`)
  const prefix = major === 1 ? 10 : 12
  const headerLength = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  const dataStart = prefix + headerLength
  if (headerLength > MAX_HEADER || dataStart > length) throw fail(`Its header claims ${headerLength} bytes.`)
  const headerBytes =
    dataStart <= start.length
      ? start.subarray(prefix, dataStart)
      : await source.read(offset + prefix, headerLength, signal)
  const { descr, fortran, shape } = parseHeader(new TextDecoder('latin1').decode(headerBytes), fail)
  const type = TYPES[descr]
  if (!type) throw fail(`Its element type is "${descr}"; ${Object.keys(TYPES).join(', ')} are read.`)
  if (fortran && shape.length > 1) throw fail('It is stored in Fortran order.')
  const count = elementCount(shape)
  if (count * type.bytes !== length - dataStart) {
    throw fail(
      `Shape [${shape.join(', ')}] of ${descr} needs ${count * type.bytes} bytes, but ${length - dataStart} are there.`,
    )
  }
  return arrayEntry(source, name, shape, descr, type, offset + dataStart)
}

/** An ArrayEntry over elements that lie at `dataOffset` of `source`. */
export function arrayEntry(
  source: ByteSource,
  name: string,
  shape: readonly number[],
  dtype: string,
  type: ElementType,
  dataOffset: number,
): ArrayEntry {
  const total = elementCount(shape)
  return {
    name,
    shape,
    dtype,
    async readFloat32(first, count, signal) {
      if (first < 0 || count < 0 || first + count > total) {
        throw new RangeError(`${name}: elements ${first} to ${first + count} of ${total}`)
      }
      if (count === 0) return new Float32Array(0)
      const bytes = await source.read(dataOffset + first * type.bytes, count * type.bytes, signal)
      return type.expand(bytes, count)
    },
  }
}

interface NpyHeader {
  descr: string
  fortran: boolean
  shape: number[]
}

function parseHeader(text: string, fail: (detail: string) => UserError): NpyHeader {
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1]
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1]
  const dims = /'shape'\s*:\s*\(([^)]*)\)/.exec(text)?.[1]
  if (descr === undefined || order === undefined || dims === undefined) {
    throw fail(`Its header is not what numpy writes: ${JSON.stringify(text.slice(0, 80))}.`)
  }
  const shape = dims
    .split(',')
    .map((dim) => dim.trim())
    .filter((dim) => dim !== '')
    .map(Number)
  if (
    !shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0) ||
    !Number.isSafeInteger(elementCount(shape) * 8)
  ) {
    throw fail(`Its shape (${dims}) is not a list of sizes.`)
  }
  return { descr, fortran: order === 'True', shape }
}
