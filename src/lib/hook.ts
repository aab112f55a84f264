// Names of the tensors an SAE can read, as TransformerLens writes them.

export type HookSite = 'hook_resid_post' | 'attn.hook_z' | 'hook_mlp_out' | 'ln2.hook_normalized'

/** What people call what is read there. */
export const SITE_NAMES: Readonly<Record<HookSite, string>> = {
  hook_resid_post: 'residual',
  'attn.hook_z': 'attention',
  hook_mlp_out: 'MLP',
  'ln2.hook_normalized': 'transcoder',
}

export type Hook = `blocks.${number}.${HookSite}`

const PATTERN = /^blocks\.(\d+)\.(hook_resid_post|attn\.hook_z|hook_mlp_out|ln2\.hook_normalized)$/

/** Splits `blocks.3.attn.hook_z` into layer 3 and its site; undefined for any other string. */
export function parseHook(name: string): { hook: Hook; layer: number; site: HookSite } | undefined {
  const match = PATTERN.exec(name)
  if (!match) return undefined
  const layer = Number(match[1])
  const site = match[2] as HookSite
  return { hook: `blocks.${layer}.${site}`, layer, site }
}
