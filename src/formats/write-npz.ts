// Writes .npy arrays and .npz files that numpy.load reads without pickle: numbers, strings, scalars.
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import { zipSync } from 'fflate'

/** What a member holds; `shape` [] is a scalar. */
export type WrittenArray =
  | { shape: readonly number[]; data: Float32Array | Int32Array | Float64Array | BigInt64Array }
  | { shape: readonly number[]; strings: readonly string[] }

/** One .npy file, version 1.0, little-endian, C order. */
export function writeNpy(array: WrittenArray): Uint8Array<ArrayBuffer> {
  const { descr, bytes } = 'strings' in array ? textBytes(array.strings) : numberBytes(array.data)
  const dims = array.shape.length === 1 ? `${array.shape[0]},` : array.shape.join(', ')
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${dims}), }`
  // Magic, version and length are 10 bytes; the header ends in a newline at a multiple of 64.
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`
  const file = new Uint8Array(10 + padded.length + bytes.length)
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length & 255, padded.length >> 8])
  file.set(new TextEncoder().encode(padded), 10)
  file.set(bytes, 10 + padded.length)
  return file
}

/** An .npz of named arrays, stored as numpy.savez stores them. */
export function writeNpz(arrays: Readonly<Record<string, WrittenArray>>): Uint8Array<ArrayBuffer> {
  const members = Object.entries(arrays).map(([name, array]) => [`${name}.npy`, writeNpy(array)])
  // A fixed date makes the same arrays the same bytes.
  return Uint8Array.from(zipSync(Object.fromEntries(members), { level: 0, mtime: '1980-01-01T00:00:00' }))
}

function numberBytes(data: Float32Array | Int32Array | Float64Array | BigInt64Array) {
  const kind = data instanceof Float32Array || data instanceof Float64Array ? 'f' : 'i'
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return { descr: `<${kind}${data.BYTES_PER_ELEMENT}`, bytes }
}

/** numpy's "<U…": every string as UTF-32, filled with zeros to the longest. */
function textBytes(strings: readonly string[]) {
  const points = strings.map((text) => Array.from(text, (character) => character.codePointAt(0) ?? 0))
  const longest = Math.max(1, ...points.map((list) => list.length))
  const codes = new Uint32Array(strings.length * longest)
  points.forEach((list, at) => {
    codes.set(list, at * longest)
  })
  return { descr: `<U${longest}`, bytes: new Uint8Array(codes.buffer) }
}
