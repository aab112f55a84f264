// SAEs with random weights, inputs for them, and what encode and decode must answer, computed here in float64.
import type { ArrayEntry, ArrayFile } from '../../src/formats/array.ts'
import { FLOAT16 } from '../../src/formats/element-types.ts'
import { toFloat16 } from '../../src/lib/float16.ts'
import type { SparseRows } from '../../src/lib/sparse-rows.ts'
import type { Activation } from '../../src/sae/activation.ts'
import { floatEntry } from './float-entry.ts'

export interface SaeArrays {
  dIn: number
  dSae: number
  dOut: number
  wEnc: Float32Array<ArrayBuffer>
  wDec: Float32Array<ArrayBuffer>
  bEnc: Float32Array<ArrayBuffer>
  bDec: Float32Array<ArrayBuffer>
  threshold: Float32Array<ArrayBuffer>
  /** JumpReLU unless told. */
  activation?: Activation
  /** [dIn, dOut] */
  skip?: Float32Array<ArrayBuffer>
}

export interface SaeCase {
  dIn: number
  dSae: number
  dOut: number
  rows: number
  /** `some`: thresholds at about 2 standard deviations; `bos`: the same, with one huge number in the first row. */
  active: 'some' | 'none' | 'all' | 'bos'
  /** JumpReLU unless told. */
  activation?: Activation
  skip?: boolean
  /** Other numbers of the same kind. */
  seed?: number
  /** Matrices of numbers that float16 holds, for backends that store them so. */
  float16?: boolean
}

const RELU: Activation = { kind: 'relu' }
const BATCH_TOPK: Activation = { kind: 'batchtopk' }
const topK = (k: number): Activation => ({ kind: 'topk', k })

/** Every d_in, d_sae and T that matters, alone and together; d_out differs from d_in in most. */
export const SAE_CASES: readonly SaeCase[] = [
  ...[1, 77, 2303].flatMap((dIn) =>
    [1, 65, 1003].flatMap((dSae) =>
      [1, 3, 17].map((rows): SaeCase => ({ dIn, dSae, dOut: dIn === 77 ? 77 : 5, rows, active: 'some' })),
    ),
  ),
  { dIn: 1, dSae: 4096, dOut: 2, rows: 129, active: 'some' },
  { dIn: 77, dSae: 1003, dOut: 130, rows: 129, active: 'some' },
  { dIn: 77, dSae: 65, dOut: 3, rows: 1024, active: 'some' },
  { dIn: 1, dSae: 1003, dOut: 5, rows: 1024, active: 'some' },
  { dIn: 128, dSae: 4096, dOut: 128, rows: 129, active: 'some' },
  { dIn: 128, dSae: 4096, dOut: 128, rows: 17, active: 'none' },
  { dIn: 128, dSae: 4096, dOut: 77, rows: 17, active: 'all' },
  { dIn: 128, dSae: 4096, dOut: 128, rows: 17, active: 'bos' },
  { dIn: 1, dSae: 70_001, dOut: 3, rows: 17, active: 'some' },
  { dIn: 77, dSae: 70_001, dOut: 1, rows: 3, active: 'some' },
  { dIn: 2303, dSae: 1, dOut: 2303, rows: 129, active: 'some' },
  { dIn: 2303, dSae: 65, dOut: 2304, rows: 129, active: 'some' },
  { dIn: 2304, dSae: 4096, dOut: 2304, rows: 17, active: 'some' },
  { dIn: 77, dSae: 65, dOut: 77, rows: 3, active: 'some', activation: RELU },
  { dIn: 128, dSae: 1003, dOut: 5, rows: 129, active: 'some', activation: RELU },
  { dIn: 77, dSae: 65, dOut: 5, rows: 3, active: 'some', activation: BATCH_TOPK },
  { dIn: 128, dSae: 1003, dOut: 128, rows: 17, active: 'some', activation: BATCH_TOPK },
  { dIn: 77, dSae: 65, dOut: 5, rows: 1, active: 'some', activation: topK(1) },
  { dIn: 77, dSae: 65, dOut: 5, rows: 17, active: 'some', activation: topK(60) },
  { dIn: 128, dSae: 4096, dOut: 5, rows: 129, active: 'some', activation: topK(32) },
  { dIn: 8, dSae: 70_001, dOut: 3, rows: 3, active: 'some', activation: topK(64) },
  { dIn: 77, dSae: 65, dOut: 77, rows: 17, active: 'some', skip: true },
  { dIn: 128, dSae: 1003, dOut: 130, rows: 129, active: 'some', skip: true },
  { dIn: 1, dSae: 65, dOut: 1, rows: 3, active: 'none', skip: true },
]

