// The compact list of public SAEs comes back whole: every repository, path, L0 and id the facts list.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { parsePublicCatalogue } from '../../src/hub/public-catalogue.ts'
import type { CatalogueEntry } from '../../src/lib/catalogue-entry.ts'
import { parseHook } from '../../src/lib/hook.ts'
import { referenceFolder } from '../support/reference-data.ts'

const FILE = 'public/hub/featurescope/public-catalogue.json'
const text = readFileSync(FILE, 'utf8')
const rows = parsePublicCatalogue(JSON.parse(text), FILE)
const byPath = new Map(rows.map((row) => [`${row.repo}/${row.path}`, row]))

function row(path: string): CatalogueEntry {
  const found = byPath.get(path)
  if (!found) throw new Error(`${path} is not in the catalogue`)
  return found
}

test('there are 2,430 SAEs of Gemma Scope and 8,784 of Gemma Scope 2, each path once', () => {
  expect(rows.filter(({ release }) => release === 'gemma-scope')).toHaveLength(2430)
  expect(rows.filter(({ release }) => release === 'gemma-scope-2')).toHaveLength(8784)
  expect(byPath.size).toBe(11214)
})

test('a source id is unique within its model and needs no escaping in an address', () => {
  expect(new Set(rows.map(({ model, source }) => `${model}/${source}`)).size).toBe(rows.length)
  expect(rows.filter(({ source }) => encodeURIComponent(source) !== source)).toEqual([])
})

test('the residual SAE of the published example is described as the hub and Neuronpedia have it', () => {
  expect(row('google/gemma-scope-2b-pt-res/layer_20/width_16k/average_l0_71/params.npz')).toEqual({
    release: 'gemma-scope',
    repo: 'google/gemma-scope-2b-pt-res',
    path: 'layer_20/width_16k/average_l0_71/params.npz',
    model: 'gemma-2-2b',
    modelRepo: 'unsloth/gemma-2-2b',
    source: '20-gemmascope-res-16k',
    site: 'res',
    layer: 20,
    width: 16384,
    dIn: 2304,
    hookIn: 'blocks.20.hook_resid_post',
    hookOut: 'blocks.20.hook_resid_post',
    l0: 71,
    bytes: 302_131_416,
    canonical: true,
    neuronpedia: 'gemma-2-2b/20-gemmascope-res-16k',
  })
})

describe('what differs from the rule', () => {
  test('attention SAEs read the concatenated heads, whose width is not the model’s', () => {
    const att = (repo: string) =>
      rows.find((candidate) => candidate.repo === repo && candidate.site === 'att')
    expect(att('google/gemma-scope-2b-pt-att')).toMatchObject({ dIn: 2048 })
    expect(att('google/gemma-scope-9b-pt-att')).toMatchObject({ dIn: 4096 })
    const second = rows.filter(({ release, site }) => release === 'gemma-scope-2' && site === 'att')
    expect(second.length).toBeGreaterThan(0)
    expect(second.filter(({ hookIn, hookOut }) => hookIn || hookOut)).toEqual([])
  })

  test('a transcoder of Gemma Scope reads the plain norm, one of Gemma Scope 2 no hook of ours', () => {
    const first = row('google/gemma-scope-2b-pt-transcoders/layer_3/width_16k/average_l0_54/params.npz')
    expect(first).toMatchObject({
      source: '3-gemmascope-transcoder-16k',
      hookIn: 'blocks.3.ln2.hook_normalized',
      hookOut: 'blocks.3.hook_mlp_out',
    })
    const second = rows.filter(({ release, site }) => release === 'gemma-scope-2' && site === 'transcoder')
    expect(second.filter(({ hookIn }) => hookIn !== undefined)).toEqual([])
    expect(second.filter(({ hookOut }) => !hookOut || parseHook(hookOut)?.site !== 'hook_mlp_out')).toEqual(
      [],
    )
  })

  test('an affine transcoder is larger by its d × d skip matrix', () => {
    const folder = 'google/gemma-scope-2-270m-it/transcoder/layer_12_width_16k_l0_small'
    const plain = row(`${folder}/params.safetensors`)
    expect(row(`${folder}_affine/params.safetensors`).bytes - plain.bytes).toBe(4 * 640 * 640)
    // Within a kilobyte of the smallest real one's 84 MB.
    expect(Math.abs(plain.bytes - 84e6)).toBeLessThan(0.1e6)
  })

  test('SAEs of the embedding have no layer and no hook', () => {
    const embedding = rows.filter(({ site }) => site === 'embedding')
    expect(embedding.map(({ l0 }) => l0).sort((a, b) => a - b)).toEqual([6, 7, 14, 21, 22, 44, 80, 111])
    expect(embedding.filter(({ layer, hookIn, hookOut }) => layer ?? hookIn ?? hookOut)).toEqual([])
  })

  test('SAEs of the instruction-tuned 9B belong to that model, in spite of the release’s own words', () => {
    const own = rows.filter(({ repo }) => repo === 'google/gemma-scope-9b-it-res')
    expect(new Set(own.map(({ model, modelRepo }) => `${model} ${modelRepo}`))).toEqual(
      new Set(['gemma-2-9b-it google/gemma-2-9b-it']),
    )
  })

  test('the canonical pick listed as L0 78 has the L0 of its path', () => {
    const pick = rows.find(({ neuronpedia }) => neuronpedia === 'gemma-2-9b/20-gemmascope-res-524k')
    expect(pick).toMatchObject({ l0: 48, canonical: true })
  })
})

