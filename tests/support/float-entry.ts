// An array entry of numbers made by a function, for tests that watch or compute what is read.
import type { ArrayEntry } from '../../src/formats/array.ts'

export function floatEntry(
  name: string,
  shape: readonly number[],
  readFloat32: ArrayEntry['readFloat32'],
  dtype = 'F32',
): ArrayEntry {
  return {
    ...{ name, shape, dtype, readFloat32 },
    readFloat64: async (first, count, signal) => new Float64Array(await readFloat32(first, count, signal)),
  }
}
