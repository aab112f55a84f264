// Sparse features of a run as an .npz that scipy.sparse.load_npz reads.
import type { SparseRows } from '../lib/sparse-rows.ts'
import { type WrittenArray, writeNpz } from './write-npz.ts'

/**
 * A CSR matrix [tokens, features] of float32 as scipy writes it (`format`, `shape`, `indptr`, `indices`, `data`),
 * with `tokens` and, where there are any, `ids` beside it.
 */
export function featuresNpz(
  { rows, width, rowPtr, indices, values }: SparseRows,
  tokens: readonly string[],
  ids: readonly number[],
): Uint8Array<ArrayBuffer> {
  const arrays: Record<string, WrittenArray> = {
    indices: { shape: [indices.length], data: Int32Array.from(indices) },
    indptr: { shape: [rowPtr.length], data: Int32Array.from(rowPtr) },
    format: { shape: [], strings: ['csr'] },
    shape: { shape: [2], data: BigInt64Array.of(BigInt(rows), BigInt(width)) },
    data: { shape: [values.length], data: values },
    tokens: { shape: [tokens.length], strings: tokens },
  }
  if (ids.length > 0) arrays.ids = { shape: [ids.length], data: BigInt64Array.from(ids, BigInt) }
  return writeNpz(arrays)
}
