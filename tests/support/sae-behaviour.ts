// What every SAE backend must do: the same tests for reference, wasm and WebGPU, in Node and in Chromium.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ArrayFile } from '../../src/formats/array.ts'
import type { CpuActivations } from '../../src/lib/activations.ts'
import type { SparseRows } from '../../src/lib/sparse-rows.ts'
import type { Activation } from '../../src/sae/activation.ts'
import type { Sae } from '../../src/sae/sae.ts'
import {
  caseName,
  type MadeCase,
  makeCase,
  reconstruct,
  SAE_CASES,
  type SaeArrays,
  type SaeCase,
  saeFile,
} from './sae-cases.ts'

/** Relative error a float32 value may have against float64. */
const TOLERANCE = 1e-5

const anyActivation: fc.Arbitrary<Activation> = fc.oneof(
  fc.constantFrom<Activation>({ kind: 'jumprelu' }, { kind: 'relu' }, { kind: 'batchtopk' }),
  fc.record({ kind: fc.constant('topk' as const), k: fc.integer({ min: 1, max: 20 }) }),
)

/** Small SAEs of all shapes. */
const anyCase = fc.record({
  given: fc.record<SaeCase>({
    dIn: fc.integer({ min: 1, max: 70 }),
    dSae: fc.integer({ min: 1, max: 600 }),
    dOut: fc.integer({ min: 1, max: 70 }),
    rows: fc.integer({ min: 1, max: 40 }),
    active: fc.constantFrom('some', 'none', 'all', 'bos'),
    activation: anyActivation,
    skip: fc.boolean(),
  }),
  seed: fc.integer({ min: 0, max: 1 << 20 }),
})

export interface Backend {
  name: string
  open(file: ArrayFile, name: string, activation?: Activation): Promise<Sae>
  /** Cases with more multiply-adds are left out: the reference is slow on purpose. */
  maxMadds?: number
  /** Stores matrices in float16: the cases then have matrices that float16 holds, and the answers stay exact. */
  float16?: boolean
}

