// Statistics over all features, against the plain definition computed from the whole matrices in float64.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Distribution, distributionOf } from '../../src/lib/distribution.ts'
import { isAbort } from '../../src/lib/errors.ts'
import type { Progress } from '../../src/lib/progress.ts'
import type { Activation } from '../../src/sae/activation.ts'
import { sourceStatistics } from '../../src/sae/source-statistics.ts'
import { entry, makeCase, type SaeArrays, saeFile } from '../support/sae-cases.ts'

const JUMPRELU: Activation = { kind: 'jumprelu' }

function made(dIn: number, dSae: number, dOut: number): SaeArrays {
  return makeCase({ dIn, dSae, dOut, rows: 1, active: 'some' }).arrays
}

/** Norms and cosines by their definition, feature by feature. */
function plain({ dIn, dSae, dOut, wEnc, wDec }: SaeArrays) {
  const features = Array.from({ length: dSae }, (_, f) => ({
    column: Array.from({ length: dIn }, (_, k) => wEnc[k * dSae + f]),
    row: Array.from(wDec.subarray(f * dOut, (f + 1) * dOut)),
  }))
  const norm = (x: number[]): number => Math.sqrt(x.reduce((sum, value) => sum + value ** 2, 0))
  return {
    encoder: features.map(({ column }) => norm(column)),
    decoder: features.map(({ row }) => norm(row)),
    cosine: features.map(
      ({ column, row }) =>
        column.reduce((sum, value, k) => sum + value * row[k], 0) / (norm(column) * norm(row)),
    ),
  }
}

/** Fails unless `found` summarises `values`: figures to 1e-12 of the largest value, counts exactly those of its own edges. */
function expectSummary(found: Distribution, values: number[]): void {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  const scale = Math.max(...values.map(Math.abs)) || 1
  // Below the normal numbers each halving may round by the smallest there is, whatever the size.
  const near = (a: number, b: number): void =>
    expect(Math.abs(a - b)).toBeLessThanOrEqual(scale * 1e-12 + 2 * Number.MIN_VALUE)
  near(found.min, sorted[0])
  near(found.max, sorted[sorted.length - 1])
  near(found.median, median)
  near(found.mean, values.reduce((sum, value) => sum + value, 0) / values.length)
  expect(found.edges).toHaveLength(found.counts.length + 1)
  found.edges.forEach((edge, at) => {
    if (at > 0) expect(edge).toBeGreaterThan(found.edges[at - 1])
  })
  expect(found.counts.reduce((sum, count) => sum + count, 0)).toBe(values.length)
  // Sums in another order may carry a value over an edge it lies on, so each bin is compared from just inside.
  const slack = scale * 1e-11 + 2 * Number.MIN_VALUE
  const { edges } = found
  let below = 0
  found.counts.forEach((count, bin) => {
    below += count
    const last = bin === found.counts.length - 1
    const surely = values.filter((value) => value < edges[bin + 1] - slack).length
    const possibly = values.filter((value) => value <= edges[bin + 1] + slack).length
    expect(below).toBeGreaterThanOrEqual(last ? values.length : surely)
    expect(below).toBeLessThanOrEqual(possibly)
  })
}

