// What a person types into the sources' search box, and which of the 11,214 public SAEs come first for it.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { CatalogueEntry } from '../../src/engine/protocol.ts'
import { parseCatalogue } from '../../src/hub/catalogue.ts'
import { parsePublicCatalogue } from '../../src/hub/public-catalogue.ts'
import type { StoredFile } from '../../src/lib/storage-state.ts'
import { NO_FILTER, narrowSources, type SourceFilter } from '../../src/store/source-filter.ts'

const read = (name: string): unknown => JSON.parse(readFileSync(`public/hub/featurescope/${name}`, 'utf8'))
const ALL: CatalogueEntry[] = [
  ...parseCatalogue(read('catalogue.json'), 'catalogue.json'),
  ...parsePublicCatalogue(read('public-catalogue.json'), 'public-catalogue.json'),
]

const narrow = (filter: Partial<SourceFilter>, stored = new Map<string, StoredFile>()) =>
  narrowSources(ALL, { ...NO_FILTER, ...filter }, stored)
const find = (query: string): CatalogueEntry[] => narrow({ query }).entries
const ids = (query: string): string[] => find(query).map(({ model, source }) => `${model}/${source}`)

describe('typing', () => {
  test('“2b 20 res 16k” finds the residual SAEs of layer 20, the canonical pick first', () => {
    const found = find('2b 20 res 16k')
    expect(found).toHaveLength(5)
    expect(found[0]).toMatchObject({ model: 'gemma-2-2b', source: '20-gemmascope-res-16k', canonical: true })
    expect(found.every(({ layer, width, site }) => layer === 20 && width === 16384 && site === 'res')).toBe(
      true,
    )
  })

  test('“gemma-2-9b layer 9 mlp” keeps to that model, layer and site', () => {
    const found = find('gemma-2-9b layer 9 mlp')
    expect(found.length).toBeGreaterThan(0)
    expect(new Set(found.map(({ model, layer, site }) => `${model} ${layer} ${site}`))).toEqual(
      new Set(['gemma-2-9b 9 mlp']),
    )
  })

  test('“l0 70” shows the nearest first and nothing far from it', () => {
    const found = find('l0 70').filter(({ release }) => release !== 'bundled')
    expect(found[0].l0).toBe(70)
    const distances = found.map(({ l0 }) => Math.abs(l0 - 70))
    expect(distances).toEqual([...distances].sort((a, b) => a - b))
    expect(distances.at(-1)).toBeLessThanOrEqual(17.5)
  })

  test('a model’s size is not a width, and the other way round', () => {
    expect(new Set(find('270m').map(({ model }) => model))).toEqual(
      new Set(['gemma-3-270m', 'gemma-3-270m-it']),
    )
    expect(new Set(find('1m').map(({ width }) => width))).toEqual(new Set([1 << 20]))
    expect(new Set(find('1b').map(({ model }) => model))).toEqual(new Set(['gemma-3-1b', 'gemma-3-1b-it']))
  })

  test.for([
    ['65k', '64k'],
    ['131k', '131072'],
    ['att', 'attention'],
    ['layer 3', 'l3'],
    ['l0 70', 'l0_70'],
    ['gemma 3 1b', 'gemma-3 1b'],
    ['RES 2B', 'residual 2b'],
  ])('“%s” and “%s” mean the same', ([one, other]) => {
    expect(ids(one).length).toBeGreaterThan(0)
    expect(ids(other)).toEqual(ids(one))
  })

  test('a named model comes before its instruction-tuned sister, which “-pt” leaves out', () => {
    const found = find('gemma-2-9b res')
    expect(found[0].model).toBe('gemma-2-9b')
    expect(found.some(({ model }) => model === 'gemma-2-9b-it')).toBe(true)
    expect(find('gemma-2-9b-pt res').some(({ model }) => model === 'gemma-2-9b-it')).toBe(false)
    expect(new Set(find('9b it').map(({ model }) => model))).toEqual(new Set(['gemma-2-9b-it']))
  })

  test('half a word finds what begins like it, and a keyword without its number narrows nothing', () => {
    expect(new Set(find('2b trans').map(({ site }) => site))).toEqual(new Set(['transcoder']))
    expect(ids('2b layer')).toEqual(ids('2b'))
  })

  test('a second bare number is an L0', () => {
    expect(find('2b res 16k 20 139')[0]).toMatchObject({ layer: 20, l0: 139 })
  })

  test('words nothing has find nothing', () => {
    expect(find('gpt2 small please')).toEqual([])
  })

  test('what was understood is said', () => {
    expect(narrow({ query: '2b 20 res 16k l0 70' }).understood).toEqual([
      ...['2B', 'layer 20', 'residual', '16k features', 'about L0 70'],
    ])
  })
})

