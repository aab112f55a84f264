// Writes the compact list of all Gemma Scope and Gemma Scope 2 SAEs that src/hub/public-catalogue.ts expands.
// usage: node tools/catalogue/build.mjs   (facts from REFERENCE_DATA, default ../shared/data)
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import process from 'node:process'
import { gzipSync } from 'node:zlib'

const FACTS = resolve(process.env.REFERENCE_DATA ?? '../shared/data')
const TARGET = 'public/hub/featurescope/public-catalogue.json'

const facts = (name) => JSON.parse(readFileSync(resolve(FACTS, name), 'utf8')).releases

/** { width: { layer or "embedding": "13 26 105*" } }; * canonical pick, + on Neuronpedia without being one. */
function gemmaScope({ repo, model, site, saes }) {
  const lists = {}
  for (const sae of [...saes].sort((a, b) => a.l0 - b.l0)) {
    const layer = sae.path.startsWith('embedding/') ? 'embedding' : String(sae.layer)
    if (
      sae.path !== `${layer === 'embedding' ? '' : 'layer_'}${layer}/width_${sae.width}/average_l0_${sae.l0}`
    )
      throw new Error(`${repo}: unexpected path ${sae.path}`)
    lists[sae.width] ??= {}
    lists[sae.width][layer] = [lists[sae.width][layer], `${sae.l0}${mark(sae, model, site, layer)}`]
      .filter(Boolean)
      .join(' ')
  }
  return { repo, saes: lists }
}

function mark(sae, model, site, layer) {
  if (sae.canonical) return '*'
  if (!sae.neuronpedia) return ''
  // One listed id names another layer and width: a link there would show another SAE.
  const own = `${layer}-gemmascope-${site === 'transcoders' ? 'transcoder' : site}-${sae.width}`
  const named = sae.neuronpedia.slice(sae.neuronpedia.indexOf('/') + 1)
  if (named === own || named === `${own}__l0-${sae.l0}`) return '+'
  process.stderr.write(`${model} ${sae.path}: left out the id ${sae.neuronpedia}, which names another SAE\n`)
  return ''
}

/** { folder: { layers, saes: { "16k_l0_big": "127 150 - 150+" } } }; one L0 a layer, - where there is none. */
function gemmaScope2(repo, releases) {
  const folders = {}
  for (const sae of releases.flatMap((release) => release.saes)) {
    const [, folder, layer, rest] = /^(\w+)\/layer_(\d+)_width_(\w+)$/.exec(sae.path) ?? []
    if (rest === undefined) throw new Error(`${repo}: unexpected path ${sae.path}`)
    folders[folder] ??= new Map()
    const own = folders[folder]
    if (!own.has(rest)) own.set(rest, new Map())
    own.get(rest).set(Number(layer), `${sae.l0}${sae.neuronpedia ? '+' : ''}`)
  }
  const entries = Object.entries(folders).map(([folder, variants]) => {
    const layers = [...new Set([...variants.values()].flatMap((l0s) => [...l0s.keys()]))].sort(
      (a, b) => a - b,
    )
    const lines = [...variants].map(([rest, l0s]) => [
      rest,
      layers.map((layer) => l0s.get(layer) ?? '-').join(' '),
    ])
    return [folder, { layers, saes: Object.fromEntries(lines) }]
  })
  return { repo, folders: Object.fromEntries(entries) }
}

const first = facts('gemma-scope-catalogue.json').map(gemmaScope)
const byRepo = new Map()
for (const release of facts('gemma-scope-2-catalogue.json')) {
  byRepo.set(release.repo, [...(byRepo.get(release.repo) ?? []), release])
}
const second = [...byRepo].map(([repo, releases]) => gemmaScope2(repo, releases))
const text = `${JSON.stringify({ gemmaScope: first, gemmaScope2: second })}\n`
writeFileSync(TARGET, text)
process.stdout.write(`${TARGET}: ${text.length} bytes, ${gzipSync(text).length} gzip\n`)
