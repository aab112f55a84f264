// The logit lens against plain sums over the whole matrix, in float64.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseGemmaConfig } from '../../src/model/config.ts'
import { Extremes } from '../../src/model/extremes.ts'
import { Moments } from '../../src/model/moments.ts'
import { logitLens, throughOutputProjection } from '../../src/model/unembed.ts'
import { floatEntry } from '../support/float-entry.ts'
import { AWKWARD, arrayFile, randomWeights, seededNormal } from '../support/gemma-reference.ts'

const config = parseGemmaConfig(AWKWARD)

/** Logits of one direction over a [vocabulary, hidden] matrix. */
function plainLogits(matrix: Float32Array, direction: Float32Array): number[] {
  const width = direction.length
  return Array.from({ length: matrix.length / width }, (_, row) =>
    direction.reduce((sum, value, i) => sum + value * matrix[row * width + i], 0),
  )
}

/** Moments by the textbook: two passes, population formulas. */
function plainMoments(values: readonly number[]) {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const central = (power: number) => values.reduce((sum, x) => sum + (x - mean) ** power, 0) / values.length
  return {
    mean,
    sd: Math.sqrt(central(2)),
    skew: central(3) / central(2) ** 1.5,
    kurtosis: central(4) / central(2) ** 2 - 3,
  }
}

test('gives the extremes and moments of W_U · direction, for several directions at once', async () => {
  const weights = randomWeights(AWKWARD)
  const embedding = await weights.get('model.embed_tokens.weight')?.readFloat32(0, 53 * 20)
  if (!embedding) throw new Error('no embedding')
  const normal = seededNormal(7)
  const directions = new Float32Array(3 * 20).map(normal)
  const lenses = await logitLens(weights, config, directions, { k: 4 })
  expect(lenses).toHaveLength(3)
  for (const [row, lens] of lenses.entries()) {
    const logits = plainLogits(embedding, directions.subarray(row * 20, (row + 1) * 20))
    const order = logits.map((_, id) => id).sort((a, b) => logits[b] - logits[a])
    expect(lens.top.map(({ id }) => id)).toEqual(order.slice(0, 4))
    expect(lens.bottom.map(({ id }) => id)).toEqual(order.slice(-4).reverse())
    // Logits are rounded to float32 once, at the end.
    for (const { id, logit } of [...lens.top, ...lens.bottom]) expect(logit).toBeCloseTo(logits[id], 6)
    const plain = plainMoments(logits)
    expect(lens.mean).toBeCloseTo(plain.mean, 6)
    expect(lens.sd).toBeCloseTo(plain.sd, 6)
    expect(lens.skew).toBeCloseTo(plain.skew, 5)
    expect(lens.kurtosis).toBeCloseTo(plain.kurtosis, 5)
  }
})

test('streams a large vocabulary in blocks of at most 8 MB that together are the whole', async () => {
  const rows = 3000
  const hidden = 2304
  let largest = 0
  // Row r is r in its first column and 0 elsewhere, so that its logit is r.
  const readFloat32 = async (first: number, count: number) => {
    largest = Math.max(largest, count * 4)
    const values = new Float32Array(count)
    for (let row = first / hidden; row < (first + count) / hidden; row += 1)
      values[row * hidden - first] = row
    return values
  }
  const entry = floatEntry('model.embed_tokens.weight', [rows, hidden], readFloat32, 'BF16')
  const big = parseGemmaConfig({ ...AWKWARD, vocab_size: rows, hidden_size: hidden })
  const direction = new Float32Array(hidden).fill(1)
  const seen: number[] = []
  const [lens] = await logitLens(new Map([[entry.name, entry]]), big, direction, {
    k: 2,
    onLogits: (_, first, logits) => {
      seen.push(...[...logits].map((logit, i) => logit - (first + i)))
    },
  })
  expect(largest).toBeLessThanOrEqual(8 * 1024 * 1024)
  expect(seen).toEqual(new Array(rows).fill(0))
  expect(lens.top).toEqual([
    { id: 2999, logit: 2999 },
    { id: 2998, logit: 2998 },
  ])
  expect(lens.bottom[0]).toEqual({ id: 0, logit: 0 })
  expect(lens.mean).toBeCloseTo(1499.5, 9)
})

test('an attention direction goes through W_O of its layer', async () => {
  const weights = randomWeights(AWKWARD)
  const z = new Float32Array(60).map(seededNormal(3))
  const matrix = await weights.get('model.layers.1.self_attn.o_proj.weight')?.readFloat32(0, 20 * 60)
  if (!matrix) throw new Error('no o_proj')
  const expected = plainLogits(matrix, z)
  const actual = await throughOutputProjection(weights, config, 1, z)
  expect(actual).toHaveLength(20)
  for (const [i, value] of actual.entries()) expect(value).toBeCloseTo(expected[i], 5)
})

test('says which numbers do not fit', async () => {
  const weights = randomWeights(AWKWARD)
  await expect(logitLens(weights, config, new Float32Array(21), { k: 1 })).rejects.toThrow('21 numbers')
  const wrong = throughOutputProjection(weights, config, 0, new Float32Array(20))
  await expect(wrong).rejects.toThrow('rows of 60')
  await expect(logitLens(arrayFile([]), config, new Float32Array(20), { k: 1 })).rejects.toThrow(
    'embed_tokens',
  )
})

test('stops when cancelled', async () => {
  const signal = AbortSignal.abort()
  const lens = logitLens(randomWeights(AWKWARD), config, new Float32Array(20), { k: 1, signal })
  await expect(lens).rejects.toHaveProperty('name', 'AbortError')
})

test('extremes are those of a full sort, earlier ids first among equals', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5, max: 5 })), fc.nat({ max: 8 }), (values, k) => {
      const extremes = new Extremes(k)
      for (const [id, value] of values.entries()) extremes.add(id, value)
      const entries = values.map((logit, id) => ({ id, logit }))
      const { top, bottom } = extremes.result()
      expect(top).toEqual(entries.toSorted((a, b) => b.logit - a.logit || a.id - b.id).slice(0, k))
      expect(bottom).toEqual(entries.toSorted((a, b) => a.logit - b.logit || a.id - b.id).slice(0, k))
    }),
  )
})

test('moments are those of the two-pass formulas, far from zero too', () => {
  const normal = seededNormal(5)
  const values = Array.from({ length: 1000 }, () => 1e6 + Math.exp(normal()))
  const moments = new Moments()
  for (const value of values) moments.add(value)
  const plain = plainMoments(values)
  const { mean, sd, skew, kurtosis } = moments.result()
  expect(mean).toBeCloseTo(plain.mean, 6)
  expect(sd).toBeCloseTo(plain.sd, 6)
  expect(skew).toBeCloseTo(plain.skew, 6)
  expect(kurtosis).toBeCloseTo(plain.kurtosis, 6)
})