export function describeSae(backend: Backend): void {
  const { maxMadds = Infinity, float16 } = backend
  const make = (given: SaeCase): MadeCase => makeCase({ ...given, float16 })
  const open = (arrays: SaeArrays): Promise<Sae> =>
    backend.open(saeFile(arrays), 'test SAE', arrays.activation)

  describe(`${backend.name}: encode and decode`, () => {
    const cases = SAE_CASES.filter(({ dIn, dSae, rows }) => dIn * dSae * rows <= maxMadds)
    test.each(cases.map((given): [string, SaeCase] => [caseName(given), given]))('%s', async (_, given) => {
      const { arrays, x, expected, reconstruction } = make(given)
      const sae = await open(arrays)
      const input = cpu(x, given.rows, given.dIn)
      const sparse = await sae.encode(input)
      expectSameFeatures(sparse, expected)
      if (given.active === 'all') expect(sparse.indices.length).toBe(given.rows * given.dSae)
      if (given.active === 'none') expect(sparse.indices.length).toBe(0)
      if (given.active === 'bos') expect(sparse.rowPtr[1]).toBeGreaterThan(1024)
      expectSameRows(await sae.decode(expected, { x: input }), reconstruction, given.rows)

      const again = await sae.encode(input)
      expect(bytesEqual(again.indices, sparse.indices) && bytesEqual(again.values, sparse.values)).toBe(true)
      const decode = () => sae.decode(sparse, { x: input })
      expect(bytesEqual(await decode(), await decode())).toBe(true)
      sae.dispose()
    })

    test('a pre-activation equal to its threshold is not active, the next number above is', async () => {
      // Small integers: every float32 sum is exact.
      const sae = await open({
        dIn: 2,
        dSae: 3,
        dOut: 1,
        wEnc: Float32Array.of(1, 2, 3, 4, 5, 6),
        wDec: Float32Array.of(1, 1, 1),
        bEnc: Float32Array.of(1, 1, 1),
        bDec: Float32Array.of(0),
        threshold: Float32Array.of(6, 8, 9),
      })
      // 1·1 + 1·4 + 1 = 6 = threshold; 2 + 5 + 1 = 8 = threshold; 3 + 6 + 1 = 10 > 9
      const sparse = await sae.encode(cpu(Float32Array.of(1, 1), 1, 2))
      expect([...sparse.indices]).toEqual([2])
      expect([...sparse.values]).toEqual([10])
      sae.dispose()
    })

    test('rows of zeros have only the features whose bias is above the threshold', async () => {
      const { arrays } = make({ dIn: 77, dSae: 65, dOut: 5, rows: 3, active: 'some' })
      arrays.bEnc[7] = arrays.threshold[7] + 1
      arrays.bEnc[64] = arrays.threshold[64]
      const sae = await open(arrays)
      const sparse = await sae.encode(cpu(new Float32Array(3 * 77), 3, 77))
      const biased = Array.from(arrays.bEnc.keys()).filter((f) => arrays.bEnc[f] > arrays.threshold[f])
      expect(biased).toContain(7)
      expect([...sparse.indices]).toEqual([...biased, ...biased, ...biased])
      expect([...sparse.values.slice(0, biased.length)]).toEqual(biased.map((f) => arrays.bEnc[f]))
      sae.dispose()
    })

    test('a token’s features are the same bytes alone, in another place and among others', async () => {
      const given: SaeCase = { dIn: 77, dSae: 1003, dOut: 5, rows: 129, active: 'some' }
      const { arrays, x } = make(given)
      const sae = await open(arrays)
      const whole = await sae.encode(cpu(x, 129, 77))
      const part = await sae.encode(cpu(x.slice(40 * 77, 73 * 77), 33, 77))
      const [from, to] = [whole.rowPtr[40], whole.rowPtr[73]]
      expect(bytesEqual(part.indices, whole.indices.slice(from, to))).toBe(true)
      expect(bytesEqual(part.values, whole.values.slice(from, to))).toBe(true)
      sae.dispose()
    })

    test('whatever the sizes, numbers and thresholds: what float64 says', async () => {
      await fc.assert(
        fc.asyncProperty(anyCase, async ({ given, seed }) => {
          const { arrays, x, expected, reconstruction } = make({ ...given, seed })
          const sae = await open(arrays)
          try {
            expectSameFeatures(await sae.encode(cpu(x, given.rows, given.dIn)), expected)
            const y = await sae.decode(expected, { x: cpu(x, given.rows, given.dIn) })
            // The size of the terms of the sum: decoder rows have unit norm.
            const largest = (t: number): number =>
              expected.values
                .subarray(expected.rowPtr[t], expected.rowPtr[t + 1])
                .reduce((a, b) => Math.max(a, b), 0)
            expectSameRows(y, reconstruction, given.rows, (t) => largest(t) / Math.sqrt(given.dOut))
          } finally {
            sae.dispose()
          }
        }),
        { seed: 7, numRuns: 25 },
      )
    })

    test('negative zero is zero', async () => {
      const sae = await open({
        dIn: 3,
        dSae: 2,
        dOut: 1,
        wEnc: Float32Array.of(-0, 5, 1, 1, -0, 2),
        wDec: Float32Array.of(1, 1),
        bEnc: Float32Array.of(-0, -0),
        bDec: Float32Array.of(-0),
        threshold: Float32Array.of(1e-30, 1),
      })
      const sparse = await sae.encode(cpu(Float32Array.of(-0, -0, -0, -0, -0, 1), 2, 3))
      expect([...sparse.rowPtr]).toEqual([0, 0, 1])
      expect([...sparse.indices]).toEqual([1])
      expect([...sparse.values]).toEqual([2])
      const y = await sae.decode({ ...sparse, rowPtr: Uint32Array.of(0, 1, 1) })
      expect(y[0]).toBe(2)
      expect(y[1] === 0).toBe(true)
      sae.dispose()
    })
  })

  describe(`${backend.name}: what it is given`, () => {
    const given: SaeCase = { dIn: 77, dSae: 65, dOut: 5, rows: 17, active: 'some' }
    const { arrays, x, expected } = make(given)

    test.each([
      ['NaN', Number.NaN],
      ['infinity', Number.POSITIVE_INFINITY],
      ['negative infinity', Number.NEGATIVE_INFINITY],
    ])('%s in the input is an error naming the token', async (_, bad) => {
      const sae = await open(arrays)
      const broken = x.slice()
      broken[5 * 77 + 76] = bad
      broken[9 * 77] = bad
      await expect(sae.encode(cpu(broken, 17, 77))).rejects.toMatchObject({
        name: 'UserError',
        title: expect.stringContaining('Token 5 '),
        detail: expect.stringContaining('position 76'),
      })
      // … and the SAE still works.
      expectSameFeatures(await sae.encode(cpu(x, 17, 77)), expected)
      sae.dispose()
    })

    test('activations of another width are an error with both numbers', async () => {
      const sae = await open(arrays)
      await expect(sae.encode(cpu(new Float32Array(128), 1, 128))).rejects.toMatchObject({
        name: 'UserError',
        detail: expect.stringMatching(/128.*77/),
      })
      await expect(sae.encode(cpu(new Float32Array(100), 2, 77))).rejects.toMatchObject({
        name: 'UserError',
        detail: expect.stringMatching(/154.*100/),
      })
      sae.dispose()
    })

    test('sparse rows that are not this SAE’s are an error', async () => {
      const sae = await open(arrays)
      const good: SparseRows = {
        rows: 1,
        width: 65,
        rowPtr: Uint32Array.of(0, 2),
        indices: Uint32Array.of(3, 64),
        values: Float32Array.of(1, 2),
      }
      const wrong: [Partial<SparseRows>, RegExp][] = [
        [{ width: 66 }, /66.*65/],
        [{ indices: Uint32Array.of(3, 65) }, /65/],
        [{ indices: Uint32Array.of(3, 3) }, /ascend/],
        [{ rowPtr: Uint32Array.of(0, 3) }, /3 entries/],
        [{ rowPtr: Uint32Array.of(0, 1, 2) }, /1 rows/],
      ]
      for (const [change, detail] of wrong) {
        await expect(sae.decode({ ...good, ...change })).rejects.toMatchObject({
          name: 'UserError',
          detail: expect.stringMatching(detail),
        })
      }
      expectSameRows(await sae.decode(good), reconstruct(arrays, good), 1)
      sae.dispose()
    })

    test('no tokens give no rows', async () => {
      const sae = await open(arrays)
      const sparse = await sae.encode(cpu(new Float32Array(0), 0, 77))
      expect([sparse.rows, ...sparse.rowPtr]).toEqual([0, 0])
      expect((await sae.decode(sparse)).length).toBe(0)
      sae.dispose()
    })

    test('one feature’s encoder column and decoder row are the file’s', async () => {
      const sae = await open(arrays)
      for (const f of [0, 33, 64]) {
        const column = Float32Array.from({ length: 77 }, (_, k) => arrays.wEnc[k * 65 + f])
        expect(await sae.encoderColumn(f)).toEqual(column)
        expect(await sae.decoderRow(f)).toEqual(arrays.wDec.slice(f * 5, f * 5 + 5))
      }
      await expect(sae.decoderRow(65)).rejects.toMatchObject({ detail: expect.stringContaining('64') })
      await expect(sae.encoderColumn(-1)).rejects.toMatchObject({ name: 'UserError' })
      expect([sae.bEnc, sae.bDec, sae.threshold]).toEqual([arrays.bEnc, arrays.bDec, arrays.threshold])
      sae.dispose()
    })

    test('an affine skip needs its input to decode', async () => {
      const given: SaeCase = { dIn: 77, dSae: 65, dOut: 5, rows: 17, active: 'some', skip: true }
      const made = make(given)
      const sae = await open(made.arrays)
      expect(sae.hasSkip).toBe(true)
      await expect(sae.decode(made.expected)).rejects.toMatchObject({
        name: 'UserError',
        detail: expect.stringContaining('affine_skip_connection'),
      })
      await expect(sae.decode(made.expected, { x: cpu(made.x.slice(77), 16, 77) })).rejects.toMatchObject({
        detail: expect.stringMatching(/16 tokens.*17/),
      })
      sae.dispose()
    })

    test('the decoder rows nearest by cosine, nearest first', async () => {
      const close = arrays.wDec.slice()
      // Feature 7 is 3 turned a little and longer; 9 and 8 are 3 exactly; 11 points the other way; 12 nowhere.
      for (let o = 0; o < 5; o++) {
        close[7 * 5 + o] = 4 * (close[3 * 5 + o] + (o === 0 ? 0.1 : 0))
        close[8 * 5 + o] = close[9 * 5 + o] = close[3 * 5 + o]
        close[11 * 5 + o] = -close[3 * 5 + o]
        close[12 * 5 + o] = 0
      }
      const sae = await open({ ...arrays, wDec: close })
      const { indices, values } = await sae.similar(3, 64)
      expect([...indices.slice(0, 3)]).toEqual([8, 9, 7])
      expect([indices.length, new Set(indices).size, indices.includes(3)]).toEqual([64, 64, false])
      expect(indices[63]).toBe(11)
      const row = (f: number): number[] => Array.from(close.subarray(5 * f, 5 * f + 5))
      const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * b[i], 0)
      indices.forEach((f, i) => {
        const norms = Math.sqrt(dot(row(f), row(f)) * dot(row(3), row(3)))
        expect(values[i]).toBeCloseTo(f === 12 ? 0 : dot(row(3), row(f)) / norms, 5)
        expect(i === 0 || values[i] <= values[i - 1]).toBe(true)
      })
      expect((await sae.similar(64, 3)).indices.length).toBe(3)
      await expect(sae.similar(65, 3)).rejects.toMatchObject({ name: 'UserError' })
      sae.dispose()
    })

    test.each([
      ['JumpReLU', given],
      ['TopK', { ...given, activation: { kind: 'topk', k: 5 } } satisfies SaeCase],
      [
        'a first row that overflows',
        { dIn: 128, dSae: 4096, dOut: 1, rows: 17, active: 'bos' } satisfies SaeCase,
      ],
    ] as [string, SaeCase][])(
      'statistics over several batches count every active feature: %s',
      async (_, wanted) => {
        const made = make(wanted)
        const { dIn, dSae, rows } = wanted
        const sae = await open(made.arrays)
        const statistics = sae.statistics()
        await statistics.add(cpu(made.x.slice(0, 3 * dIn), 3, dIn))
        await statistics.add(cpu(made.x.slice(3 * dIn), rows - 3, dIn))
        await statistics.add(cpu(new Float32Array(0), 0, dIn))
        const found = await statistics.read()
        const count = new Uint32Array(dSae)
        const max = new Float32Array(dSae)
        const sum = new Float64Array(dSae)
        made.expected.indices.forEach((f, i) => {
          count[f] += 1
          max[f] = Math.max(max[f], made.expected.values[i])
          sum[f] += made.expected.values[i]
        })
        expect(found.tokens).toBe(rows)
        expect([...found.count]).toEqual([...count])
        for (let f = 0; f < dSae; f++) {
          expect(Math.abs(found.max[f] - max[f])).toBeLessThanOrEqual(TOLERANCE * max[f])
          expect(Math.abs(found.sum[f] - sum[f])).toBeLessThanOrEqual(TOLERANCE * sum[f])
        }
        statistics.dispose()
        sae.dispose()
      },
    )

    test('calls may overlap', async () => {
      const sae = await open(arrays)
      const tail = { ...cpu(x.slice(3 * 77), 14, 77) }
      const [all, some, decoded] = await Promise.all([
        sae.encode(cpu(x, 17, 77)),
        sae.encode(tail),
        sae.decode(expected),
      ])
      expectSameFeatures(all, expected)
      expect(bytesEqual(some.values, all.values.slice(all.rowPtr[3]))).toBe(true)
      expectSameRows(decoded, reconstruct(arrays, expected), 17)
      sae.dispose()
    })

    test('a cancelled call stops with an AbortError', async () => {
      const sae = await open(arrays)
      const signal = AbortSignal.abort()
      await expect(sae.encode(cpu(x, 17, 77), signal)).rejects.toMatchObject({ name: 'AbortError' })
      await expect(sae.decode(expected, { signal })).rejects.toMatchObject({ name: 'AbortError' })
      sae.dispose()
    })
  })
}

