// Where an SAE's weights go: all of Gemma Scope's widths on adapters and budgets of all sizes.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { featureBytes, placeWeights } from '../../src/sae/webgpu/placement.ts'

const MB = 1 << 20
const GB = 1 << 30
const shape = (dSae: number) => ({ dIn: 2304, dSae, dOut: 2304, hasSkip: false })
const NO_LIMIT = { binding: Infinity, budget: Infinity }

test('without limits there is one range, with both matrices', () => {
  const placed = placeWeights(shape(16_384), 'f32', NO_LIMIT)
  expect(placed.resident).toEqual([{ first: 0, features: 16_384 }])
  expect([placed.streamed, placed.decoderResident]).toEqual([[], true])
  // 16,384 · (2 · 2304 + 2) numbers and b_dec
  expect(placed.bytes).toBe(4 * (16_384 * (2 * 2304 + 2) + 2304))
})

test('float16 halves the matrices', () => {
  const bytes = placeWeights(shape(16_384), 'f16', NO_LIMIT).bytes
  expect(bytes).toBe(2 * 16_384 * 2 * 2304 + 4 * (2 * 16_384 + 2304))
})

test('a 16 MB binding cuts 16k in ranges of 1820 features', () => {
  const placed = placeWeights(shape(16_384), 'f32', { binding: 16 * MB, budget: Infinity })
  expect(placed.resident.length).toBe(Math.ceil(16_384 / 1820))
  expect(placed.resident.slice(0, 2)).toEqual([
    { first: 0, features: 1820 },
    { first: 1820, features: 1820 },
  ])
  expect(placed.resident.at(-1)).toEqual({ first: 16_380, features: 4 })
})

test('a budget for one matrix keeps the encoder and fetches decoder rows', () => {
  const placed = placeWeights(shape(16_384), 'f32', { binding: GB, budget: 200 * MB })
  expect([placed.decoderResident, placed.streamed.length, placed.resident.length]).toEqual([false, 0, 1])
  expect(placed.bytes).toBeLessThan(200 * MB)
})

test('1M features under 2 GB: most of the budget stays, the rest passes through two slots', () => {
  const placed = placeWeights(shape(1_048_576), 'f32', { binding: GB, budget: 2 * GB })
  const kept = placed.resident.reduce((sum, { features }) => sum + features, 0)
  expect(kept * featureBytes(shape(1), 'f32').encoder).toBeGreaterThan(1.4 * GB)
  expect(placed.streamed[0].first).toBe(kept)
  expect(placed.bytes).toBeLessThanOrEqual(2 * GB)
})

describe('whatever the sizes', () => {
  const any = fc.record({
    dIn: fc.integer({ min: 1, max: 5000 }),
    dSae: fc.integer({ min: 1, max: 2 ** 20 }),
    dOut: fc.integer({ min: 1, max: 5000 }),
    hasSkip: fc.boolean(),
  })
  test('every feature lies in exactly one range, and ranges but the last are whole fours that fit', () => {
    fc.assert(
      fc.property(
        any,
        fc.constantFrom('f32' as const, 'f16' as const),
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.integer({ min: 1, max: 2 ** 34 }),
        (given, precision, binding, budget) => {
          const { resident, streamed, decoderResident } = placeWeights(given, precision, { binding, budget })
          const { encoder, decoder } = featureBytes(given, precision)
          const bytes = Math.max(encoder, decoderResident ? decoder : 0)
          const widest = Math.max(4, Math.floor(binding / bytes))
          let next = 0
          const wrong = [...resident, ...streamed].filter(({ first, features }) => {
            const follows = first === next
            next += features
            const whole = features % 4 === 0 || next === given.dSae
            return !follows || !whole || features > widest
          })
          expect(wrong).toEqual([])
          expect(next).toBe(given.dSae)
        },
      ),
      { seed: 3, numRuns: 200 },
    )
  })
})
