// Arrays of a file taken into memory whole, in a form that another thread can be sent.
import { memorySource } from '../lib/byte-source.ts'
import { type ArrayFile, elementCount } from './array.ts'
import { FLOAT32 } from './element-types.ts'
import { numberEntry, readInOrder } from './entries.ts'

/** One array in C order. */
export interface HeldArray {
  name: string
  shape: readonly number[]
  values: Float32Array<ArrayBuffer>
}

/** Bytes all arrays of a file take as float32. */
export function float32Bytes(file: ArrayFile): number {
  let floats = 0
  for (const { shape } of file.values()) floats += elementCount(shape)
  return floats * Float32Array.BYTES_PER_ELEMENT
}

/** Reads all arrays of a file. UserError where one holds no numbers. */
export async function holdArrays(file: ArrayFile, signal?: AbortSignal): Promise<HeldArray[]> {
  const held: HeldArray[] = []
  for (const [name, entry] of file) {
    const values = await entry.readFloat32(0, elementCount(entry.shape), signal)
    held.push({ name, shape: entry.shape, values })
  }
  return held
}

/** What was taken into memory, as the file it came from. */
export function heldFile(arrays: readonly HeldArray[]): ArrayFile {
  return new Map(
    arrays.map(({ name, shape, values }) => {
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
      const places = readInOrder(memorySource(name, bytes), 0, FLOAT32.bytes, values.length)
      return [name, numberEntry({ ...{ name, shape, dtype: 'F32' }, ...places }, FLOAT32)]
    }),
  )
}
