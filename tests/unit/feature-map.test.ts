// The map of features, from decoder rows to places: neighbours against all pairs, what lies together, the same again.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { featureMapOf, MAP_LIBRARY, type MapHelper, type MapStore } from '../../src/engine/feature-map.ts'
import type { FeatureMap } from '../../src/engine/protocol.ts'
import { isAbort } from '../../src/lib/errors.ts'
import { sampleOf, seededRandom } from '../../src/lib/random.ts'
import { cosineOf, cosinesWithAll, DirectionTable } from '../../src/sae/feature-map/directions.ts'
import { layoutOf } from '../../src/sae/feature-map/layout.ts'
import { exactNeighbours, nearestNeighbours } from '../../src/sae/feature-map/neighbours.ts'
import { trustOf } from '../../src/sae/feature-map/trust.ts'
import { makeCase, saeFile } from '../support/sae-cases.ts'

const CLUSTERS = 6
const EACH = 30

/** Rows in clusters, shuffled through one another: row i belongs to cluster i % CLUSTERS. */
function planted(width: number): Float32Array {
  const random = seededRandom(11)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const centres = Float32Array.from({ length: CLUSTERS * width }, normal)
  return Float32Array.from({ length: CLUSTERS * EACH * width }, (_, at) => {
    const cluster = Math.floor(at / width) % CLUSTERS
    return 2 * centres[cluster * width + (at % width)] + normal()
  })
}

function tableOf(rows: Float32Array, width: number): DirectionTable {
  const table = new DirectionTable(rows.length / width, width, 1)
  // In blocks of uneven length, as files are read.
  for (let from = 0; from < rows.length; from += 7 * width) table.add(rows.subarray(from, from + 7 * width))
  return table
}

function trueCosine(rows: Float32Array, width: number, a: number, b: number): number {
  const [x, y] = [a, b].map((row) => rows.subarray(row * width, (row + 1) * width))
  const dot = (p: Float32Array, q: Float32Array): number => p.reduce((sum, value, i) => sum + value * q[i], 0)
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y))
}

describe('directions', () => {
  test.each([3, 32, 130, 301])('of width %i have the cosines of their rows within 0.01', (width) => {
    const rows = planted(width)
    const table = tableOf(rows, width)
    const all = cosinesWithAll(table, 5)
    for (const other of [0, 1, 2, 3, 64, 177, 179]) {
      expect(cosineOf(table, 5, other)).toBeCloseTo(trueCosine(rows, width, 5, other), 2)
      expect(all[other]).toBeCloseTo(cosineOf(table, 5, other), 12)
    }
  })
})

describe('nearest neighbours', () => {
  test('of rows that are searched as they are, are those of all pairs, in their order', () => {
    const table = tableOf(planted(48), 48)
    const { places, cosines } = nearestNeighbours(table, 10)
    for (let feature = 0; feature < table.count; feature += 1) {
      const own = Array.from(places.subarray(10 * feature, 10 * feature + 10))
      const expected = exactNeighbours(table, feature, 10).sort(
        (a, b) => cosineOf(table, feature, b) - cosineOf(table, feature, a) || a - b,
      )
      expect(new Set(own).size).toBe(10)
      // Two of equal length of path may change places; their cosines may not.
      own.forEach((other, i) => {
        expect(cosineOf(table, feature, other)).toBeCloseTo(cosineOf(table, feature, expected[i]), 2)
        expect(cosines[10 * feature + i]).toBeCloseTo(cosineOf(table, feature, other), 6)
      })
    }
  })

  test('of wide rows are found by a projection: nearly all of the true ones', () => {
    const table = tableOf(planted(900), 900)
    const { places } = nearestNeighbours(table, 10)
    let found = 0
    for (let feature = 0; feature < table.count; feature += 1) {
      const own = new Set(places.subarray(10 * feature, 10 * feature + 10))
      expect(own.has(feature)).toBe(false)
      found += exactNeighbours(table, feature, 10).filter((other) => own.has(other)).length
    }
    expect(found / (10 * table.count)).toBeGreaterThan(0.9)
  })
})

describe('the layout', () => {
  const table = tableOf(planted(200), 200)
  const nearest = nearestNeighbours(table, 12)
  const options = { seed: 4, minDist: 0.1, epochs: 200 }
  const places = layoutOf(nearest, options)

  test('puts planted clusters apart: the nearest point is nearly always of the same one', () => {
    const distance = (a: number, b: number): number =>
      Math.hypot(places[2 * a] - places[2 * b], places[2 * a + 1] - places[2 * b + 1])
    let same = 0
    for (let a = 0; a < table.count; a += 1) {
      const others = Array.from({ length: table.count }, (_, b) => b).filter((b) => b !== a)
      const nearestOther = others.reduce((best, b) => (distance(a, b) < distance(a, best) ? b : best))
      if (nearestOther % CLUSTERS === a % CLUSTERS) same += 1
    }
    expect(same / table.count).toBeGreaterThan(0.95)
    expect(trustOf(table, nearest, places, 1).kept).toBeGreaterThan(0.8)
  })

  test('is the same for the same seed, another for another, and within −1 and 1', () => {
    expect(layoutOf(nearest, options)).toEqual(places)
    expect(layoutOf(nearest, { ...options, seed: 5 })).not.toEqual(places)
    const far = places.reduce((most, at) => Math.max(most, Math.abs(at)), 0)
    expect(far).toBeCloseTo(1, 5)
  })

  test('is trusted no more than chance where places are shuffled', () => {
    const random = seededRandom(9)
    const shuffled = places.map(() => random())
    const { kept, byChance } = trustOf(table, nearest, shuffled, 1)
    expect(byChance).toBeCloseTo(30 / 179, 6)
    expect(Math.abs(kept - byChance)).toBeLessThan(0.05)
  })
})