export function cpu(data: Float32Array, rows: number, width: number): CpuActivations {
  return { location: 'cpu', rows, width, data }
}

/**
 * Equal active sets; every value within TOLERANCE of its own size, or, where the sum cancels so far that no float32
 * sum could be (ReLU and TopK let small values stay), within a tenth of it of its row's largest.
 */
export function expectSameFeatures(found: SparseRows, expected: SparseRows): void {
  expect([found.rows, found.width]).toEqual([expected.rows, expected.width])
  expect(bytesEqual(found.rowPtr, expected.rowPtr), `row offsets ${found.rowPtr} ≠ ${expected.rowPtr}`).toBe(
    true,
  )
  expect(bytesEqual(found.indices, expected.indices), 'the same features').toBe(true)
  let worst = 0
  for (let t = 0; t < found.rows; t++) {
    const row = expected.values.subarray(expected.rowPtr[t], expected.rowPtr[t + 1])
    const largest = row.reduce((a, b) => Math.max(a, b), 0)
    row.forEach((value, i) => {
      const error = Math.abs(found.values[expected.rowPtr[t] + i] - value)
      worst = Math.max(worst, error / Math.max(value, largest / 10))
    })
  }
  expect(worst, 'relative error of the worst value').toBeLessThanOrEqual(TOLERANCE)
}

/**
 * Every number within TOLERANCE of its row's largest, or of `termOf` the row if that is larger: a sum that cancels
 * cannot be right relative to itself.
 */
export function expectSameRows(
  found: Float32Array,
  expected: ArrayLike<number>,
  rows: number,
  termOf: (row: number) => number = () => 0,
): void {
  expect(found.length).toBe(expected.length)
  const width = expected.length / rows
  let worst = 0
  for (let t = 0; t < rows; t++) {
    let scale = termOf(t)
    let error = 0
    for (let i = t * width; i < (t + 1) * width; i++) {
      scale = Math.max(scale, Math.abs(expected[i]))
      error = Math.max(error, Math.abs(found[i] - expected[i]))
    }
    worst = Math.max(worst, error / scale)
  }
  expect(worst, 'error relative to the largest number of the worst row').toBeLessThanOrEqual(TOLERANCE)
}

type Words = Float32Array | Uint32Array

export function bytesEqual(a: Words, b: Words): boolean {
  const words = ({ buffer, byteOffset, length }: Words): Uint32Array =>
    new Uint32Array(buffer, byteOffset, length)
  const [left, right] = [words(a), words(b)]
  return left.length === right.length && left.every((word, i) => word === right[i])
}
