// The parts that the arrays of a file play when it holds activations: which are activations, of which hook, and
// which name their tokens or their padding.
import { UserError } from '../lib/errors.ts'
import type { Hook } from '../lib/hook.ts'
import type { ArrayEntry, ArrayFile } from './array.ts'
import { hiddenStateOf, hookOfName } from './hook-names.ts'

/** Activations of [sequences, length, width], in C order; `length` counts padding. */
export interface ActivationsArray {
  entry: ArrayEntry
  sequences: number
  length: number
  width: number
  /** As its name says. */
  hook: Hook | undefined
  /** Entry of Hugging Face's `hidden_states`, where it is named as one. */
  hiddenState: number | undefined
}

export interface ActivationsParts {
  /** At least one. */
  arrays: ActivationsArray[]
  tokens: ArrayEntry | undefined
  ids: ArrayEntry | undefined
  mask: ArrayEntry | undefined
  lengths: ArrayEntry | undefined
}

const TOKENS = ['tokens', 'str_tokens', 'token_strings', 'token_strs']
const IDS = ['ids', 'input_ids', 'token_ids', 'tokens']
const MASKS = ['attention_mask', 'mask']
const LENGTHS = ['lengths', 'seq_lens', 'sequence_lengths']
/** Names of an array that is meant among others, the surest first. */
const USUAL = ['activations', 'acts', 'hidden_states', 'resid_post', 'resid', 'residual', 'x']
const OF_TOKENS = new Set([...TOKENS, ...IDS, ...MASKS, ...LENGTHS])

const ACCEPTED =
  'Activations are an array of float16, float32, float64 or bfloat16 numbers of shape [tokens, width] or [sequences, tokens, width].'

/** Sorts the arrays of `file` (named `name` in errors) by their part. UserError when none can be activations. */
export function activationsParts(file: ArrayFile, name: string): ActivationsParts {
  const entries = [...file.values()]
  const arrays = entries.flatMap((entry) => activationsOf(entry) ?? [])
  if (arrays.length === 0) {
    throw new UserError({
      title: `${name} holds no activations.`,
      detail: `It has ${listed(entries)}.`,
      remedy: ACCEPTED,
    })
  }
  const named = (names: readonly string[], fits: (entry: ArrayEntry) => boolean): ArrayEntry | undefined =>
    names
      .map((wanted) => entries.find((entry) => fits(entry) && last(entry.name) === wanted))
      .find((entry) => entry !== undefined)
  return {
    arrays,
    tokens: named(TOKENS, ({ dtype }) => isStringType(dtype)),
    ids: named(IDS, ({ dtype }) => !isStringType(dtype) && !isFloatType(dtype)),
    mask: named(MASKS, ({ dtype }) => !isStringType(dtype)),
    lengths: named(LENGTHS, ({ dtype }) => !isStringType(dtype)),
  }
}

/**
 * The array to encode: the only one, the one of `hook`, the one with a usual name, or the first that is named after
 * some hook. UserError listing all when their names tell nothing.
 */
export function chooseArray(
  { arrays }: ActivationsParts,
  hook: Hook | undefined,
  name: string,
): ActivationsArray {
  if (arrays.length === 1) return arrays[0]
  const hooked = arrays.filter((array) => array.hook !== undefined)
  const fitting = hooked.find((array) => array.hook === hook)
  if (fitting) return fitting
  const usual = USUAL.flatMap((wanted) => arrays.filter(({ entry }) => last(entry.name) === wanted))
  if (usual.length > 0) return usual[0]
  if (hooked.length > 0) return hooked[0]
  throw new UserError({
    title: `Which array of ${name} holds the activations?`,
    detail: `It has ${listed(arrays.map(({ entry }) => entry))}.`,
    remedy: 'Name the one that is meant "activations", or after its hook: "blocks.20.hook_resid_post".',
  })
}

function activationsOf(entry: ArrayEntry): ActivationsArray | undefined {
  if (!isFloatType(entry.dtype) || OF_TOKENS.has(last(entry.name))) return undefined
  const hook = hookOfName(entry.name)
  const shape = [...entry.shape]
  // TransformerLens keeps the heads of z apart: [sequences, tokens, heads, width of a head].
  if (shape.length === 4 && hook?.endsWith('.attn.hook_z'))
    shape.push((shape.pop() ?? 0) * (shape.pop() ?? 0))
  if (shape.length === 2) shape.unshift(1)
  if (shape.length !== 3 || shape.includes(0)) return undefined
  const [sequences, length, width] = shape
  return { entry, sequences, length, width, hook, hiddenState: hiddenStateOf(entry.name) }
}

/** numpy's "<f4", safetensors' "BF16". */
function isFloatType(dtype: string): boolean {
  return /^(?:[<>=|]?f[248]|BF16|F16|F32|F64)$/.test(dtype)
}

/** numpy's "<U5" and "|S5". */
function isStringType(dtype: string): boolean {
  return /^[<>=|]?[US]\d*$/.test(dtype)
}

/** "data/activations" is named activations. */
function last(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1).toLowerCase()
}

function listed(entries: readonly ArrayEntry[]): string {
  if (entries.length === 0) return 'no arrays that can be read'
  const shown = entries.slice(0, 12).map(({ name, dtype, shape }) => `${name} ${dtype} [${shape.join(', ')}]`)
  return `${shown.join('; ')}${entries.length > 12 ? `; and ${entries.length - 12} more` : ''}`
}
