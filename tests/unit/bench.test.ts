// The benchmark's own arithmetic: tables, slopes, agreement of lists, and the numbers every peer is given.
import { expect, test } from 'vitest'
import { normals } from '../../tools/bench/data.ts'
import {
  agreement,
  best,
  firstFeatures,
  logSlope,
  median,
  milliseconds,
  ratio,
  table,
} from '../../tools/bench/report.ts'

test('medians, bests and slopes', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect(best([4, 1, 2])).toBe(1)
  expect(logSlope([1, 2, 4, 8].map((x) => [x, 5 * x ** 1.5]))).toBeCloseTo(1.5, 10)
})

test('numbers are written with three figures', () => {
  expect([0.456, 45.6, 456, 45_600].map(milliseconds)).toEqual(['0.46 ms', '45.6 ms', '456 ms', '45.6 s'])
  expect([0.456, 45.67, 456.7].map(ratio)).toEqual(['0.46×', '45.7×', '457×'])
})

test('a table is Markdown with numbers to the right', () => {
  expect(table(['kernel', 'time'], [['encode', '7 ms']])).toBe(
    ['| kernel | time |', '|--------|-----:|', '| encode | 7 ms |'].join('\n'),
  )
})

test('the first features wait for the slower of the line and the packing, and then for the run', () => {
  // 100 MB take 16 s at 50 Mbit/s and 1.6 s at 500, where packing takes longer.
  const pieces = { bytes: 100e6, packing: 4000, running: 500 }
  expect(firstFeatures({ ...pieces, megabits: 50 })).toBe(16_500)
  expect(firstFeatures({ ...pieces, megabits: 500 })).toBe(4500)
})

test('agreement counts entries found by both and the worst of their values', () => {
  const a = { indices: [1, 4, 9, 2, 5], values: [1, 2, 3, 4, 5] }
  expect(agreement(a, a)).toEqual({ common: 1, worst: 0 })
  // One entry lost, another gained, one value 10 % off.
  const b = { indices: [1, 9, 2, 3, 5], values: [1, 3.3, 4, 9, 5] }
  const { common, worst } = agreement(a, b)
  expect(common).toBeCloseTo(4 / 5, 10)
  expect(worst).toBeCloseTo(0.1, 10)
})

test('every peer gets the same numbers: these were computed by NumPy in torch_peer.py', () => {
  const first = [1.5194295644760132, -0.7683174014091492, -1.993090033531189]
  expect([...normals(1, 0, 3, 1)]).toEqual(first.map(Math.fround))
  expect(normals(1, 65_535, 1, 1)[0]).toBe(Math.fround(0.7449805736541748))
  expect(normals(2, 1_000_002, 1, 1)[0]).toBe(Math.fround(0.49393153190612793))
  const scaled = [-0.007407827768474817, 0.018392380326986313, -0.019509555771946907]
  expect([...normals(3, 0, 3, 1 / Math.sqrt(2304))]).toEqual(scaled.map(Math.fround))
})
