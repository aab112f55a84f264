// What every peer with a dense result does with it: find the active entries. This is inside the measured time, because
// nobody can use the dense result otherwise.
import type { SparseRows } from '../../../../src/lib/sparse-rows.ts'

/** Active entries of a dense gated result [tokens, dSae], where inactive ones are 0. */
export function compact(dense: Float32Array, tokens: number): SparseRows {
  const width = dense.length / tokens
  const indices: number[] = []
  const values: number[] = []
  const rowPtr = new Uint32Array(tokens + 1)
  for (let t = 0; t < tokens; t++) {
    for (let f = 0; f < width; f++) {
      const value = dense[t * width + f]
      if (value > 0) {
        indices.push(f)
        values.push(value)
      }
    }
    rowPtr[t + 1] = indices.length
  }
  return {
    rows: tokens,
    width,
    rowPtr,
    indices: Uint32Array.from(indices),
    values: Float32Array.from(values),
  }
}

/** A dense matrix [tokens, dSae] of sparse rows, for dense decoders. */
export function expand({ rows, width, rowPtr, indices, values }: SparseRows): Float32Array<ArrayBuffer> {
  const dense = new Float32Array(rows * width)
  for (let t = 0; t < rows; t++) {
    for (let i = rowPtr[t]; i < rowPtr[t + 1]; i++) dense[t * width + indices[i]] = values[i]
  }
  return dense
}
