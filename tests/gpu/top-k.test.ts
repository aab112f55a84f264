// The k largest of short and long lists, against a full sort.
import { expect, test } from 'vitest'
import { BufferGroup, readBack } from '../../src/gpu/buffers.ts'
import type { Lists } from '../../src/sae/webgpu/lists.ts'
import { topKOfLists } from '../../src/sae/webgpu/top-k.ts'
import { gpuForTests } from '../support/gpu.ts'
import { type Entry, listsOnGpu } from '../support/lists.ts'
import { seededRandom } from '../support/random.ts'

async function read(device: GPUDevice, { rows, capacity, counts, entries }: Lists): Promise<Entry[][]> {
  const bytes = await readBack(device, [
    { buffer: counts, offset: 0, bytes: 4 * rows },
    { buffer: entries, offset: 0, bytes: 8 * rows * capacity },
  ])
  const found = new Uint32Array(bytes, 0, rows)
  const words = new Uint32Array(bytes, 4 * rows)
  const floats = new Float32Array(bytes, 4 * rows)
  return Array.from(found, (count, row) =>
    Array.from({ length: count }, (_, i) => {
      const at = 2 * (row * capacity + i)
      return { value: floats[at], feature: words[at + 1] }
    }),
  )
}

async function best(rows: readonly Entry[][], k: number, capacity?: number): Promise<Entry[][]> {
  const { device } = await gpuForTests()
  const group = new BufferGroup(device)
  try {
    return await read(device, await topKOfLists(device, listsOnGpu(rows, group, capacity), k, group))
  } finally {
    group.destroy()
  }
}

function sorted(rows: readonly Entry[][], k: number): Entry[][] {
  return rows.map((row) => row.toSorted((a, b) => b.value - a.value || a.feature - b.feature).slice(0, k))
}

const random = seededRandom(11)

/** Distinct features in random order, with the values `value` gives. */
function list(count: number, value: (feature: number) => number): Entry[] {
  const step = 7919
  const features = Array.from({ length: count }, (_, i) => (i * step) % 1_048_573)
  return features.map((feature) => ({ feature, value: Math.fround(value(feature)) }))
}

test('empty lists, lists shorter than k, as long as k, longer', async () => {
  const rows = [0, 1, 2, 19, 20, 21, 255, 256, 257, 1000, 0].map((count) =>
    list(count, () => random() * 50 + 1e-3),
  )
  for (const k of [1, 2, 20, 300]) expect(await best(rows, k)).toEqual(sorted(rows, k))
})

test('one list of 100,000', async () => {
  const rows = [list(100_000, () => -Math.log(1 - random()) + 1e-6)]
  for (const k of [1, 64, 500]) expect(await best(rows, k)).toEqual(sorted(rows, k))
})

test('of equal values the lower features win', async () => {
  const rows = [
    list(5000, () => 3.5),
    list(5000, (feature) => 1 + (feature % 7)),
    list(5000, (feature) => (feature % 500 === 0 ? 9 : 2 ** -149)),
  ]
  for (const k of [1, 100, 700, 2000]) expect(await best(rows, k)).toEqual(sorted(rows, k))
})

test('values that differ in their last bit, over the whole range of float32, and below zero', async () => {
  const near = list(3000, (feature) => feature)
  const bits = new Uint32Array(near.length).map((_, i) => 0x3f800000 + ((i * 37) % 3000))
  const values = new Float32Array(bits.buffer)
  const rows = [
    near.map((entry, i) => ({ ...entry, value: values[i] })),
    list(3000, () => 2 ** (random() * 270 - 149)),
    list(3000, () => random() - 0.5),
    list(3000, (feature) => (feature % 2 ? -0 : 0)).map(({ feature }) => ({ feature, value: 0 })),
  ]
  for (const k of [1, 50, 2999]) expect(await best(rows, k)).toEqual(sorted(rows, k))
})

test('zero and negative zero are equal', async () => {
  const rows = [
    [
      { value: 0, feature: 5 },
      { value: -0, feature: 3 },
      { value: -1e-40, feature: 1 },
    ],
  ]
  const found = await best(rows, 3)
  expect(found[0].map(({ feature }) => feature)).toEqual([3, 5, 1])
})

test('of a row beyond its capacity nothing unwritten is read', async () => {
  const row = list(40, () => random() + 1)
  const [found] = await best([row], 10, 16)
  expect(found).toEqual(sorted([row.slice(0, 16)], 10)[0])
})

test('the order within the list does not matter: same bytes', async () => {
  const row = list(4000, (feature) => 1 + (feature % 90))
  const once = await best([row, row.toReversed()], 77)
  expect(once[0]).toEqual(once[1])
  expect(await best([row, row.toReversed()], 77)).toEqual(once)
})

test('a thousand rows at once', async () => {
  const rows = Array.from({ length: 1000 }, (_, row) => list(row % 40, () => 1 + random()))
  expect(await best(rows, 16)).toEqual(sorted(rows, 16))
})
