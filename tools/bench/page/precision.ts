// What fewer bits of the model change in its features: the bundled model and SAEs, each text at every precision.
import type { EngineClient } from '../../../src/engine/client.ts'
import type { LayerRun } from '../../../src/engine/protocol.ts'
import { EXAMPLES } from '../../../src/lib/examples.ts'
import type { SparseRows } from '../../../src/lib/sparse-rows.ts'
import { WEIGHT_PRECISIONS } from '../../../src/lib/weight-precision.ts'
import type { PrecisionRow } from '../cases.ts'

const TOP = 10

/** Sums over tokens, `<bos>` of every window left out. */
class Agreement {
  tokens = 0
  #shared = 0
  #either = 0
  #pairs = 0
  #ordered = 0
  #top = 0

  add(exact: SparseRows, rough: SparseRows, without: readonly number[]): void {
    for (let row = 0; row < exact.rows; row += 1) {
      if (without.includes(row)) continue
      this.tokens += 1
      const [a, b] = [rowOf(exact, row), rowOf(rough, row)]
      const shared = [...a.keys()].filter((feature) => b.has(feature)).length
      this.#shared += shared
      this.#either += a.size + b.size - shared
      const best = strongest(a)
      this.#top += best[0] === strongest(b)[0] ? 1 : 0
      for (let i = 0; i < best.length; i += 1) {
        for (let j = i + 1; j < best.length; j += 1) {
          this.#pairs += 1
          // One that is not active stands behind all that are.
          if ((b.get(best[i]) ?? 0) > (b.get(best[j]) ?? 0)) this.#ordered += 1
        }
      }
    }
  }

  result(): Pick<PrecisionRow, 'tokens' | 'jaccard' | 'order' | 'sameTop'> {
    return {
      tokens: this.tokens,
      jaccard: this.#shared / this.#either,
      order: this.#ordered / this.#pairs,
      sameTop: this.#top / this.tokens,
    }
  }
}

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

function rowOf({ rowPtr, indices, values }: SparseRows, row: number): Map<number, number> {
  const found = new Map<number, number>()
  for (let entry = rowPtr[row]; entry < rowPtr[row + 1]; entry += 1) found.set(indices[entry], values[entry])
  return found
}

/** At most ten features, strongest first; of equal ones the lower index first. */
function strongest(active: ReadonlyMap<number, number>): number[] {
  return [...active]
    .sort(([i, a], [j, b]) => b - a || i - j)
    .slice(0, TOP)
    .map(([feature]) => feature)
}
