// Puts rows encoded one by one into compressed sparse rows.
import type { SparseRows } from '../lib/sparse-rows.ts'

/** Active features of one token; indices ascend. */
export interface RowPiece {
  indices: Uint32Array
  values: Float32Array
}

/** CSR of the rows in their order; `width` is dSae. */
export function joinRows(pieces: readonly RowPiece[], width: number): SparseRows {
  const rowPtr = new Uint32Array(pieces.length + 1)
  pieces.forEach((piece, row) => {
    rowPtr[row + 1] = rowPtr[row] + piece.indices.length
  })
  const indices = new Uint32Array(rowPtr[pieces.length])
  const values = new Float32Array(rowPtr[pieces.length])
  pieces.forEach((piece, row) => {
    indices.set(piece.indices, rowPtr[row])
    values.set(piece.values, rowPtr[row])
  })
  return { rows: pieces.length, width, rowPtr, indices, values }
}
