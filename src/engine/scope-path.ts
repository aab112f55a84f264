// What the path of a Gemma Scope SAE says of it: its parameters do not name their own hook.
// Layouts: google/gemma-scope-2b-pt-res/layer_20/width_16k/average_l0_71/params.npz, and for Gemma 3
// google/gemma-scope-2-1b-pt/resid_post/layer_13_width_16k_l0_medium/params.safetensors.
import type { Hook } from '../lib/hook.ts'
import type { Site } from './protocol.ts'

export interface ScopePlace {
  /** Neuronpedia-style id of the model it was trained on. */
  model: string
  site: Site
  /** Undefined for SAEs of the embedding. */
  layer: number | undefined
  /** Undefined where it is none of a block's hooks, or where the configuration beside the file tells. */
  hookIn: Hook | undefined
  hookOut: Hook | undefined
}

const SITES: Readonly<Record<string, Site>> = {
  res: 'res',
  resid_post: 'res',
  att: 'att',
  attn_out: 'att',
  mlp: 'mlp',
  mlp_out: 'mlp',
  transcoder: 'transcoder',
  transcoders: 'transcoder',
}

const FIRST = /(?:^|\/)gemma-scope-(2b|9b|27b)-(pt|it)-(res|att|mlp|transcoders)\/(.*)$/
const SECOND =
  /(?:^|\/)gemma-scope-2-(270m|1b|4b|12b|27b)-(pt|it)\/(?:.*\/)?(resid_post|attn_out|mlp_out|transcoder)(?:_all)?\/layer_(\d+)_/

/** Reads a path, an address or a hub reference; undefined where it is not laid out like Gemma Scope. */
export function scopePlace(path: string): ScopePlace | undefined {
  const second = SECOND.exec(path)
  if (second) {
    const [, size, tuning, site, layer] = second
    const model = `gemma-3-${size}${tuning === 'it' ? '-it' : ''}`
    return { model, site: SITES[site], layer: Number(layer), hookIn: undefined, hookOut: undefined }
  }
  const first = FIRST.exec(path)
  if (!first) return undefined
  const [, size, tuning, siteName, rest] = first
  const model = `gemma-2-${size}${tuning === 'it' ? '-it' : ''}`
  if (/(?:^|\/)embedding\/width_/.test(rest)) {
    return { model, site: 'embedding', layer: undefined, hookIn: undefined, hookOut: undefined }
  }
  const layer = /(?:^|\/)layer_(\d+)(?:\/|$)/.exec(rest)
  if (!layer) return undefined
  const site = SITES[siteName]
  return { model, site, layer: Number(layer[1]), ...hooksOf(site, Number(layer[1])) }
}

/** Hooks of Gemma Scope's SAEs (arXiv 2408.05147, section 3.1): transcoders read the MLP's normalised input. */
function hooksOf(site: Site, layer: number): Pick<ScopePlace, 'hookIn' | 'hookOut'> {
  const block = `blocks.${layer}` as const
  switch (site) {
    case 'res':
      return { hookIn: `${block}.hook_resid_post`, hookOut: `${block}.hook_resid_post` }
    case 'att':
      return { hookIn: `${block}.attn.hook_z`, hookOut: `${block}.attn.hook_z` }
    case 'mlp':
      return { hookIn: `${block}.hook_mlp_out`, hookOut: `${block}.hook_mlp_out` }
    case 'transcoder':
      return { hookIn: `${block}.ln2.hook_normalized`, hookOut: `${block}.hook_mlp_out` }
    case 'embedding':
      return { hookIn: undefined, hookOut: undefined }
  }
}