describe('statistics of all features', () => {
  const sizes: [number, number, number][] = [
    [1, 1, 1],
    [77, 1, 77],
    [1, 65, 1],
    [77, 65, 77],
    [130, 1003, 130],
    [77, 1003, 5],
    [1, 4096, 2],
    [2303, 65, 2304],
    [128, 4099, 128],
  ]
  test.for(sizes)('equal the plain definition for d_in %i, d_sae %i, d_out %i', async ([dIn, dSae, dOut]) => {
    const arrays = made(dIn, dSae, dOut)
    const expected = plain(arrays)
    // Held whole, in ranges of 7 features that do not divide the width, and in few enough to pass W_enc whole.
    for (const heldFloats of [undefined, 7 * dOut, Math.ceil(dSae / 5) * dOut]) {
      const found = await sourceStatistics(saeFile(arrays), 'made', { activation: JUMPRELU, heldFloats })
      expectSummary(found.threshold, [...arrays.threshold])
      expectSummary(found.encoderNorm, expected.encoder)
      expectSummary(found.decoderNorm, expected.decoder)
      expect(found.cosine === undefined).toBe(dIn !== dOut)
      if (found.cosine) expectSummary(found.cosine, expected.cosine)
    }
  })

  test('the encoder being the decoder transposed and scaled, every cosine is 1', async () => {
    const arrays = made(12, 30, 12)
    for (let f = 0; f < 30; f++) {
      for (let k = 0; k < 12; k++) arrays.wEnc[k * 30 + f] = 4 * arrays.wDec[f * 12 + k]
    }
    const { cosine, encoderNorm, decoderNorm } = await sourceStatistics(saeFile(arrays), 'made', {
      activation: JUMPRELU,
      heldFloats: 50,
    })
    expect(cosine?.min).toBeCloseTo(1, 12)
    expect(cosine?.max).toBeLessThanOrEqual(1)
    expect(encoderNorm.mean).toBeCloseTo(4 * decoderNorm.mean, 6)
  })

  test('a feature with a zero vector is left out of the cosines and of nothing else', async () => {
    const arrays = made(5, 9, 5)
    for (let k = 0; k < 5; k++) arrays.wEnc[k * 9 + 4] = 0
    arrays.wDec.fill(0, 2 * 5, 3 * 5)
    const found = await sourceStatistics(saeFile(arrays), 'made', { activation: JUMPRELU })
    const total = (distribution: Distribution | undefined): number | undefined =>
      distribution?.counts.reduce((sum, count) => sum + count, 0)
    expect(total(found.cosine)).toBe(7)
    expect([total(found.encoderNorm), total(found.decoderNorm)]).toEqual([9, 9])
    expect([found.encoderNorm.min, found.decoderNorm.min]).toEqual([0, 0])
    arrays.wDec.fill(0)
    const none = await sourceStatistics(saeFile(arrays), 'made', { activation: JUMPRELU })
    expect(none.cosine).toBeUndefined()
  })

  test('an SAE with ReLU has thresholds of 0', async () => {
    const arrays: SaeArrays = { ...made(5, 9, 5), activation: { kind: 'relu' } }
    const { threshold } = await sourceStatistics(saeFile(arrays), 'made', { activation: { kind: 'relu' } })
    expect(threshold).toMatchObject({ min: 0, median: 0, mean: 0, max: 0, counts: [9] })
  })

  test.for([
    ['W_enc passes once for each of few ranges', 7, 7],
    ['of many ranges each reads its own columns', 40, 1],
  ] as const)(
    'the matrices are read in blocks, and every byte of it is reported: %s',
    async ([, ranges, passes]) => {
      const arrays = made(130, 1003, 130)
      const read = new Map<string, number>()
      let largest = 0
      const file = new Map(
        [...saeFile(arrays)].map(([name, array]) => [
          name,
          {
            ...array,
            readFloat32: (first: number, count: number, signal?: AbortSignal) => {
              read.set(name, (read.get(name) ?? 0) + count)
              largest = Math.max(largest, count)
              return array.readFloat32(first, count, signal)
            },
          },
        ]),
      )
      const seen: Progress[] = []
      await sourceStatistics(file, 'made', {
        activation: JUMPRELU,
        heldFloats: Math.ceil(1003 / ranges) * 130,
        onProgress: (progress) => seen.push(progress),
      })
      expect(read.get('W_dec')).toBe(130 * 1003)
      expect(read.get('W_enc')).toBe(passes * 130 * 1003)
      expect(largest).toBeLessThan(130 * 1003)
      const bytes = 4 * (1 + passes) * 130 * 1003
      expect(seen.every(({ total, unit }) => total === bytes && unit === 'bytes')).toBe(true)
      expect(seen.map(({ done }) => done)).toEqual(seen.map(({ done }) => done).sort((a, b) => a - b))
      expect(seen.at(-1)?.done).toBe(bytes)
      expect(seen.length).toBeGreaterThan(10)
    },
  )

  test('stops when it is cancelled, and names a number that is not finite', async () => {
    const arrays = made(130, 1003, 130)
    const abort = new AbortController()
    let reports = 0
    const stopped = sourceStatistics(saeFile(arrays), 'made', {
      activation: JUMPRELU,
      heldFloats: 20_000,
      signal: abort.signal,
      onProgress: () => {
        reports += 1
        if (reports === 3) abort.abort()
      },
    })
    expect(await stopped.catch(isAbort)).toBe(true)
    expect(reports).toBe(3)
    arrays.wEnc[3 * 1003 + 17] = Number.NaN
    await expect(sourceStatistics(saeFile(arrays), 'made.npz', { activation: JUMPRELU })).rejects.toThrow(
      'W_enc[3, 17] is NaN',
    )
    const short = new Map(saeFile(arrays)).set('b_enc', entry('b_enc', [7], new Float32Array(7)))
    await expect(sourceStatistics(short, 'made.npz', { activation: JUMPRELU })).rejects.toThrow('b_enc [7]')
  })
})

describe('a distribution', () => {
  const numbers = fc.oneof(
    fc.double({ min: -1e30, max: 1e30, noNaN: true }),
    fc.double({ min: -1, max: 1, noNaN: true }),
    fc.integer({ min: -3, max: 3 }),
  )
  test('counts every number in the bin of its own edges, whatever the range', () => {
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 1, maxLength: 200 }), (values) => {
        expectSummary(nonEmpty(values), values)
      }),
      { examples: [[[7e-323, -5e-324]], [[5e-324, 1e-323, 5e-324, 1e-323]]] },
    )
  })

  test('has numpy’s bins: an edge belongs to the upper one, the maximum to the last', () => {
    const found = distributionOf(Float64Array.of(0, 1, 1, 2, 3, 4), 4)
    expect(found).toEqual({
      min: 0,
      median: 1.5,
      mean: 11 / 6,
      max: 4,
      edges: [0, 1, 2, 3, 4],
      counts: [1, 2, 1, 2],
    })
  })

  test('of equal numbers, or ones closer than their bins could be, is one bin around them', () => {
    expect(nonEmpty([1, 1, 1])).toMatchObject({ counts: [3], min: 1, max: 1, mean: 1 })
    expect(nonEmpty([0, 0])).toMatchObject({ counts: [2], edges: [-0.5, 0.5] })
    expect(nonEmpty([1, 1 + Number.EPSILON])).toMatchObject({ counts: [2] })
  })

  test('leaves out what is not finite, and is nothing where nothing is left', () => {
    expect(nonEmpty([Number.NaN, 2, Number.POSITIVE_INFINITY, 4])).toMatchObject({ min: 2, max: 4, mean: 3 })
    expect(distributionOf(Float64Array.of(Number.NaN))).toBeUndefined()
    expect(distributionOf(new Float64Array())).toBeUndefined()
  })
})

function nonEmpty(values: number[]): Distribution {
  const found = distributionOf(Float64Array.from(values))
  if (!found) throw new Error('there were numbers')
  return found
}
