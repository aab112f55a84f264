// From what the user named (a source, an address, local files) to an SAE's arrays and what is known of it.
import * as v from 'valibot'
import type { ArrayFile } from '../formats/array.ts'
import { readNpz } from '../formats/npz.ts'
import { readSafetensors } from '../formats/safetensors.ts'
import type { CatalogueRow } from '../hub/catalogue.ts'
import { type FileSet, parseJson } from '../hub/file-set.ts'
import type { Hub } from '../hub/hub.ts'
import type { ByteSource } from '../lib/byte-source.ts'
import { UserError } from '../lib/errors.ts'
import { type Hook, parseHook } from '../lib/hook.ts'
import type { Activation } from '../sae/activation.ts'
import type { SaeInfo } from './protocol.ts'

/** What is known of the SAE before its numbers are read. */
type SaeIdentity = Pick<
  SaeInfo,
  'source' | 'repo' | 'path' | 'model' | 'site' | 'layer' | 'hookIn' | 'hookOut'
>

export interface SaeFiles extends SaeIdentity {
  /** Its row in the catalogue, where it has one. */
  row: CatalogueRow | undefined
  arrays: ArrayFile
  activation: Activation
  /** The repo's other files, by path from the repo's root. */
  beside: FileSet
}

/** Opens a catalogue source ("3-miniscope-res-4k" or "repo/path"), an address of a file, or local files. */
export async function openSaeFiles(
  asked: string | File[],
  catalogue: readonly CatalogueRow[],
  hub: Hub,
  signal: AbortSignal,
): Promise<SaeFiles> {
  const row = catalogue.find((entry) => entry.source === asked || `${entry.repo}/${entry.path}` === asked)
  if (row) return openRow(row, hub.bundled(row.repo), signal)
  const { set, file } = await hub.locate(asked, signal)
  return openSet(set, file, signal)
}

async function openRow(row: CatalogueRow, beside: FileSet, signal: AbortSignal): Promise<SaeFiles> {
  const source = await found(beside, row.path, signal)
  const { repo, path, model, site, layer, hookIn, hookOut } = row
  return {
    ...{ source: row.source, repo, path, model, site, layer, hookIn, hookOut, row, beside },
    activation: { kind: 'jumprelu' },
    arrays: await openArrays(source, signal),
  }
}

async function openSet(set: FileSet, file: string | undefined, signal: AbortSignal): Promise<SaeFiles> {
  const candidates = file ? [file] : (set.paths ?? []).filter((name) => /\.(npz|safetensors)$/i.test(name))
  if (candidates.length !== 1) {
    throw new UserError({
      title: 'Which of these files is the SAE?',
      detail: `${set.paths?.join(', ') || set.name}: ${candidates.length} of them end in .npz or .safetensors.`,
      remedy: 'Give one params.npz, or one .safetensors file with its cfg.json or config.json.',
    })
  }
  const [path] = candidates
  const arrays = await openArrays(await found(set, path, signal), signal)
  const config = /\.safetensors$/i.test(path) ? await readConfig(set, signal) : {}
  const activation = config.activation ?? { kind: 'jumprelu' }
  const hookIn = config.hookIn
  const place = hookIn ? parseHook(hookIn) : undefined
  return {
    ...{ source: path, repo: set.name, path, model: config.model, row: undefined, beside: set },
    ...{ arrays, activation },
    ...{ site: undefined, layer: place?.layer, hookIn, hookOut: config.hookOut ?? hookIn },
  }
}

async function found(set: FileSet, path: string, signal: AbortSignal): Promise<ByteSource> {
  const source = await set.find(path, signal)
  if (source) return source
  throw new UserError({
    title: 'The SAE was not found.',
    detail: `There is no file "${path}" in ${set.name}.`,
    remedy: 'Check the name; parameters are in params.npz, params.safetensors or sae_weights.safetensors.',
  })
}

function openArrays(source: ByteSource, signal: AbortSignal): Promise<ArrayFile> {
  return /\.safetensors$/i.test(source.name) ? readSafetensors(source, signal) : readNpz(source, signal)
}

