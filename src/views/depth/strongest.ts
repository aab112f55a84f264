// The strongest entry of some rows of sparse activations.
import type { SparseRows } from '../../lib/sparse-rows.ts'

/** The largest activation on `rows`; of equal ones the first. Undefined where none is active. */
export function strongest(
  { rowPtr, indices, values }: SparseRows,
  rows: readonly number[],
): { row: number; index: number; value: number } | undefined {
  let best: { row: number; index: number; value: number } | undefined
  for (const row of rows) {
    for (let entry = rowPtr[row]; entry < rowPtr[row + 1]; entry += 1) {
      if (!best || values[entry] > best.value) best = { row, index: indices[entry], value: values[entry] }
    }
  }
  return best
}
