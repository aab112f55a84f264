// What a fake engine has to open: sources, labels, activations.
import type {
  ActivationsInfo,
  CatalogueEntry,
  Distribution,
  Label,
  Opened,
} from '../../src/engine/protocol.ts'
import type { ImportReport } from '../../src/lib/imported.ts'

export const WIDTH = 4096
export const CONTEXT = 1024

/** Two sequences of five and three tokens, with their strings. */
export function activationsFake(name: string): ActivationsInfo {
  return {
    name,
    array: 'activations',
    dtype: '<f4',
    sequences: 2,
    lengths: [5, 3],
    width: 144,
    hook: 'blocks.3.hook_resid_post',
    tokens: 'strings',
    notices: [],
  }
}

/** Even counts in four bins. */
export function distribution(min: number, max: number): Distribution {
  const mean = (min + max) / 2
  const edges = [0, 1, 2, 3, 4].map((at) => min + ((max - min) * at) / 4)
  return { min, median: mean, mean, max, edges, counts: [1024, 1024, 1024, 1024] }
}

export const LABELS: [number, Label][] = [
  [7, { description: 'time and its machinery', author: 'a person', method: 'by hand' }],
  [1200, { description: 'the word time in speeches', author: 'a person', method: 'by hand' }],
]

export function entry(layer: number, site: CatalogueEntry['site'], isDefault = false): CatalogueEntry {
  return {
    release: 'bundled',
    repo: `fake/scope-${site}`,
    path: `layer_${layer}/params.npz`,
    model: 'fake-mini',
    modelRepo: 'fake/fake-mini',
    source: `${layer}-fakescope-${site}-4k`,
    site,
    layer,
    width: WIDTH,
    dIn: 144,
    hookIn: `blocks.${layer}.hook_resid_post`,
    hookOut: `blocks.${layer}.hook_resid_post`,
    l0: 28,
    bytes: 4_000_000,
    default: isDefault,
  }
}

export const CATALOGUE = [entry(2, 'res'), entry(3, 'res', true), entry(3, 'transcoder')]

function publicEntry(layer: number, l0: number, canonical: boolean): CatalogueEntry {
  const source = `${layer}-gemmascope-res-16k${canonical ? '' : `__l0-${l0}`}`
  return {
    release: 'gemma-scope',
    repo: 'google/gemma-scope-2b-pt-res',
    path: `layer_${layer}/width_16k/average_l0_${l0}/params.npz`,
    model: 'gemma-2-2b',
    modelRepo: 'unsloth/gemma-2-2b',
    source,
    site: 'res',
    layer,
    width: 16384,
    dIn: 2304,
    hookIn: `blocks.${layer}.hook_resid_post`,
    hookOut: `blocks.${layer}.hook_resid_post`,
    l0,
    bytes: 302_131_416,
    canonical,
    neuronpedia: canonical ? `gemma-2-2b/${source}` : undefined,
  }
}

export const PUBLIC_CATALOGUE = [
  publicEntry(19, 73, true),
  publicEntry(20, 71, true),
  publicEntry(20, 139, false),
]

/** Of an import of one label. */
export function importReport(name: string): ImportReport {
  const sources = [{ place: 'fake-mini/3-fakescope-res-4k', count: 1 }]
  return { name, labels: 1, dashboards: 0, examples: 0, sources, skipped: [], skippedCount: 0 }
}

export function opened(row: CatalogueEntry, withModel: boolean): Opened {
  return {
    model: withModel
      ? {
          id: row.model,
          repo: row.modelRepo,
          layers: 6,
          hiddenSize: 144,
          headsWidth: 192,
          vocabSize: 4096,
          contextLength: CONTEXT,
          architecture: 'gemma2',
          bosTokenId: 2,
          hasTokenizer: true,
        }
      : undefined,
    sae: {
      source: row.source,
      repo: row.repo,
      path: row.path,
      model: row.model,
      site: row.site,
      layer: row.layer,
      hookIn: row.hookIn,
      hookOut: row.hookOut,
      dIn: row.dIn,
      dSae: row.width,
      dOut: row.dIn,
      activation: { kind: 'jumprelu' },
      thresholdRange: [0.1, 2],
      decoderNormRange: [1, 1],
      published: undefined,
    },
  }
}
