// SAEs that subtract b_dec from their input, made into the form all backends compute:
// (x − b_dec) · W_enc + b_enc = x · W_enc + (b_enc − b_dec · W_enc). Only b_enc changes.
import type { ArrayEntry, ArrayFile } from '../formats/array.ts'
import { UserError } from '../lib/errors.ts'
import { BLOCK_FLOATS, findArrays, readSaeShape } from './weights.ts'

/**
 * `file` with the folded b_enc. It is computed in float64 when b_enc is first read, for which W_enc passes by once,
 * in blocks. UserError (named `name`) for a transcoder, whose b_dec is of another space than its input.
 */
export function foldDecoderBias(file: ArrayFile, name: string): ArrayFile {
  const { dIn, dOut } = readSaeShape(file, name)
  if (dIn !== dOut) {
    throw new UserError({
      title: 'This kind of SAE is not supported.',
      detail: `${name} subtracts b_dec [${dOut}] from its input of ${dIn} numbers (apply_b_dec_to_input).`,
      remedy: 'Check its configuration: only an SAE whose output is its input can do that.',
    })
  }
  const { b_enc } = findArrays(file, name)
  let folded: Promise<Float64Array<ArrayBuffer>> | undefined
  const values = (signal?: AbortSignal): Promise<Float64Array<ArrayBuffer>> => {
    folded ??= fold(file, name, signal).catch((error) => {
      // One who was cancelled leaves nothing behind for the next.
      folded = undefined
      throw error
    })
    return folded
  }
  const entry: ArrayEntry = {
    ...{ name: b_enc.name, shape: b_enc.shape, dtype: b_enc.dtype },
    readFloat32: async (first, count, signal) =>
      Float32Array.from((await values(signal)).subarray(first, first + count)),
    readFloat64: async (first, count, signal) => (await values(signal)).slice(first, first + count),
  }
  return new Map([...file].map(([key, array]) => [key, array === b_enc ? entry : array]))
}

async function fold(file: ArrayFile, name: string, signal?: AbortSignal): Promise<Float64Array<ArrayBuffer>> {
  const { W_enc, b_enc, b_dec } = findArrays(file, name)
  const [dIn, dSae] = W_enc.shape
  const sums = await b_enc.readFloat64(0, dSae, signal)
  const bias = await b_dec.readFloat64(0, dIn, signal)
  const step = Math.max(1, Math.floor(BLOCK_FLOATS / dSae))
  for (let first = 0; first < dIn; first += step) {
    signal?.throwIfAborted()
    const rows = Math.min(step, dIn - first)
    const block = await W_enc.readFloat32(first * dSae, rows * dSae, signal)
    for (let row = 0; row < rows; row++) {
      const weight = bias[first + row]
      const at = row * dSae
      for (let f = 0; f < dSae; f++) sums[f] -= weight * block[at + f]
    }
  }
  return sums
}
