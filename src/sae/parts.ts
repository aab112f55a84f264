// Parts of an SAE's matrices, read when they are needed: what streaming does instead of holding them.
import type { ArrayFile } from '../formats/array.ts'
import { BLOCK_FLOATS, expectFinite, findArrays, type TakeRows } from './weights.ts'

/** Rows of a file asked for at the same time. */
const AT_ONCE = 64

/**
 * Columns `first` .. `first + count - 1` of W_enc, handed on in blocks [rows, count] in row order. One read for each
 * row, because the file has the rows behind one another; one for each block where all columns are asked. UserError
 * for a number that is not finite.
 */
export async function readEncoderColumns(
  file: ArrayFile,
  name: string,
  first: number,
  count: number,
  take: TakeRows,
  signal?: AbortSignal,
): Promise<void> {
  const entry = findArrays(file, name).W_enc
  const [dIn, dSae] = entry.shape
  const step = Math.max(1, Math.min(AT_ONCE, Math.floor(BLOCK_FLOATS / count)))
  const memory = count === dSae ? new Float32Array(Math.min(step, dIn) * dSae) : undefined
  for (let k = 0; k < dIn; k += step) {
    signal?.throwIfAborted()
    const rows = Math.min(step, dIn - k)
    if (memory) {
      const whole = await entry.readFloat32(k * dSae, rows * dSae, signal, memory)
      expectFinite(name, entry, whole, k * dSae)
      await take(whole, k, rows)
      continue
    }
    const block = new Float32Array(rows * count)
    await Promise.all(
      Array.from({ length: rows }, async (_, row) => {
        const at = (k + row) * dSae + first
        const values = await entry.readFloat32(at, count, signal)
        expectFinite(name, entry, values, at)
        block.set(values, row * count)
      }),
    )
    await take(block, k, rows)
  }
}

/** Rows of W_dec in the order asked, [features, dOut]; neighbours are read together. */
export async function readDecoderRows(
  file: ArrayFile,
  name: string,
  features: ArrayLike<number>,
  signal?: AbortSignal,
): Promise<Float32Array<ArrayBuffer>> {
  const entry = findArrays(file, name).W_dec
  const dOut = entry.shape[1]
  const rows = new Float32Array(features.length * dOut)
  const read = async (from: number, end: number): Promise<void> => {
    const at = features[from] * dOut
    const values = await entry.readFloat32(at, (end - from) * dOut, signal)
    expectFinite(name, entry, values, at)
    rows.set(values, from * dOut)
  }
  let running: Promise<void>[] = []
  for (let from = 0; from < features.length; ) {
    let end = from + 1
    while (end < features.length && features[end] === features[end - 1] + 1) end += 1
    running.push(read(from, end))
    from = end
    if (running.length < AT_ONCE && from < features.length) continue
    await Promise.all(running)
    signal?.throwIfAborted()
    running = []
  }
  return rows
}