export function caseName({ dIn, dSae, dOut, rows, active, activation, skip }: SaeCase): string {
  const kind = activation ? `, ${activation.kind}${activation.kind === 'topk' ? ` ${activation.k}` : ''}` : ''
  return `d_in ${dIn}, d_sae ${dSae}, d_out ${dOut}, ${rows} tokens, ${active} active${kind}${skip ? ', skip' : ''}`
}

export interface MadeCase {
  arrays: SaeArrays
  /** [rows, dIn] */
  x: Float32Array<ArrayBuffer>
  expected: SparseRows
  /** [rows, dOut] in float64 */
  reconstruction: Float64Array
}

/**
 * Makes a case. Every threshold is moved up until no pre-activation of its feature lies within 1e-3 standard
 * deviations of it (1e-4 and 2e-5 where one threshold serves all features): float32 sums of 2304 terms are off by
 * about 1e-6, so the active set is the same however the sum is taken.
 */
export function makeCase(given: SaeCase): MadeCase {
  const { dIn, dSae, dOut, rows, active, activation = { kind: 'jumprelu' } } = given
  const random = noise(1 + dIn + 31 * dSae + 1009 * rows + 77_777 * (given.seed ?? 0))
  const numbers = (length: number, scale: number): Float32Array<ArrayBuffer> => {
    const made = new Float32Array(length)
    for (let i = 0; i < length; i++) made[i] = scale * random()
    return made
  }
  const x = numbers(rows * dIn, 1)
  const sd = Math.sqrt(dIn)
  const matrix = (length: number, scale: number): Float32Array<ArrayBuffer> => {
    const made = numbers(length, scale)
    return given.float16 ? roundToFloat16(made) : made
  }
  const wEnc = matrix(dIn * dSae, 1)
  if (active === 'bos') {
    // Like <bos> in a real residual stream: one dimension far from all others, and most features respond to it.
    x[0] = 10 * sd
    for (let f = 0; f < dSae; f++) wEnc[f] = Math.abs(wEnc[f])
  }
  const bEnc = numbers(dSae, 0.2 * sd)
  if (active === 'all') for (let f = 0; f < dSae; f++) bEnc[f] = 10 * sd
  const arrays: SaeArrays = {
    dIn,
    dSae,
    dOut,
    wEnc,
    wDec: matrix(dSae * dOut, 1 / Math.sqrt(dOut)),
    bEnc,
    bDec: numbers(dOut, 1),
    threshold: new Float32Array(dSae),
    activation,
    skip: given.skip ? numbers(dIn * dOut, 1 / sd) : undefined,
  }
  const pre = preActivations(arrays, x, rows)
  const start = { some: 1.5, bos: 1.5, none: 50, all: 0.5 }[active]
  const ofFeature = (f: number): Float64Array =>
    Float64Array.from({ length: rows }, (_, t) => pre[t * dSae + f])
  if (activation.kind === 'jumprelu') {
    for (let f = 0; f < dSae; f++) {
      arrays.threshold[f] = clearOf(ofFeature(f), (start + Math.abs(random())) * sd, 1e-3 * sd)
    }
  } else if (activation.kind === 'batchtopk') {
    arrays.threshold.fill(clearOf(pre, start * sd, 2e-5 * sd))
  } else {
    for (let f = 0; f < dSae; f++) {
      // The threshold is 0: the bias moves instead, to where no pre-activation is near it.
      const moved = clearOf(ofFeature(f), 0, 1e-4 * sd)
      arrays.bEnc[f] -= moved
    }
    pre.set(preActivations(arrays, x, rows))
  }
  if (activation.kind === 'topk' && !decided(pre, rows, activation.k, 1e-5 * sd)) {
    return makeCase({ ...given, seed: 1 + (given.seed ?? 0) })
  }
  const expected = activeSet(arrays, pre, rows)
  return { arrays, x, expected, reconstruction: reconstruct(arrays, expected, x) }
}

/** Whether in every row the k-th largest number is by `distance` larger than the next. */
function decided(pre: Float64Array, rows: number, k: number, distance: number): boolean {
  const width = pre.length / rows
  return Array.from({ length: rows }, (_, t) => t).every((t) => {
    const sorted = pre
      .slice(t * width, (t + 1) * width)
      .sort()
      .reverse()
    return k >= width || sorted[k - 1] - sorted[k] > distance
  })
}