/** SAELens writes cfg.json, Gemma Scope 2 config.json; only what decides the maths or the hook is read. */
const Config = v.object({
  architecture: v.optional(v.string()),
  activation_fn: v.optional(v.string()),
  activation_fn_str: v.optional(v.string()),
  activation_fn_kwargs: v.optional(v.object({ k: v.optional(v.number()) })),
  k: v.optional(v.number()),
  apply_b_dec_to_input: v.optional(v.boolean()),
  normalize_activations: v.optional(v.string()),
  hook_name: v.optional(v.string()),
  model_name: v.optional(v.string()),
  hf_hook_point_in: v.optional(v.string()),
  hf_hook_point_out: v.optional(v.string()),
  metadata: v.optional(v.object({ hook_name: v.optional(v.string()), model_name: v.optional(v.string()) })),
})

type SaeConfig = v.InferOutput<typeof Config>

/**
 * The activation function a configuration names: SAELens' `architecture`, in older files with `activation_fn(_str)`
 * and its `k` beside it. UserError for another one.
 */
function activationOf(config: SaeConfig, name: string): Activation {
  const architecture = (config.architecture ?? 'jumprelu').toLowerCase().replaceAll('_', '')
  const older = config.activation_fn ?? config.activation_fn_str
  const kind = architecture === 'standard' && older ? older.toLowerCase() : architecture
  switch (kind) {
    case 'jumprelu':
    case 'batchtopk':
      return { kind }
    case 'standard':
    case 'relu':
      return { kind: 'relu' }
    case 'topk': {
      const k = config.k ?? config.activation_fn_kwargs?.k
      if (k !== undefined && Number.isInteger(k) && k > 0) return { kind, k }
      throw unsupported(name, `Its activation function is topk, and k is ${k ?? 'missing'}.`)
    }
    default:
      throw unsupported(
        name,
        `Its architecture is "${config.architecture}", its activation function ${older ?? 'not named'}.`,
      )
  }
}

async function readConfig(set: FileSet, signal: AbortSignal) {
  const name = (set.paths ?? ['cfg.json', 'config.json']).find((path) => /^(cfg|config)\.json$/.test(path))
  const text = name && (await set.text(name, signal))
  if (!name || !text) return {}
  const config = v.safeParse(Config, parseJson(text, name))
  if (!config.success) throw unsupported(name, 'Its fields are not those of an SAE configuration.')
  const c = config.output
  if (c.apply_b_dec_to_input)
    throw unsupported(name, 'It subtracts b_dec from its input (apply_b_dec_to_input).')
  if (c.normalize_activations && c.normalize_activations !== 'none') {
    throw unsupported(name, `It normalises its input (${c.normalize_activations}).`)
  }
  const hookName = c.metadata?.hook_name ?? c.hook_name
  return {
    activation: activationOf(c, name),
    model: c.metadata?.model_name ?? c.model_name,
    hookIn: hookName ? parseHook(hookName)?.hook : hookOfModule(c.hf_hook_point_in),
    hookOut: hookOfModule(c.hf_hook_point_out),
  }
}

/** Gemma Scope 2 names hooks by Hugging Face module, "model.layers.2.output". */
function hookOfModule(name: string | undefined): Hook | undefined {
  const match =
    /^model\.layers\.(\d+)\.(output|self_attn\.o_proj\.input|post_feedforward_layernorm\.output)$/.exec(
      name ?? '',
    )
  if (!match) return undefined
  const layer = Number(match[1])
  if (match[2] === 'output') return `blocks.${layer}.hook_resid_post`
  return match[2].startsWith('self_attn') ? `blocks.${layer}.attn.hook_z` : `blocks.${layer}.hook_mlp_out`
}

function unsupported(name: string, detail: string): UserError {
  return new UserError({
    title: 'This kind of SAE is not supported.',
    detail: `${name}: ${detail}`,
    remedy:
      'Open an SAE with JumpReLU, ReLU, TopK or BatchTopK that takes raw activations, as Gemma Scope’s do.',
  })
}
