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

/** Mean count of active features a row, the rows `without` left out; NaN when there is none. */
export function meanL0({ rows, rowPtr }: SparseRows, without: readonly number[] = [0]): number {
  const left = without.filter((row) => row < rows)
  const counted = rows - left.length
  const active = left.reduce((sum, row) => sum - (rowPtr[row + 1] - rowPtr[row]), rowPtr[rows])
  return counted > 0 ? active / counted : Number.NaN
}

/** The rows of several, in their order; they are of one width. */
export function joinSparse(parts: readonly SparseRows[]): SparseRows {
  if (parts.length === 1) return parts[0]
  const rows = parts.reduce((sum, part) => sum + part.rows, 0)
  const entries = parts.reduce((sum, part) => sum + part.indices.length, 0)
  const joined: SparseRows = {
    ...{ rows, width: parts[0]?.width ?? 0, rowPtr: new Uint32Array(rows + 1) },
    ...{ indices: new Uint32Array(entries), values: new Float32Array(entries) },
  }
  let [row, entry] = [0, 0]
  for (const part of parts) {
    for (let t = 1; t <= part.rows; t += 1) joined.rowPtr[row + t] = entry + part.rowPtr[t]
    joined.indices.set(part.indices, entry)
    joined.values.set(part.values, entry)
    row += part.rows
    entry += part.indices.length
  }
  return joined
}
