import { expect, test } from 'vitest'
import { firstRows, joinSpans, windowsOf } from '../../src/engine/windows.ts'
import { joinSparse, meanL0 } from '../../src/lib/sparse-rows.ts'
import { fractionOfVarianceUnexplained } from '../../src/sae/metrics.ts'

const BOS = 2

test('a text that fits is one window, just as it is', () => {
  expect(windowsOf([BOS, 5, 6, 7], BOS, 4)).toEqual([[BOS, 5, 6, 7]])
  // Ids given without <bos> are run without.
  expect(windowsOf([5, 6], BOS, 4)).toEqual([[5, 6]])
})

test('a longer text is cut in windows with <bos> each, and no token is lost or run twice', () => {
  const ids = [BOS, ...Array.from({ length: 10 }, (_, i) => 10 + i)]
  const windows = windowsOf(ids, BOS, 4)
  expect(windows).toEqual([
    [BOS, 10, 11, 12],
    [BOS, 13, 14, 15],
    [BOS, 16, 17, 18],
    [BOS, 19],
  ])
  expect(firstRows(windows)).toEqual([0, 4, 8, 12])
})

test('spans of later windows are counted on from the ones before', () => {
  const spans = joinSpans(
    [
      [BOS, 5],
      [BOS, 6],
    ],
    (ids) => ids.map((id, first) => ({ first, count: 1, text: String(id), special: first === 0 })),
  )
  expect(spans.map(({ first, text }) => [first, text])).toEqual([
    [0, '2'],
    [1, '5'],
    [2, '2'],
    [3, '6'],
  ])
})

test('sparse rows of windows join into one, and L0 leaves every first row out', () => {
  const a = {
    ...{ rows: 2, width: 8, rowPtr: Uint32Array.of(0, 3, 4) },
    ...{ indices: Uint32Array.of(0, 1, 2, 5), values: Float32Array.of(1, 2, 3, 4) },
  }
  const b = {
    ...{ rows: 2, width: 8, rowPtr: Uint32Array.of(0, 1, 4) },
    ...{ indices: Uint32Array.of(7, 1, 2, 3), values: Float32Array.of(5, 6, 7, 8) },
  }
  const joined = joinSparse([a, b])
  expect([...joined.rowPtr]).toEqual([0, 3, 4, 5, 8])
  expect([...joined.indices]).toEqual([0, 1, 2, 5, 7, 1, 2, 3])
  expect([...joined.values]).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(meanL0(joined, [0, 2])).toBe((1 + 3) / 2)
  expect(meanL0(joined)).toBe((1 + 1 + 3) / 3)
})

test('FVU leaves every first row out', () => {
  const y = Float32Array.of(900, 1, 3, -900, 5)
  const yHat = Float32Array.of(0, 1, 4, 0, 5)
  // Rows 1, 2 and 4 count: mean 3, Σ(y − mean)² = 8, Σ(y − ŷ)² = 1.
  expect(fractionOfVarianceUnexplained(y, yHat, 5, 1, [0, 3])).toBeCloseTo(1 / 8, 12)
})
