// The order of the sources' list under each heading, over all public SAEs.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { CatalogueEntry } from '../../src/engine/protocol.ts'
import { parseCatalogue } from '../../src/hub/catalogue.ts'
import { parsePublicCatalogue } from '../../src/hub/public-catalogue.ts'
import { NO_FILTER, narrowSources } from '../../src/store/source-filter.ts'
import { nextSort, SORT_COLUMNS, type SortColumn, sortSources } from '../../src/store/source-sort.ts'

const read = (name: string): unknown => JSON.parse(readFileSync(`public/hub/featurescope/${name}`, 'utf8'))
const ALL: CatalogueEntry[] = [
  ...parseCatalogue(read('catalogue.json'), 'catalogue.json'),
  ...parsePublicCatalogue(read('public-catalogue.json'), 'public-catalogue.json'),
]

const sorted = (by: SortColumn, descending = false, entries: readonly CatalogueEntry[] = ALL) =>
  sortSources(entries, { by, descending })

describe('sorted by a column', () => {
  test('models stand by family and size, the instruction-tuned behind its own, then layers, sites and widths', () => {
    const list = sorted('source')
    expect([...new Set(list.map(({ model }) => model))]).toEqual([
      ...['gemma-2-mini', 'gemma-2-2b', 'gemma-2-9b', 'gemma-2-9b-it', 'gemma-2-27b'],
      ...['gemma-3-270m', 'gemma-3-270m-it', 'gemma-3-1b', 'gemma-3-1b-it', 'gemma-3-4b', 'gemma-3-4b-it'],
      ...['gemma-3-12b', 'gemma-3-12b-it', 'gemma-3-27b', 'gemma-3-27b-it'],
    ])
    const own = list.filter(({ model }) => model === 'gemma-2-2b')
    expect(own[0]).toMatchObject({ site: 'embedding' })
    const layers = own.map(({ layer = -1 }) => layer)
    expect(layers).toEqual([...layers].sort((a, b) => a - b))
    const first = own.filter(({ layer }) => layer === 0)
    expect([...new Set(first.map(({ site }) => site))]).toEqual(['res', 'mlp', 'att', 'transcoder'])
    const widths = first.filter(({ site }) => site === 'res').map(({ width }) => width)
    expect(widths).toEqual([...widths].sort((a, b) => a - b))
  })

  test.for([
    ['layer', ({ layer = -1 }: CatalogueEntry) => layer],
    ['width', ({ width }: CatalogueEntry) => width],
    ['l0', ({ l0 }: CatalogueEntry) => l0],
    ['size', ({ bytes }: CatalogueEntry) => bytes],
  ] as const)('%s ascends and descends by number, not by text', ([by, value]) => {
    const up = sorted(by).map(value)
    const down = sorted(by, true).map(value)
    expect(up).toEqual(ALL.map(value).sort((a, b) => a - b))
    expect(down).toEqual(ALL.map(value).sort((a, b) => b - a))
    expect(new Set(up).size).toBeGreaterThan(5)
  })

  test('sites stand as the pickers list them', () => {
    const sites = [...new Set(sorted('site').map(({ site }) => site))]
    expect(sites).toEqual(['res', 'mlp', 'att', 'transcoder', 'embedding'])
    expect([...new Set(sorted('site', true).map(({ site }) => site))]).toEqual([...sites].reverse())
  })

  test('equal ones keep the order of the search, either way', () => {
    const found = narrowSources(ALL, { ...NO_FILTER, query: '2b 20 res' }, new Map()).entries
    expect(found.length).toBeGreaterThan(9)
    for (const descending of [false, true]) {
      const list = sorted('layer', descending, found)
      expect(list).toEqual(found)
    }
  })

  test('nothing is lost, nothing is changed in place, and without a sort the list is the one given', () => {
    const before = [...ALL]
    for (const by of SORT_COLUMNS) expect(new Set(sorted(by, true)).size).toBe(ALL.length)
    expect(ALL).toEqual(before)
    expect(sortSources(ALL, undefined)).toBe(ALL)
  })
})

test('pressing a heading ascends, descends, and gives the list its own order back; another begins anew', () => {
  const up = nextSort(undefined, 'l0')
  expect(up).toEqual({ by: 'l0', descending: false })
  const down = nextSort(up, 'l0')
  expect(down).toEqual({ by: 'l0', descending: true })
  expect(nextSort(down, 'l0')).toBeUndefined()
  expect(nextSort(down, 'width')).toEqual({ by: 'width', descending: false })
})
