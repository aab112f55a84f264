// One row of the lists of SAEs that the page knows by name.
import type { Hook } from './hook.ts'

export type Site = 'res' | 'att' | 'mlp' | 'transcoder' | 'embedding'

/** One SAE the page can open without being told where it is. */
export interface CatalogueEntry {
  /** `bundled` ones lie beside the page, the others on the hub. */
  release: 'bundled' | 'gemma-scope' | 'gemma-scope-2'
  repo: string
  /** Of the parameters' file, from the repo's root. */
  path: string
  /** Neuronpedia-style model id, "gemma-2-mini" */
  model: string
  modelRepo: string
  /** Neuronpedia-style source id, "3-miniscope-res-4k" */
  source: string
  site: Site
  /** Undefined for SAEs of the embedding. */
  layer?: number
  width: number
  dIn: number
  /** Undefined where only the SAE's own configuration tells, or where it is no hook of the model's blocks. */
  hookIn?: Hook
  hookOut?: Hook
  l0: number
  fvu?: number
  ceRecovered?: number
  deadShare?: number
  bytes: number
  default?: boolean
  /** The pick that Gemma Scope's authors and Neuronpedia use for this layer, site and width. */
  canonical?: boolean
  /** Its address on Neuronpedia, "gemma-2-2b/20-gemmascope-res-16k", where it is there. */
  neuronpedia?: string
}
