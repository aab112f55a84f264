// Per-feature totals against sums in float64 (exact integers for the fixed point), and their independence of order.
import { expect, test } from 'vitest'
import { BufferGroup } from '../../src/gpu/buffers.ts'
import { createTotals } from '../../src/sae/webgpu/statistics.ts'
import { gpuForTests } from '../support/gpu.ts'
import { type Entry, listsOnGpu } from '../support/lists.ts'
import { seededRandom } from '../support/random.ts'
import { bytesEqual } from '../support/sae-behaviour.ts'

interface Totals {
  count: Uint32Array
  max: Float32Array
  sum: Float64Array
}

type Rows = readonly (readonly Entry[])[]

async function gpuTotals(features: number, batches: readonly Rows[], capacity?: number): Promise<Totals> {
  const { device } = await gpuForTests()
  const group = new BufferGroup(device)
  const totals = await createTotals(device, features)
  try {
    for (const rows of batches) await totals.addLists(listsOnGpu(rows, group, capacity))
    return await totals.read()
  } finally {
    totals.destroy()
    group.destroy()
  }
}

function expected(features: number, batches: readonly Rows[]): Totals {
  const count = new Uint32Array(features)
  const max = new Float32Array(features)
  const sum = new Float64Array(features)
  for (const { feature, value } of batches.flat(2)) {
    count[feature] += 1
    max[feature] = Math.max(max[feature], value)
    sum[feature] += value
  }
  return { count, max, sum }
}

/** Counts and maxima are exact; a sum is off by at most half a step of 2^-24 for each value. */
function expectTotals(actual: Totals, wanted: Totals): void {
  expect(bytesEqual(actual.count, wanted.count)).toBe(true)
  expect(bytesEqual(actual.max, wanted.max)).toBe(true)
  const off = actual.sum.findIndex((sum, f) => {
    // float64's own rounding of the expected sum, below 2^53 steps none.
    const slack = wanted.sum[f] * 2 ** -50
    return !(Math.abs(sum - wanted.sum[f]) <= wanted.count[f] * 2 ** -25 + slack)
  })
  expect(off).toBe(-1)
}

const random = seededRandom(5)
const positive = (): number => Math.fround(-20 * Math.log(1 - random()) + 1e-4)

function randomRows(features: number, lengths: readonly number[]): Entry[][] {
  return lengths.map((length) => {
    const start = Math.floor(random() * features)
    return Array.from({ length }, (_, i) => ({ feature: (start + i * 7) % features, value: positive() }))
  })
}

test.each([1, 65, 70_001, 1_048_576])(
  'count, max and sum over several batches, %i features',
  async (features) => {
    const most = Math.min(features, 3000)
    const lengths = [0, 1, 63, 64, 65, most, 0, 200].map((length) => Math.min(length, features))
    const batches = [
      randomRows(features, lengths),
      randomRows(features, [0]),
      randomRows(features, lengths.toReversed()),
    ]
    expectTotals(await gpuTotals(features, batches), expected(features, batches))
  },
)

test('no lists, and lists without rows', async () => {
  expectTotals(await gpuTotals(70, []), expected(70, []))
  expectTotals(await gpuTotals(70, [[]]), expected(70, []))
})

test('sums of values from 0.5 up are exact, past 32 bits too', async () => {
  const values = [
    0.5,
    1 - 2 ** -24,
    3.140625,
    255.99998474121094,
    256,
    4095.5,
    70_000.25,
    2 ** 31 + 256,
    2 ** 37,
  ]
  const batch = Array.from({ length: 300 }, () => values.map((value, feature) => ({ feature, value })))
  // One feature gets them all.
  const mixed = values.slice(0, 7).map((value) => [{ feature: 9, value }])
  const { sum } = await gpuTotals(10, [
    batch.map((row) => row.slice(0, 8)),
    [[{ feature: 8, value: 2 ** 37 }]],
    mixed,
  ])
  const wanted = values.slice(0, 8).map((value) => 300 * value)
  const all = values.slice(0, 7).reduce((total, value) => total + value, 0)
  expect([...sum]).toEqual([...wanted, 2 ** 37, all])
})

test('small values are rounded to the nearest step of 2^-24', async () => {
  const step = 2 ** -24
  const values = [step, 1.5 * step, 0.5 * step, 0.4999 * step, 2 ** -149, 0.25 + 2 ** -26, 1e-5]
  const { sum, max } = await gpuTotals(7, [
    [values.map((value, feature) => ({ feature, value: Math.fround(value) }))],
  ])
  expect([...sum].map((total) => total / step)).toEqual([
    1,
    2,
    1,
    0,
    0,
    2 ** 22,
    Math.round(Math.fround(1e-5) / step),
  ])
  expect([...max]).toEqual(values.map(Math.fround))
})

test('a sum the totals cannot hold is NaN, never a wrong number', async () => {
  const huge = 2 ** 39
  const rows = [[{ feature: 0, value: huge }], [{ feature: 0, value: huge }], [{ feature: 1, value: huge }]]
  const { sum } = await gpuTotals(3, [rows, [[{ feature: 2, value: 2 ** 100 }]]])
  expect([...sum]).toEqual([Number.NaN, huge, Number.NaN])
})

test('a row beyond its capacity adds nothing', async () => {
  const [long, short] = randomRows(50, [20, 10])
  expectTotals(await gpuTotals(50, [[long, short]], 16), expected(50, [[short]]))
})

test('any order of the same lists gives the same bytes', async () => {
  const rows = randomRows(
    40,
    Array.from({ length: 100 }, () => 40),
  )
  const once = await gpuTotals(40, [rows])
  const shuffled = rows.toReversed().map((row) => row.toReversed())
  const apart = [shuffled.slice(0, 30), shuffled.slice(30)]
  expect(await gpuTotals(40, apart)).toEqual(once)
  expect(await gpuTotals(40, [rows])).toEqual(once)
})