/** The first number from `start` upwards, in steps of `distance`, that all of `values` keep that far away from. */
function clearOf(values: Float64Array, start: number, distance: number): number {
  let at = start
  while (values.some((value) => Math.abs(value - at) < distance)) at += distance
  return at
}

/** [rows, dSae] in float64 */
function preActivations({ dIn, dSae, wEnc, bEnc }: SaeArrays, x: Float32Array, rows: number): Float64Array {
  const pre = new Float64Array(rows * dSae)
  for (let t = 0; t < rows; t++) {
    const row = pre.subarray(t * dSae, (t + 1) * dSae)
    row.set(bEnc)
    for (let k = 0; k < dIn; k++) {
      const value = x[t * dIn + k]
      const from = k * dSae
      for (let f = 0; f < dSae; f++) row[f] += value * wEnc[from + f]
    }
  }
  return pre
}

function activeSet({ dSae, threshold, activation }: SaeArrays, pre: Float64Array, rows: number): SparseRows {
  const indices: number[] = []
  const values: number[] = []
  const rowPtr = Uint32Array.from({ length: rows + 1 }, () => 0)
  for (let t = 0; t < rows; t++) {
    const row = pre.subarray(t * dSae, (t + 1) * dSae)
    let active = Array.from(row.keys()).filter((f) => row[f] > threshold[f])
    if (activation?.kind === 'topk') {
      const best = active.toSorted((a, b) => row[b] - row[a] || a - b)
      active = best.slice(0, activation.k).sort((a, b) => a - b)
    }
    for (const f of active) {
      indices.push(f)
      values.push(row[f])
    }
    rowPtr[t + 1] = indices.length
  }
  return {
    rows,
    width: dSae,
    rowPtr,
    indices: Uint32Array.from(indices),
    values: Float32Array.from(values),
  }
}

/** [rows, dOut] in float64 */
export function reconstruct(
  { dIn, dOut, wDec, bDec, skip }: SaeArrays,
  sparse: SparseRows,
  x?: Float32Array,
): Float64Array {
  const y = new Float64Array(sparse.rows * dOut)
  for (let t = 0; t < sparse.rows; t++) {
    for (let o = 0; o < dOut; o++) {
      y[t * dOut + o] = bDec[o]
      for (let k = 0; skip && x && k < dIn; k++) y[t * dOut + o] += x[t * dIn + k] * skip[k * dOut + o]
    }
    for (let i = sparse.rowPtr[t]; i < sparse.rowPtr[t + 1]; i++) {
      const from = sparse.indices[i] * dOut
      for (let o = 0; o < dOut; o++) y[t * dOut + o] += sparse.values[i] * wDec[from + o]
    }
  }
  return y
}

/** The arrays as a file would give them. */
export function saeFile(arrays: SaeArrays): ArrayFile {
  const { dIn, dSae, dOut, wEnc, wDec, bEnc, bDec, threshold, activation, skip } = arrays
  const kind = activation?.kind ?? 'jumprelu'
  return new Map(
    [
      entry('W_enc', [dIn, dSae], wEnc),
      entry('W_dec', [dSae, dOut], wDec),
      entry('b_enc', [dSae], bEnc),
      entry('b_dec', [dOut], bDec),
      // ReLU and TopK SAEs have no thresholds, BatchTopK ones a scalar.
      ...(kind === 'jumprelu' ? [entry('threshold', [dSae], threshold)] : []),
      ...(kind === 'batchtopk' ? [entry('threshold', [], threshold.slice(0, 1))] : []),
      ...(skip ? [entry('affine_skip_connection', [dIn, dOut], skip)] : []),
    ].map((array) => [array.name, array]),
  )
}

export function entry(name: string, shape: readonly number[], values: Float32Array<ArrayBuffer>): ArrayEntry {
  return floatEntry(name, shape, async (first, count, signal) => {
    signal?.throwIfAborted()
    return values.slice(first, first + count)
  })
}

/** The nearest numbers that float16 holds. */
function roundToFloat16(values: Float32Array): Float32Array<ArrayBuffer> {
  const halves = Uint16Array.from(values, toFloat16)
  return FLOAT16.expand(new Uint8Array(halves.buffer), values.length)
}

/** Uniform numbers of mean 0 and variance 1 from a 32-bit mixer, the same for the same seed. */
function noise(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 - 0.5) * Math.sqrt(12)
  }
}
