// What the JSON beside an SAE's weights says: SAELens' cfg.json, old and new, and Gemma Scope 2's config.json.
// Read is what decides the maths or the hook; what would change the maths and is not done here is refused.
import * as v from 'valibot'
import { hookOfName } from '../formats/hook-names.ts'
import { UserError } from '../lib/errors.ts'
import { type Hook, parseHook } from '../lib/hook.ts'
import type { Activation } from '../sae/activation.ts'
import type { Site } from './protocol.ts'

export interface SaeConfig {
  /** Undefined where it is not named: the arrays then tell. */
  activation: Activation | undefined
  model: string | undefined
  site: Site | undefined
  layer: number | undefined
  /** Undefined where none is named, or where it is none that this page knows. */
  hookIn: Hook | undefined
  hookOut: Hook | undefined
  /** Whether b_dec is subtracted from the input before encoding. */
  subtractsDecoderBias: boolean
  /** Whether feature activations are multiplied by the array `scaling_factor`, if that is there. */
  scalesFeatures: boolean
  /** Whether the weights must have an affine skip connection. */
  hasSkip: boolean | undefined
  dIn: number | undefined
  dSae: number | undefined
}

const text = v.nullish(v.string())
const flag = v.nullish(v.boolean())
const count = v.nullish(v.number())
const kwargs = v.nullish(v.object({ k: count }))

/** Names of the hook in SAELens, the newest first; version 6 has them under `metadata`. */
const hookFields = { hook_name: text, hook_point: text, hook_name_out: text, model_name: text }

const Fields = v.object({
  ...hookFields,
  metadata: v.nullish(v.object({ ...hookFields, hook_head_index: count })),
  hook_head_index: count,
  hook_point_head_index: count,
  architecture: text,
  activation_fn: text,
  activation_fn_str: text,
  activation_fn_kwargs: kwargs,
  k: count,
  d_in: count,
  d_sae: count,
  apply_b_dec_to_input: flag,
  normalize_activations: v.nullish(v.union([v.string(), v.boolean()])),
  finetuning_scaling_factor: flag,
  rescale_acts_by_decoder_norm: flag,
  /** Gemma Scope 2 */
  hf_hook_point_in: text,
  hf_hook_point_out: text,
  affine_connection: flag,
  type: text,
})

type Fields = v.InferOutput<typeof Fields>

/** Reads a parsed configuration; `name` is what errors call it. UserError for an SAE this page cannot compute. */
export function parseSaeConfig(json: unknown, name: string): SaeConfig {
  const parsed = v.safeParse(Fields, json)
  if (!parsed.success) {
    const issue = parsed.issues[0]
    throw unsupported(
      name,
      `Its fields are not those of an SAE configuration (${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}).`,
    )
  }
  const c = parsed.output
  const { normalize_activations: normalize } = c
  if (normalize && normalize !== 'none') {
    const how = normalize === true ? 'expected_average_only_in' : normalize
    throw unsupported(
      name,
      `It normalises its input (normalize_activations: ${how}): its features are of scaled activations, and the scale is not in its files.`,
    )
  }
  if (c.rescale_acts_by_decoder_norm) {
    throw unsupported(name, 'It scales features by the norms of W_dec (rescale_acts_by_decoder_norm).')
  }
  const hooks = hooksOf(c)
  const place = hooks.hookIn ? parseHook(hooks.hookIn) : undefined
  const out = hooks.hookOut ? parseHook(hooks.hookOut) : undefined
  const transcodes = c.type === 'transcoder' || /transcoder/.test(c.architecture ?? '')
  return {
    ...hooks,
    activation: activationOf(c, name),
    model: (c.metadata?.model_name ?? c.model_name ?? undefined)?.replace(/^.*\//, ''),
    site: transcodes ? 'transcoder' : place && SITES[place.site],
    layer: (place ?? out)?.layer,
    subtractsDecoderBias: subtractsDecoderBias(c, transcodes),
    scalesFeatures: c.finetuning_scaling_factor ?? false,
    hasSkip: c.affine_connection ?? undefined,
    dIn: c.d_in ?? undefined,
    dSae: c.d_sae ?? undefined,
  }
}

const SITES = {
  hook_resid_post: 'res',
  'attn.hook_z': 'att',
  hook_mlp_out: 'mlp',
  'ln2.hook_normalized': 'transcoder',
} as const satisfies Record<string, Site>

function hooksOf(c: Fields): Pick<SaeConfig, 'hookIn' | 'hookOut'> {
  // An SAE of one head reads a part of a hook, which is no hook here.
  const head = c.metadata?.hook_head_index ?? c.hook_head_index ?? c.hook_point_head_index
  if (typeof head === 'number') return { hookIn: undefined, hookOut: undefined }
  const named = c.metadata?.hook_name ?? c.metadata?.hook_point ?? c.hook_name ?? c.hook_point
  const given = c.hf_hook_point_in ?? named
  const gives = c.hf_hook_point_out ?? c.metadata?.hook_name_out ?? c.hook_name_out
  return {
    hookIn: given ? hookOfName(given) : undefined,
    hookOut: (gives ?? given) ? hookOfName(gives ?? given ?? '') : undefined,
  }
}

/**
 * SAELens' SAEs subtract b_dec unless they are told not to, also where the field is missing
 * (`SAEConfig.apply_b_dec_to_input`, `handle_pre_6_0_config`); what SAELens wrote names its hook. Transcoders and
 * Gemma Scope do not.
 */
function subtractsDecoderBias(c: Fields, transcodes: boolean): boolean {
  const saelens = c.metadata?.hook_name ?? c.hook_name ?? c.hook_point
  return c.apply_b_dec_to_input ?? (Boolean(saelens) && !transcodes)
}

/**
 * SAELens' `architecture`; for its standard SAEs `activation_fn(_str)` with its `k` beside it, where that is named.
 * UserError for another one.
 */
function activationOf(c: Fields, name: string): Activation | undefined {
  const older = c.activation_fn ?? c.activation_fn_str ?? undefined
  if (!c.architecture && !older) return undefined
  const architecture = (c.architecture ?? 'standard').toLowerCase().replace(/[_-]/g, '')
  const kind = architecture === 'standard' && older ? older.toLowerCase() : architecture
  switch (kind) {
    case 'jumprelu':
    case 'jumprelutranscoder':
      return { kind: 'jumprelu' }
    case 'batchtopk':
      return { kind: 'batchtopk' }
    case 'standard':
    case 'relu':
    case 'transcoder':
      return { kind: 'relu' }
    case 'topk': {
      const k = c.k ?? c.activation_fn_kwargs?.k
      if (typeof k === 'number' && Number.isInteger(k) && k > 0) return { kind, k }
      throw unsupported(name, `Its activation function is topk, and k is ${k ?? 'missing'}.`)
    }
    default:
      throw unsupported(
        name,
        `Its architecture is "${c.architecture}", its activation function ${older ?? 'not named'}.`,
      )
  }
}

/** The error for an SAE that is sound, but computed in a way this page does not know; `name` is the file's. */
export function unsupported(name: string, detail: string): UserError {
  return new UserError({
    title: 'This kind of SAE is not supported.',
    detail: `${name}: ${detail}`,
    remedy:
      'Open an SAE with JumpReLU, ReLU, TopK or BatchTopK that takes raw activations, as Gemma Scope’s do.',
  })
}
