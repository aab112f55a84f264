// What the ready choices ask for, by the page's own plan of each and its own catalogue.
import { startEngine } from '../../../../src/engine/client.ts'
import { modelPlaces, READY } from '../../../../src/lib/runnable-models.ts'
import type { ModelPage, PlannedChoice } from '../../model-cases.ts'

const WIDTH = 16_384

export const planned: ModelPage['planned'] = async (endpoint) => {
  const client = startEngine()
  await client.setHub({ endpoint })
  await client.setBackends({
    ...{ sae: 'wasm', model: 'wasm', precision: 'f32', gpuBudget: 4e9, weights: 'auto' },
  })
  const entries = await client.publicCatalogue()
  const choices: PlannedChoice[] = []
  for (const { model, layer, name } of READY) {
    const [place] = modelPlaces(model)
    const of = entries.filter(
      (entry) =>
        entry.model === model && entry.layer === layer && entry.site === 'res' && entry.width === WIDTH,
    )
    const source = of.find(({ canonical }) => canonical) ?? of[0]
    if (!place || !source) throw new Error(`${name} is not in the catalogue`)
    const plan = await client.planModel(place.repo, [`blocks.${layer}.hook_resid_post`])
    const precision = plan.automatic
    const chosen = plan.precisions.find((row) => row.precision === precision)
    if (!precision || !chosen) throw new Error(`${name} does not run on the CPU`)
    const started = performance.now()
    await client.open({ model: place.repo })
    choices.push({
      ...{ name, model, repo: place.repo, precision, features: WIDTH },
      layers: chosen.layers,
      download: chosen.download,
      embeddingRow: chosen.embeddingRow,
      tokenizer: plan.tokenizerBytes ?? 0,
      sae: source.bytes,
      opening: performance.now() - started,
    })
  }
  return choices
}