describe('pasting', () => {
  const SAE = 'google/gemma-scope-2b-pt-res/layer_20/width_16k/average_l0_71'
  test.for([
    `${SAE}/params.npz`,
    `https://huggingface.co/google/gemma-scope-2b-pt-res/tree/main/layer_20/width_16k/average_l0_71`,
    `https://huggingface.co/google/gemma-scope-2b-pt-res/resolve/abc123/layer_20/width_16k/average_l0_71/params.npz`,
    `hf:google/gemma-scope-2b-pt-res@main/layer_20/width_16k/average_l0_71`,
    'https://www.neuronpedia.org/gemma-2-2b/20-gemmascope-res-16k/12082',
    'neuronpedia.org/gemma-2-2b/20-gemmascope-res-16k',
    'https://example.org/featurescope/#/gemma-2-2b/20-gemmascope-res-16k?text=hello',
    'gemma-2-2b/20-gemmascope-res-16k',
  ])('%s leads to its SAE', (address) => {
    expect(ids(address)[0]).toBe('gemma-2-2b/20-gemmascope-res-16k')
  })

  test('a repository’s address lists what is in it', () => {
    const found = find('https://huggingface.co/google/gemma-scope-2-270m-pt')
    expect(found).toHaveLength(ALL.filter(({ repo }) => repo === 'google/gemma-scope-2-270m-pt').length)
  })

  test('an id alone shows its SAE before those that only begin like it', () => {
    expect(find('20-gemmascope-res-16k')[0]).toMatchObject({ source: '20-gemmascope-res-16k' })
    expect(ids('gemma-2-2b/12-gemmascope-res-16k__l0-176')).toEqual([
      'gemma-2-2b/12-gemmascope-res-16k__l0-176',
    ])
  })
})

describe('narrowing', () => {
  test('without anything asked, bundled sources come first and everything is there', () => {
    const { entries } = narrow({})
    expect(entries).toHaveLength(ALL.length)
    expect(entries.slice(0, 9).every(({ release }) => release === 'bundled')).toBe(true)
  })

  test('each choice says what it would leave, the chosen dimension offering its other values', () => {
    const { entries, facets } = narrow({ model: 'gemma-2-2b', site: 'res', layer: '20' })
    expect(new Set(entries.map(({ model, site, layer }) => `${model} ${site} ${layer}`)).size).toBe(1)
    expect([...facets.layer.keys()]).toHaveLength(26)
    expect([...facets.site.keys()].sort()).toEqual(['att', 'mlp', 'res', 'transcoder'])
    expect(facets.width.get('16384')).toBe(entries.filter(({ width }) => width === 16384).length)
    const sum = [...facets.l0.values()].reduce((total, count) => total + count, 0)
    expect(sum).toBe(entries.length)
  })

  test('SAEs of the embedding are a layer of their own', () => {
    const { entries } = narrow({ layer: 'none' })
    expect(new Set(entries.map(({ site }) => site))).toEqual(new Set(['embedding']))
  })

  test('canonical picks, those on Neuronpedia, and what is on this machine can be asked for', () => {
    expect(narrow({ canonical: true }).entries).toHaveLength(ALL.filter((entry) => entry.canonical).length)
    expect(narrow({ neuronpedia: true, model: 'gemma-3-1b-it' }).entries).toHaveLength(12)
    const some = ALL.find(({ source }) => source === '20-gemmascope-res-16k')
    const name = `${some?.repo}/${some?.path}`
    const file: StoredFile = { key: 'k', name, size: 2, present: 1, verified: 'incomplete', lastUsed: 0 }
    const here = narrow({ here: true }, new Map([[name, file]])).entries
    expect(here.filter(({ release }) => release !== 'bundled')).toEqual([some])
    expect(here.length).toBe(1 + ALL.filter(({ release }) => release === 'bundled').length)
  })
})
