// The maths as the papers write it, in float64: what the fast backends are tested against. Slow on purpose.
import type { ArrayFile } from '../formats/array.ts'
import type { Activations } from '../lib/activations.ts'
import type { SparseRows } from '../lib/sparse-rows.ts'
import { expectFeature, expectFiniteRows, expectLength, expectSparse, expectWidth } from './checks.ts'
import type { Sae } from './sae.ts'
import { type ReadOptions, readSae, readSaeShape } from './weights.ts'

/** Opens an SAE held whole in JavaScript memory. For tests and small SAEs. */
export async function openReferenceSae(file: ArrayFile, name: string, options: ReadOptions): Promise<Sae> {
  const { dIn, dSae, dOut } = readSaeShape(file, name)
  const wEnc = new Float32Array(dIn * dSae)
  const wDec = new Float32Array(dSae * dOut)
  const params = await readSae(
    file,
    name,
    {
      encoderRows: (block, first) => wEnc.set(block, first * dSae),
      decoderRows: (block, first) => wDec.set(block, first * dOut),
    },
    options,
  )
  const { bEnc, bDec, threshold } = params

  async function encode(x: Activations, signal?: AbortSignal): Promise<SparseRows> {
    expectWidth(x.width, params)
    const data = x.location === 'cpu' ? x.data : await x.download()
    expectLength(data, x.rows, x.width)
    expectFiniteRows(data, x.rows, x.width)
    const rowPtr = new Uint32Array(x.rows + 1)
    const indices: number[] = []
    const values: number[] = []
    for (let t = 0; t < x.rows; t++) {
      signal?.throwIfAborted()
      const pre = Float64Array.from(bEnc)
      for (let i = 0; i < dIn; i++) {
        for (let f = 0; f < dSae; f++) pre[f] += data[t * dIn + i] * wEnc[i * dSae + f]
      }
      for (let f = 0; f < dSae; f++) {
        if (pre[f] > threshold[f] && pre[f] > 0) {
          indices.push(f)
          values.push(pre[f])
        }
      }
      rowPtr[t + 1] = indices.length
    }
    return {
      rows: x.rows,
      width: dSae,
      rowPtr,
      indices: Uint32Array.from(indices),
      values: Float32Array.from(values),
    }
  }

  async function decode(sparse: SparseRows, signal?: AbortSignal): Promise<Float32Array<ArrayBuffer>> {
    expectSparse(sparse, dSae)
    const { rows, rowPtr, indices, values } = sparse
    const out = new Float32Array(rows * dOut)
    for (let t = 0; t < rows; t++) {
      signal?.throwIfAborted()
      for (let o = 0; o < dOut; o++) {
        let sum = bDec[o]
        for (let i = rowPtr[t]; i < rowPtr[t + 1]; i++) sum += values[i] * wDec[indices[i] * dOut + o]
        out[t * dOut + o] = sum
      }
    }
    return out
  }

  return {
    ...params,
    kind: 'reference',
    encode,
    decode,
    encoderColumn: async (f) => {
      expectFeature(f, dSae)
      return Float32Array.from({ length: dIn }, (_, i) => wEnc[i * dSae + f])
    },
    decoderRow: async (f) => {
      expectFeature(f, dSae)
      return wDec.slice(f * dOut, (f + 1) * dOut)
    },
    dispose: () => {},
  }
}
