// Sparse activations in compressed sparse rows, the only form activations have after encode.

/** Sparse activations of `rows` tokens over `width` features; indices ascend within a row. */
export interface SparseRows {
  rows: number
  /** dSae */
  width: number
  /** [rows + 1]; row t holds entries rowPtr[t] .. rowPtr[t + 1] - 1 */
  rowPtr: Uint32Array
  /** [nnz] feature of each entry */
  indices: Uint32Array
  /** [nnz] activation of each entry, > 0 */
  values: Float32Array
}

/** Mean count of active features over rows `from` .. rows - 1; NaN when there is none. */
export function meanL0(sparse: SparseRows, from = 1): number {
  const counted = sparse.rows - from
  return counted > 0 ? (sparse.rowPtr[sparse.rows] - sparse.rowPtr[from]) / counted : Number.NaN
}
