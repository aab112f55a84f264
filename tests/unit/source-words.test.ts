// When the source page warns, what it says of decoder norms, and where its charts have their ticks.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { linearTicks, logTicks } from '../../src/lib/axis.ts'
import { decoderNorms } from '../../src/lib/decoder-norms.ts'
import { allowedFactor, farApart } from '../../src/lib/far-apart.ts'

const HOOK = 'blocks.20.hook_resid_post'
const PUBLISHED = { l0: 71, fvu: 0.2 }

describe('figures far from the published ones', () => {
  test('a plain ReLU in place of the thresholds is named with both numbers, and what to check', () => {
    const found = farApart({ counted: 120, l0: 1795.2, fvu: 0.31 }, PUBLISHED, HOOK)
    expect(found?.question).toBe(
      'L0 is 1,795 where 71 is published: are these raw activations of blocks.20.hook_resid_post, with <bos> first?',
    )
    expect(found?.causes[0]).toMatch(/plain ReLU/)
    const causes = found?.causes.join('\n')
    for (const cause of [/normalised/, /another layer or site/, /no <bos>/, /another model/, /precision/]) {
      expect(causes).toMatch(cause)
    }
  })

  test('of many tokens, a factor of 3 either way is far and what is nearer is not', () => {
    const far = (l0: number) => farApart({ counted: 1_000_000, l0, fvu: 0.2 }, PUBLISHED, HOOK) !== undefined
    expect([71 / 3.1, 71 / 2.9, 71, 71 * 2.9, 71 * 3.1].map(far)).toEqual([true, false, false, false, true])
  })

  test('a low L0 is not put down to a plain ReLU', () => {
    const found = farApart({ counted: 100, l0: 4, fvu: 0.2 }, PUBLISHED, HOOK)
    expect(found?.question).toMatch(/^L0 is 4 where 71 is published/)
    expect(found?.causes.join()).not.toMatch(/ReLU/)
    expect(farApart({ counted: 100, l0: 0, fvu: 0.2 }, PUBLISHED, HOOK)?.question).toMatch(/^L0 is 0 where/)
  })

  test('few tokens may be further off than many', () => {
    expect(allowedFactor(1)).toBe(9)
    expect(allowedFactor(4)).toBe(6)
    expect(allowedFactor(100)).toBeCloseTo(3.6, 9)
    const at = (counted: number) => farApart({ counted, l0: 71 * 5, fvu: 0.2 }, PUBLISHED, HOOK)
    expect(at(4)).toBeUndefined()
    expect(at(100)).toBeDefined()
    expect(farApart({ counted: 0, l0: Number.NaN, fvu: Number.NaN }, PUBLISHED, HOOK)).toBeUndefined()
    expect(farApart({ counted: 1, l0: 60, fvu: Number.NaN }, PUBLISHED, HOOK)).toBeUndefined()
  })

  test('FVU is far above 1, or beyond the same factor of a published one; a better one never is', () => {
    const question = (fvu: number, published: { l0: number; fvu?: number } | undefined, counted = 100) =>
      farApart({ counted, l0: 71, fvu }, published, HOOK)?.question
    expect(question(0.9, PUBLISHED)).toMatch(/^FVU is 0\.90 where 0\.20 is published/)
    expect(question(0.7, PUBLISHED)).toBeUndefined()
    expect(question(1.2, { l0: 71 })).toMatch(/^FVU is 1\.20, worse than the mean activation alone/)
    expect(question(1.2, undefined)).toMatch(/^FVU is 1\.20/)
    expect(question(1.2, { l0: 71, fvu: 0.9 })).toMatch(/worse than the mean/)
    expect(question(0.001, PUBLISHED)).toBeUndefined()
    // Two tokens differ from their own mean by half as much as from all tokens'.
    expect(question(1.9, { l0: 71 }, 2)).toBeUndefined()
    expect(question(1.1, { l0: 71 }, 6)).toBeUndefined()
    expect(question(1.9, { l0: 71 }, 6)).toBeDefined()
  })

  test('both are named together, and an unknown hook is not made up', () => {
    const found = farApart({ counted: 100, l0: 1795, fvu: 20 }, PUBLISHED, undefined)
    expect(found?.question).toMatch(
      /^L0 is 1,795 where 71 is published, and FVU is 20\.00 where 0\.20 is published: are these raw activations of the hook it was trained on/,
    )
  })
})

describe('decoder norms', () => {
  test('within 1e-5 of 1 are said to be so, with the largest difference', () => {
    expect(decoderNorms([1, 1])).toEqual({ unit: true, text: 'All are exactly 1.' })
    expect(decoderNorms([0.9999997, 1.0000002])).toMatchObject({ unit: true })
    expect(decoderNorms([0.9999997, 1.0000002]).text).toMatch(/by 3\.0e-7 at most/)
  })

  test('others are told by how much they are off', () => {
    expect(decoderNorms([0.98712, 1.002]).text).toMatch(/from 0\.9871 to 1\.0020, off by 0\.013 at most/)
    expect(decoderNorms([1, 1.00002])).toMatchObject({ unit: false })
    expect(decoderNorms([0.2, 7.25]).text).toMatch(/off by 6\.3 at most/)
  })
})

describe('ticks', () => {
  const texts = (ticks: { text: string }[]) => ticks.map(({ text }) => text)
  test('are round numbers with the decimals they need', () => {
    expect(texts(linearTicks(4.516, 30.226, 5))).toEqual(['5', '10', '15', '20', '25', '30'])
    expect(texts(linearTicks(-0.2, 0.98, 4))).toEqual(['−0.2', '0.0', '0.2', '0.4', '0.6', '0.8'])
    expect(texts(linearTicks(0, 12_345, 3))).toEqual(['0', '5,000', '10,000'])
    expect(texts(linearTicks(0.9999997, 1.0000002, 3))).toEqual(['0.9999998', '1.0000000', '1.0000002'])
    expect(texts(logTicks(1795, 4))).toEqual(['1', '10', '100', '1,000'])
    expect(texts(logTicks(1_048_576, 4))).toEqual(['1', '100', '10,000', '1,000,000'])
    expect(texts(logTicks(1, 4))).toEqual(['1'])
  })

  test('lie within the axis, ascend, and are neither one alone nor many', () => {
    const ends = fc.tuple(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
    )
    fc.assert(
      fc.property(ends, fc.integer({ min: 2, max: 6 }), ([low, span], count) => {
        const high = low + span
        const ticks = linearTicks(low, high, count)
        expect(ticks.length).toBeGreaterThanOrEqual(2)
        expect(ticks.length).toBeLessThanOrEqual(3 * count)
        const slack = span * 1e-6 + Math.abs(low) * 1e-12
        ticks.forEach(({ value }, at) => {
          expect(value).toBeGreaterThanOrEqual(low - slack)
          expect(value).toBeLessThanOrEqual(high + slack)
          if (at > 0) expect(value).toBeGreaterThan(ticks[at - 1].value)
        })
      }),
    )
  })
})