test('a sample is ascending, without repetition, as long as asked, and the same for the same seed', () => {
  const sample = sampleOf(1000, 100, seededRandom(3))
  expect(sample).toHaveLength(100)
  sample.forEach((one, i) => {
    if (i > 0) expect(one).toBeGreaterThan(sample[i - 1])
  })
  expect(sample[99]).toBeLessThan(1000)
  expect(sampleOf(1000, 100, seededRandom(3))).toEqual(sample)
  expect([...sampleOf(4, 100, seededRandom(3))]).toEqual([0, 1, 2, 3])
})

describe('the map of a source', () => {
  const { arrays } = makeCase({ dIn: 8, dSae: 40, dOut: 8, rows: 1, active: 'some' })
  arrays.wDec.fill(0, 8 * 7, 8 * 8)
  const files = {
    ...{ arrays: saeFile(arrays), path: 'a/params.npz', repo: 'a/repo', source: '1-res' },
    activation: { kind: 'jumprelu' } as const,
  }

  /** A helper in this thread that computes in earnest, and what was asked of it. */
  function helper(given: { rows: number[][]; ended: number }, hold?: Promise<void>): MapHelper {
    let table: DirectionTable | undefined
    return {
      begin: async (room, width, seed) => {
        table = new DirectionTable(room, width, seed)
      },
      add: async (rows) => {
        for (let from = 0; from < rows.length; from += 8) given.rows.push([...rows.subarray(from, from + 8)])
        table?.add(rows)
      },
      compute: async ({ seed, neighbours, minDist, epochs }) => {
        await hold
        if (!table) throw new Error('not begun')
        const nearest = nearestNeighbours(table, neighbours)
        const places = layoutOf(nearest, { seed, minDist, epochs })
        return { places, searchWidth: table.searchWidth, trust: trustOf(table, nearest, places, seed) }
      },
      end: () => {
        given.ended += 1
      },
    }
  }

  function memory(): MapStore & { kept: Map<string, FeatureMap> } {
    const kept = new Map<string, FeatureMap>()
    return {
      kept,
      get: async (key) => kept.get(key),
      set: async (key, map) => void kept.set(key, map),
    }
  }

  const context = (signal = new AbortController().signal) => ({ signal, onProgress: () => undefined })

  test('has all features but those without a direction, is kept, and not computed again', async () => {
    const given = { rows: [] as number[][], ended: 0 }
    const store = memory()
    const map = await featureMapOf(files, context(), { start: () => helper(given), store })
    expect([...map.features]).toEqual(Array.from({ length: 40 }, (_, i) => i).filter((i) => i !== 7))
    expect(map).toMatchObject({ dSae: 40, zero: 1, sampled: false })
    expect(map.places).toHaveLength(2 * 39)
    expect(given.rows[7]).toEqual([...arrays.wDec.subarray(8 * 8, 8 * 9)])
    expect(given.ended).toBe(1)
    const again = await featureMapOf(files, context(), {
      start: () => {
        throw new Error('computed again')
      },
      store,
    })
    expect(again).toBe(map)
  })

  test('is told apart from that of another file of the same name', async () => {
    const store = memory()
    const start = () => helper({ rows: [], ended: 0 })
    await featureMapOf(files, context(), { start, store })
    const other = makeCase({ dIn: 8, dSae: 40, dOut: 8, rows: 1, active: 'some' }).arrays
    other.bDec[0] += 1
    await featureMapOf({ ...files, arrays: saeFile(other) }, context(), { start, store })
    expect(store.kept.size).toBe(2)
  })

  test('stops at once when it is cancelled, and nothing is kept', async () => {
    const given = { rows: [] as number[][], ended: 0 }
    const store = memory()
    const abort = new AbortController()
    const never = new Promise<void>(() => undefined)
    const asked = featureMapOf(files, context(abort.signal), { start: () => helper(given, never), store })
    setTimeout(() => abort.abort(), 20)
    await expect(asked).rejects.toSatisfy(isAbort)
    expect(given.ended).toBe(1)
    expect(store.kept.size).toBe(0)
  })

  test('names the library that is installed', () => {
    const { version } = JSON.parse(readFileSync('node_modules/umap-js/package.json', 'utf8'))
    expect(MAP_LIBRARY).toBe(`umap-js ${version}`)
  })
})
