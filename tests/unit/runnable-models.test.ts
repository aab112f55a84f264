import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parsePublicCatalogue } from '../../src/hub/public-catalogue.ts'
import { layerBytes, modelPlaces, READY } from '../../src/lib/runnable-models.ts'
import { CHECKPOINTS } from '../support/fake-hub/checkpoint.ts'

const FILE = 'public/hub/featurescope/public-catalogue.json'
const catalogue = parsePublicCatalogue(JSON.parse(readFileSync(FILE, 'utf8')), FILE)

test('every model of the catalogue that can be run is run from the repository the catalogue names, or its mirror', () => {
  const models = new Map(catalogue.map(({ model, modelRepo }) => [model, modelRepo]))
  const runnable = [...models].filter(([model]) => modelPlaces(model).length > 0)
  expect(runnable.map(([model]) => model).sort()).toEqual([
    'gemma-2-27b',
    'gemma-2-2b',
    'gemma-2-9b',
    'gemma-2-9b-it',
    'gemma-3-1b',
    'gemma-3-1b-it',
    'gemma-3-270m',
    'gemma-3-270m-it',
  ])
  for (const [model, repo] of runnable) expect(modelPlaces(model).map((place) => place.repo)).toContain(repo)
  expect(modelPlaces('gemma-3-4b')).toEqual([])
})

test('the mirror needs no token and comes first', () => {
  expect(modelPlaces('gemma-3-1b')).toEqual([
    { repo: 'unsloth/gemma-3-1b-pt', gated: false },
    { repo: 'google/gemma-3-1b-pt', gated: true },
  ])
})

test('a ready choice is in the catalogue, and its sizes are those of the published shapes', () => {
  for (const { model, layer } of READY) {
    const found = catalogue.filter((entry) => entry.model === model && entry.layer === layer)
    expect(found.some(({ site, width }) => site === 'res' && width === 16_384)).toBe(true)
    const { shape } = CHECKPOINTS[`unsloth/${model}`]
    const { hidden, heads, kvHeads, headDim, intermediate, family } = shape
    const attention = hidden * headDim * 2 * (heads + kvHeads)
    const block = attention + 3 * hidden * intermediate + 4 * hidden + (family === 'gemma3' ? 2 * headDim : 0)
    expect(layerBytes(model, layer)?.download).toBe(2 * (layer + 1) * block)
  }
  // Facts of Gemma 2 2B: 77.9 million parameters a layer, 156 MB in bfloat16.
  const bytes = layerBytes('gemma-2-2b', 0)
  expect(bytes?.download).toBeCloseTo(155.7e6, -5)
  expect(bytes?.kept('q8')).toBeCloseTo((9 / 16) * 155.7e6, -5)
  expect(bytes?.kept('q4')).toBeCloseTo((5 / 16) * 155.7e6, -5)
})
