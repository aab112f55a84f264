// Which hook the name of an array of activations means: TransformerLens names, Hugging Face modules and
// `hidden_states` entries, nnsight's module paths, and the short forms people give to files.
import type { Hook, HookSite } from '../lib/hook.ts'

/** Patterns over the name in lower case with every separator a dot; group 1 is the layer, `shift` is added to it. */
const PATTERNS: readonly { pattern: RegExp; site: HookSite; shift?: number }[] = [
  { pattern: /(?:^|\.)blocks\.(\d+)\.hook\.resid\.post$/, site: 'hook_resid_post' },
  // What enters block L is what leaves block L − 1.
  { pattern: /(?:^|\.)blocks\.(\d+)\.hook\.resid\.pre$/, site: 'hook_resid_post', shift: -1 },
  { pattern: /(?:^|\.)blocks\.(\d+)\.attn\.hook\.z$/, site: 'attn.hook_z' },
  { pattern: /(?:^|\.)blocks\.(\d+)\.hook\.mlp\.out$/, site: 'hook_mlp_out' },
  { pattern: /(?:^|\.)blocks\.(\d+)\.ln2\.hook\.normalized$/, site: 'ln2.hook_normalized' },
  { pattern: /(?:^|\.)layers?\.?(\d+)(?:\.outputs?(?:\.0)?)?$/, site: 'hook_resid_post' },
  { pattern: /(?:^|\.)layers?\.(\d+)\.self\.attn\.o\.proj\.inputs?$/, site: 'attn.hook_z' },
  {
    pattern: /(?:^|\.)layers?\.(\d+)\.post\.feedforward\.layernorm(?:\.outputs?)?$/,
    site: 'hook_mlp_out',
  },
  { pattern: /^resid(?:ual)?(?:\.post)?\.(\d+)$/, site: 'hook_resid_post' },
]

/** `hidden_states[0]` is the embedding, `hidden_states[L + 1]` what block L gives. */
const HIDDEN_STATE = /(?:^|\.)hidden\.states?\.(\d+)$/

/** The hook that `name` means; undefined where it names none. */
export function hookOfName(name: string): Hook | undefined {
  const entry = hiddenStateOf(name)
  if (entry !== undefined) return entry > 0 ? `blocks.${entry - 1}.hook_resid_post` : undefined
  const dotted = dottedName(name)
  for (const { pattern, site, shift = 0 } of PATTERNS) {
    const match = pattern.exec(dotted)
    const layer = match ? Number(match[1]) + shift : -1
    if (layer >= 0) return `blocks.${layer}.${site}`
  }
  return undefined
}

/** n where `name` is entry n of Hugging Face's `hidden_states`. */
export function hiddenStateOf(name: string): number | undefined {
  const match = HIDDEN_STATE.exec(dottedName(name))
  return match ? Number(match[1]) : undefined
}

function dottedName(name: string): string {
  return name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean)
    .join('.')
}
