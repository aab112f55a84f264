// Writes small .npy, .npz and safetensors files for tests, by other code than the readers'.
import { zipSync } from 'fflate'

/** A version 1.0 .npy of float32 numbers in C order. */
export function npyFloat32(shape: readonly number[], values: readonly number[] | Float32Array): Uint8Array {
  const dims = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  return npyFile(
    `{'descr': '<f4', 'fortran_order': False, 'shape': (${dims}), }`,
    new Uint8Array(Float32Array.from(values).buffer),
  )
}

/** A version 1.0 .npy with any header text and any data. */
export function npyFile(header: string, data: Uint8Array): Uint8Array {
  const padded = `${header}${' '.repeat(64 - ((10 + header.length + 1) % 64))}\n`
  const file = new Uint8Array(10 + padded.length + data.length)
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length & 255, padded.length >> 8])
  file.set(new TextEncoder().encode(padded), 10)
  file.set(data, 10 + padded.length)
  return file
}

/** A zip of .npy members, stored or deflated. */
export function npzFile(members: Record<string, Uint8Array>, level: 0 | 6 = 0): Uint8Array<ArrayBuffer> {
  const named = Object.fromEntries(Object.entries(members).map(([name, bytes]) => [`${name}.npy`, bytes]))
  return Uint8Array.from(zipSync(named, { level }))
}

/** A safetensors file with this header object and this data. */
export function safetensorsFile(header: unknown, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(header))
  const file = new Uint8Array(8 + text.length + data.length)
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true)
  file.set(text, 8)
  file.set(data, 8 + text.length)
  return file
}
