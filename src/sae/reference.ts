// The maths as the papers write it, in float64: what the fast backends are tested against. Slow on purpose.
import type { ArrayFile } from '../formats/array.ts'
import type { Activations } from '../lib/activations.ts'
import type { SparseRows } from '../lib/sparse-rows.ts'
import { cosine } from '../lib/vector.ts'
import {
  expectFeature,
  expectFiniteRows,
  expectLength,
  expectSkipInput,
  expectSparse,
  expectWidth,
} from './checks.ts'
import { statisticsOfRows } from './feature-statistics.ts'
import { Ranking } from './ranked.ts'
import type { DecodeOptions, Ranked, Sae } from './sae.ts'
import { type ReadOptions, readSae, readSaeShape } from './weights.ts'

/** Opens an SAE held whole in JavaScript memory. For tests and small SAEs. */
export async function openReferenceSae(file: ArrayFile, name: string, options: ReadOptions): Promise<Sae> {
  const { dIn, dSae, dOut, hasSkip } = readSaeShape(file, name)
  const wEnc = new Float32Array(dIn * dSae)
  const wDec = new Float32Array(dSae * dOut)
  const skip = new Float32Array(hasSkip ? dIn * dOut : 0)
  const params = await readSae(
    file,
    name,
    {
      encoderRows: (block, first) => wEnc.set(block, first * dSae),
      decoderRows: (block, first) => wDec.set(block, first * dOut),
      skipRows: (block, first) => skip.set(block, first * dOut),
    },
    options,
  )
  const { bEnc, bDec, threshold, activation } = params

  async function encode(x: Activations, signal?: AbortSignal): Promise<SparseRows> {
    const data = await cpuRows(x)
    const rowPtr = new Uint32Array(x.rows + 1)
    const indices: number[] = []
    const values: number[] = []
    for (let t = 0; t < x.rows; t++) {
      signal?.throwIfAborted()
      const pre = Float64Array.from(bEnc)
      for (let i = 0; i < dIn; i++) {
        for (let f = 0; f < dSae; f++) pre[f] += data[t * dIn + i] * wEnc[i * dSae + f]
      }
      const ranking = new Ranking(activation.kind === 'topk' ? activation.k : 0)
      for (let f = 0; f < dSae; f++) ranking.offer(f, pre[f])
      const chosen = new Set(ranking.ranked().indices)
      for (let f = 0; f < dSae; f++) {
        if (pre[f] > threshold[f] && pre[f] > 0 && (activation.kind !== 'topk' || chosen.has(f))) {
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

  async function decode(
    sparse: SparseRows,
    { x, signal }: DecodeOptions = {},
  ): Promise<Float32Array<ArrayBuffer>> {
    expectSparse(sparse, dSae)
    const input = hasSkip ? await cpuRows(expectSkipInput(x, sparse)) : new Float32Array(0)
    const { rows, rowPtr, indices, values } = sparse
    const out = new Float32Array(rows * dOut)
    for (let t = 0; t < rows; t++) {
      signal?.throwIfAborted()
      for (let o = 0; o < dOut; o++) {
        let sum = bDec[o]
        for (let k = 0; hasSkip && k < dIn; k++) sum += input[t * dIn + k] * skip[k * dOut + o]
        for (let i = rowPtr[t]; i < rowPtr[t + 1]; i++) sum += values[i] * wDec[indices[i] * dOut + o]
        out[t * dOut + o] = sum
      }
    }
    return out
  }

  /** Checked rows of activations in JavaScript memory. */
  async function cpuRows(x: Activations): Promise<Float32Array> {
    expectWidth(x.width, params)
    const data = x.location === 'cpu' ? x.data : await x.download()
    expectLength(data, x.rows, x.width)
    expectFiniteRows(data, x.rows, x.width)
    return data
  }

  async function similar(f: number, k: number): Promise<Ranked> {
    expectFeature(f, dSae)
    const ranking = new Ranking(k)
    const row = (g: number): Float32Array => wDec.subarray(g * dOut, (g + 1) * dOut)
    for (let g = 0; g < dSae; g++) {
      // A row of zeros points nowhere: its cosine counts as 0.
      if (g !== f) ranking.offer(g, cosine(row(f), row(g)) || 0)
    }
    return ranking.ranked()
  }

  return {
    ...params,
    kind: 'reference',
    precision: 'f32',
    memory: { bytes: 4 * (wEnc.length + wDec.length + skip.length), streamedRanges: 0 },
    encode,
    decode,
    similar,
    statistics: () => statisticsOfRows(dSae, encode),
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