test.for([
  [{}, 'gemmaScope'],
  [{ gemmaScope: [{ repo: 'x', saes: { '16k': { 0: '12 b' } } }], gemmaScope2: [] }, 'a list of L0s'],
  [{ gemmaScope: [{ repo: 'google/other', saes: { '16k': { 0: '12' } } }], gemmaScope2: [] }, 'google/other'],
  [
    {
      gemmaScope: [],
      gemmaScope2: [
        {
          repo: 'google/gemma-scope-2-1b-pt',
          folders: { resid_post: { layers: [1], saes: { '16k_l0_big': '1 2' } } },
        },
      ],
    },
    'more L0s than layers',
  ],
])('a damaged list is refused with its place: %j', ([json, place]) => {
  expect(() => parsePublicCatalogue(json, 'list.json')).toThrow(String(place))
})

const Facts = v.object({
  releases: v.array(
    v.object({
      repo: v.string(),
      model: v.string(),
      saes: v.array(
        v.object({
          path: v.string(),
          layer: v.nullish(v.number()),
          width: v.optional(v.string()),
          l0: v.number(),
          canonical: v.optional(v.boolean()),
          neuronpedia: v.optional(v.string()),
        }),
      ),
    }),
  ),
})

/** The one listed id that names another layer and width than its SAE's: no link is better than a wrong one. */
const WRONG_ID = 'gemma-2-9b/20-gemmascope-res-131k__l0-10'

describe('against the published facts', () => {
  const folder = referenceFolder()
  if (!folder) {
    test.skip('skipped: no reference data (set REFERENCE_DATA)', () => undefined)
    return
  }
  const read = (name: string) => v.parse(Facts, JSON.parse(readFileSync(join(folder, name), 'utf8'))).releases

  test.for([
    ['gemma-scope-catalogue.json', 'params.npz', 2430],
    ['gemma-scope-2-catalogue.json', 'params.safetensors', 8784],
  ] as const)('every SAE of %s comes back with its L0, pick and id', ([name, file, count]) => {
    const listed = read(name).flatMap(({ repo, saes }) => saes.map((sae) => ({ ...sae, repo })))
    expect(listed).toHaveLength(count)
    const facts = listed.map(({ repo, path, l0, canonical, neuronpedia }) => ({
      at: `${repo}/${path}/${file}`,
      l0,
      canonical,
      neuronpedia: neuronpedia === WRONG_ID ? undefined : neuronpedia,
    }))
    const ours = facts.map(({ at }) => {
      const { l0, canonical, neuronpedia } = row(at)
      return { at, l0, canonical, neuronpedia }
    })
    expect(ours).toEqual(facts)
  })

  test('layer and width are those of the list, and models of Gemma Scope 2 those it names', () => {
    for (const { repo, saes } of read('gemma-scope-catalogue.json')) {
      for (const { path, layer, width } of saes) {
        const own = row(`${repo}/${path}/params.npz`)
        expect(own.layer ?? null).toBe(layer)
        expect(own.path).toContain(`width_${width}/`)
      }
    }
    for (const { repo, model, saes } of read('gemma-scope-2-catalogue.json')) {
      for (const { path } of saes) expect(row(`${repo}/${path}/params.safetensors`).modelRepo).toBe(model)
    }
  })
})
