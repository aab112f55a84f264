// What fewer bits of the model change in its features: the bundled model and SAEs, each text at every precision.
import type { EngineClient } from '../../../src/engine/client.ts'
import type { LayerRun } from '../../../src/engine/protocol.ts'
import { EXAMPLES } from '../../../src/lib/examples.ts'
import { WEIGHT_PRECISIONS } from '../../../src/lib/weight-precision.ts'
import type { PrecisionRow } from '../cases.ts'
import { Agreement } from './agreement.ts'

export async function precision(client: EngineClient, model: string): Promise<PrecisionRow[]> {
  const sources = (await client.catalogue()).map(({ repo, path }) => `${repo}/${path}`)
  const runs = new Map<string, Map<string, { layer: LayerRun; windows: number[] }[]>>()
  for (const weights of WEIGHT_PRECISIONS) {
    await client.setBackends({ sae: 'wasm', model: 'wasm', precision: 'f32', gpuBudget: 4e9, weights })
    await client.open({ model })
    const bySource = new Map<string, { layer: LayerRun; windows: number[] }[]>()
    for (const { text } of EXAMPLES) {
      const { layers, windows } = await client.runLayers(text, sources)
      for (const layer of layers) {
        if ('error' in layer) throw new Error(`${layer.source}: ${layer.error.detail}`)
        bySource.set(layer.source, [...(bySource.get(layer.source) ?? []), { layer, windows }])
      }
    }
    runs.set(weights, bySource)
  }
  const exact = runs.get('f32') ?? new Map()
  return WEIGHT_PRECISIONS.filter((weights) => weights !== 'f32').flatMap((weights) =>
    [...exact].map(([source, texts]: [string, { layer: LayerRun; windows: number[] }[]]) => {
      const agreement = new Agreement()
      const rough = runs.get(weights)?.get(source) ?? []
      for (const [at, { layer, windows }] of texts.entries()) {
        agreement.add(layer.features, rough[at].layer.features, windows)
      }
      return { source, weights, ...agreement.result() }
    }),
  )
}
