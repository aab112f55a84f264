// How far a found value may be from a published one, and why: what was rounded, where, and how often.
import { type Hook, type HookSite, parseHook } from './hook.ts'
import type { WeightPrecision } from './weight-precision.ts'

/** What the published values were computed in, and what these are. */
export interface Conditions {
  published: 'float32' | 'bfloat16'
  /** How the files hold the model's weights; undefined where it is not known, which allows nothing extra. */
  checkpoint: 'float32' | 'bfloat16' | undefined
  /** How the weights are held here. */
  precision: WeightPrecision
  saePrecision: 'f32' | 'f16'
  hook: Hook
}

/** What may be off, each part as a share of what it is measured by. */
export interface Allowance {
  /** Of the value itself: another order of summing, or rounding of the published value. */
  relative: number
  /** ‖difference‖ / ‖activations‖: every feature may be off by this share of the strongest one. */
  spread: number
  /** Of the active features: how many may be others. */
  flipped: number
}

/** Sums of float32 in another order agree to some 1e-6 a layer; published digits and GPUs' own rounding need more. */
const FLOAT32 = 1e-3

/** Step of bfloat16's 8 significant bits: an honest rounding is off by half of it. */
const BFLOAT16_STEP = 2 ** -8

/**
 * Twice the largest ‖difference‖ / ‖value‖ against float32 of docs/benchmarks.md, which is of the bundled model: one
 * of real size is deeper, but its blocks of 32 weights are a smaller share of each sum.
 */
const HELD: Record<HookSite, Record<'q8' | 'q4', number>> = {
  hook_resid_post: { q8: 0.0142, q4: 0.22 },
  'attn.hook_z': { q8: 0.032, q4: 0.54 },
  hook_mlp_out: { q8: 0.024, q4: 0.4 },
  'ln2.hook_normalized': { q8: 0.015, q4: 0.24 },
}

/** Steps of float16's 11 significant bits; bfloat16 weights pass through it unchanged. */
const FLOAT16_STEP = 2 ** -11

/** Worst error of a value with an SAE stored in float16 (docs/benchmarks.md). */
const SAE_FLOAT16 = 2e-3

/** Share of active features that are others, from the Jaccard indices of docs/benchmarks.md, worst source. */
const FLIPPED: Record<WeightPrecision, number> = { f32: 0, f16: 0, q8: 0.02, q4: 0.27 }

/** What may be off under these conditions. */
export function allowanceFor({
  published,
  checkpoint,
  precision,
  saePrecision,
  hook,
}: Conditions): Allowance {
  const { layer, site } = parseHook(hook) ?? { layer: 0, site: 'hook_resid_post' as const }
  const parts = { relative: FLOAT32, spread: 0, flipped: FLIPPED[precision] }
  if (published === 'bfloat16') {
    // The residual stream is rounded twice a block, each time independently of the last.
    parts.relative = BFLOAT16_STEP
    parts.spread += BFLOAT16_STEP * Math.sqrt(2 * (layer + 1))
    parts.flipped += 0.05
  } else if (checkpoint === 'bfloat16') {
    // A mirror's weights are the original float32 ones rounded.
    parts.spread += BFLOAT16_STEP
    parts.flipped += 0.01
  }
  if (precision === 'q8' || precision === 'q4') parts.spread += HELD[site][precision]
  else if (precision === 'f16' && checkpoint !== 'bfloat16') parts.spread += FLOAT16_STEP
  if (saePrecision === 'f16') {
    parts.spread += SAE_FLOAT16
    // At most 0.13 % of the entries changed.
    parts.flipped += 0.0013
  }
  return parts
}
