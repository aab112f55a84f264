// What a reference, an address or dropped files are: an SAE, a model, activations, or labels. Names tell first, then what
// is inside; a thing that is none of these is named, with what would be accepted.
import type { ArrayFile } from '../formats/array.ts'
import { readNpz } from '../formats/npz.ts'
import { readSafetensors } from '../formats/safetensors.ts'
import type { Located } from '../hub/hub.ts'
import { UserError } from '../lib/errors.ts'

export type Kind = 'sae' | 'model' | 'activations' | 'labels'

/** What is accepted, for the errors and the page. */
const ACCEPTED =
  'Accepted are: an SAE (params.npz, or a .safetensors file with its cfg.json or config.json), a model (a folder ' +
  'with config.json, model.safetensors and tokenizer.json), activations (.npy, .npz or .safetensors), and labels or dashboards of Neuronpedia, ' +
  'SAEDashboard or circuit-tracer (.json, .jsonl or .jsonl.gz).'

const SAE_NAMES = /(^|\/)(params\.npz|params\.safetensors|sae_weights\.safetensors|cfg\.json)$/i
const MODEL_NAMES = /(^|\/)model(-\d+-of-\d+)?\.safetensors(\.index\.json)?$/i
const LABELS = /\.jsonl?(\.gz)?$/i
/** JSON of models and SAEs that says nothing of features. */
const SETTINGS = /(^|\/)[^/]*(config|cfg|tokenizer|tokens?_map|index)\.json$/i
const ARRAYS = /\.(npz|npy|safetensors)$/i

/** What lies at `located`. Rejects with a UserError that names what was found where it is nothing known. */
export async function identify({ set, file }: Located, signal: AbortSignal): Promise<Kind> {
  const paths = file ? [file] : set.paths
  if (!paths) return identifyUnlisted(set, signal)
  if (paths.some((path) => MODEL_NAMES.test(path))) return 'model'
  if (paths.some((path) => SAE_NAMES.test(path))) return 'sae'
  const arrays = paths.filter((path) => ARRAYS.test(path))
  if (arrays.length === 0 && paths.some(isLabels)) return 'labels'
  if (arrays.length === 0) {
    throw new UserError({
      title: `${set.name} holds nothing this page can open.`,
      detail: `There is ${paths.slice(0, 8).join(', ') || 'no file'}${paths.length > 8 ? ` and ${paths.length - 8} more` : ''}.`,
      remedy: ACCEPTED,
    })
  }
  const readable = arrays.find((path) => !/\.npy$/i.test(path))
  if (!readable) return 'activations'
  const source = await set.find(readable, signal)
  if (!source) throw missing(set.name, readable)
  const inside = /\.npz$/i.test(readable)
    ? await readNpz(source, signal)
    : await readSafetensors(source, signal)
  return kindOfArrays(inside, readable)
}

/** A folder whose host lists no files: the names an SAE's or a model's folder would have are asked for. */
async function identifyUnlisted(set: Located['set'], signal: AbortSignal): Promise<Kind> {
  for (const name of ['params.npz', 'cfg.json', 'sae_weights.safetensors', 'params.safetensors']) {
    if (await set.find(name, signal)) return 'sae'
  }
  if (await set.text('config.json', signal)) return 'model'
  throw new UserError({
    title: `${set.name} holds nothing this page knows by name.`,
    detail: 'Its host does not list its files, and there is no params.npz, cfg.json or config.json.',
    remedy: `Give the address of the file itself. ${ACCEPTED}`,
  })
}

function isLabels(path: string): boolean {
  return LABELS.test(path) && !SETTINGS.test(path)
}

function kindOfArrays(arrays: ArrayFile, name: string): Kind {
  if (arrays.has('W_enc') || arrays.has('w_enc')) return 'sae'
  // Activations may be named after modules as well: "model.layers.20.output".
  if (![...arrays.keys()].some((key) => /^model\..*\.weight$/.test(key))) return 'activations'
  throw new UserError({
    title: `${name} is part of a model.`,
    detail: 'It holds weights of layers, but its config.json is not beside it.',
    remedy: 'Choose the whole folder, or config.json, model.safetensors and tokenizer.json together.',
  })
}

function missing(folder: string, file: string): UserError {
  return new UserError({
    title: 'There is no such file.',
    detail: `No "${file}" in ${folder}.`,
    remedy: 'Check the name.',
  })
}
