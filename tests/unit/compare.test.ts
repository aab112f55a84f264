// Two texts on one source: which features only one has, which both, and by how much they differ.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareFeatures } from '../../src/lib/compare.ts'
import { featureColumns } from '../../src/lib/feature-columns.ts'
import type { SparseRows } from '../../src/lib/sparse-rows.ts'

/** One list of [feature, value] a token. */
function columnsOf(tokens: [number, number][][]) {
  const flat = tokens.flat()
  const rowPtr = [0]
  for (const token of tokens) rowPtr.push(rowPtr[rowPtr.length - 1] + token.length)
  const sparse: SparseRows = {
    ...{ rows: tokens.length, width: 16, rowPtr: Uint32Array.from(rowPtr) },
    indices: Uint32Array.from(flat, ([index]) => index),
    values: Float32Array.from(flat, ([, value]) => value),
  }
  return featureColumns(sparse)
}

const FIRST = columnsOf([
  [
    [1, 4],
    [2, 9],
    [5, 1],
  ],
  [
    [1, 4],
    [7, 2],
  ],
])
const SECOND = columnsOf([
  [
    [1, 6],
    [3, 5],
    [7, 3],
  ],
])

test('each feature is in one of three lists, the largest difference first', () => {
  const { first, second, both } = compareFeatures(FIRST, SECOND, 'max')
  expect(first).toEqual([
    { index: 2, first: 9, second: 0, difference: 9 },
    { index: 5, first: 1, second: 0, difference: 1 },
  ])
  expect(second).toEqual([{ index: 3, first: 0, second: 5, difference: -5 }])
  expect(both).toEqual([
    { index: 1, first: 4, second: 6, difference: -2 },
    { index: 7, first: 2, second: 3, difference: -1 },
  ])
})

test('sums and counts differ in their own way', () => {
  expect(compareFeatures(FIRST, SECOND, 'sum').both[0]).toEqual({
    ...{ index: 1, first: 8, second: 6, difference: 2 },
  })
  expect(compareFeatures(FIRST, SECOND, 'count').both.map(({ difference }) => difference)).toEqual([1, 0])
})

test('dense features are in no list, whichever text they are in; what nothing is known of stays', () => {
  const known = (...figures: [number, number][]) =>
    new Map(figures.map(([index, density]) => [index, { density, max: 10 }]))
  // 1 and 7 are in both texts, and 7 fires on just as many tokens as are allowed.
  const beyond = {
    first: { figures: known([1, 0.2], [2, 0.3], [5, 0.001], [7, 0.01]), dense: 0.01 },
    second: { figures: known([1, 0.2], [7, 0.01]), dense: 0.01 },
  }
  const indices = (list: readonly { index: number }[]): number[] => list.map(({ index }) => index)
  const found = compareFeatures(FIRST, SECOND, 'max', beyond)
  expect(indices(found.first)).toEqual([5])
  expect(indices(found.second)).toEqual([3])
  expect(indices(found.both)).toEqual([7])
  // The figures of those that stay are what they were.
  expect(found.both).toEqual(compareFeatures(FIRST, SECOND, 'max').both.filter(({ index }) => index === 7))
})

test('a text beside itself differs in nothing; turned round, the lists change places', () => {
  const token = fc
    .uniqueArray(fc.nat(15))
    .map((features) =>
      features.sort((a, b) => a - b).map((feature): [number, number] => [feature, 1 + (feature % 5)]),
    )
  const text = fc.array(token, { minLength: 1, maxLength: 5 }).map(columnsOf)
  fc.assert(
    fc.property(text, text, fc.constantFrom('max', 'sum', 'count'), (a, b, measure) => {
      const same = compareFeatures(a, a, measure)
      expect([same.first, same.second]).toEqual([[], []])
      expect(same.both.every(({ difference }) => difference === 0)).toBe(true)
      const [there, back] = [compareFeatures(a, b, measure), compareFeatures(b, a, measure)]
      const indices = (list: readonly { index: number }[]): number[] => list.map(({ index }) => index)
      expect(indices(back.first)).toEqual(indices(there.second))
      expect(indices(back.both)).toEqual(indices(there.both))
      const all = [...indices(there.first), ...indices(there.second), ...indices(there.both)]
      expect(all.sort((x, y) => x - y)).toEqual(
        [...new Set([...a.features, ...b.features])].sort((x, y) => x - y),
      )
    }),
  )
})
