// The tensors of one block: their names and shapes in the checkpoint, and reading them piece by piece.
import { type ArrayEntry, type ArrayFile, elementCount } from '../formats/array.ts'
import { UserError } from '../lib/errors.ts'
import type { HookSite } from '../lib/hook.ts'
import type { GemmaConfig } from './config.ts'

const NORMS = [
  'input_layernorm',
  'post_attention_layernorm',
  'pre_feedforward_layernorm',
  'post_feedforward_layernorm',
] as const
const ATTENTION = ['q_proj', 'k_proj', 'v_proj', 'o_proj'] as const
const MLP = ['gate_proj', 'up_proj', 'down_proj'] as const

/** A block's weights, by the last part of their name in the checkpoint. */
export type BlockWeight = (typeof NORMS | typeof ATTENTION | typeof MLP)[number]

/** What each site needs beyond the sites before it, in a block's order. */
const NEEDED: readonly [HookSite, readonly BlockWeight[]][] = [
  ['attn.hook_z', ['input_layernorm', 'q_proj', 'k_proj', 'v_proj']],
  ['ln2.hook_normalized', ['o_proj', 'post_attention_layernorm']],
  [
    'hook_mlp_out',
    ['pre_feedforward_layernorm', 'gate_proj', 'up_proj', 'down_proj', 'post_feedforward_layernorm'],
  ],
  ['hook_resid_post', []],
]

/** Elements read at once: 16 MB of float32 bounds what JavaScript holds while a matrix goes to the GPU. */
const READ_ELEMENTS = 4 * 1024 * 1024

/** The weights a block needs to compute `until` and every site before it. */
export function weightsBefore(until: HookSite): BlockWeight[] {
  const last = NEEDED.findIndex(([site]) => site === until)
  return NEEDED.slice(0, last + 1).flatMap(([, names]) => names)
}

/** Shapes as the checkpoint has them, matrices [out, in]. */
export function blockWeightShapes(config: GemmaConfig): Record<BlockWeight, readonly number[]> {
  const { hiddenSize: d, intermediateSize: ff, headDim } = config
  const qWidth = config.numAttentionHeads * headDim
  const kvWidth = config.numKeyValueHeads * headDim
  return {
    input_layernorm: [d],
    post_attention_layernorm: [d],
    pre_feedforward_layernorm: [d],
    post_feedforward_layernorm: [d],
    q_proj: [qWidth, d],
    k_proj: [kvWidth, d],
    v_proj: [kvWidth, d],
    o_proj: [d, qWidth],
    gate_proj: [ff, d],
    up_proj: [ff, d],
    down_proj: [d, ff],
  }
}

/** The array of a block's weight. Throws UserError when it is missing or has another shape than the config says. */
export function blockEntry(
  weights: ArrayFile,
  config: GemmaConfig,
  layer: number,
  weight: BlockWeight,
): ArrayEntry {
  const group = isIn(ATTENTION, weight) ? 'self_attn.' : isIn(MLP, weight) ? 'mlp.' : ''
  const name = `model.layers.${layer}.${group}${weight}.weight`
  return requireArray(weights, name, blockWeightShapes(config)[weight])
}

/** The tied embedding matrix, [vocabSize, hiddenSize]. */
export function embeddingEntry(weights: ArrayFile, config: GemmaConfig): ArrayEntry {
  return requireArray(weights, 'model.embed_tokens.weight', [config.vocabSize, config.hiddenSize])
}

/** Bytes an array takes in its file, for progress in the unit a download has. */
export function fileBytes(entry: ArrayEntry): number {
  return elementCount(entry.shape) * bytesPerElement(entry)
}

/**
 * Reads a block's weight in pieces of at most 16 MB. Norm weights come out as gains, 1 + w: Gemma stores w.
 * `onPiece` gets the first element's place, the values, and the bytes they took in the file.
 */
export async function readBlockWeight(
  entry: ArrayEntry,
  weight: BlockWeight,
  onPiece: (first: number, values: Float32Array<ArrayBuffer>, bytes: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const total = elementCount(entry.shape)
  for (let first = 0; first < total; first += READ_ELEMENTS) {
    signal?.throwIfAborted()
    const count = Math.min(READ_ELEMENTS, total - first)
    const values = await entry.readFloat32(first, count, signal)
    if (isIn(NORMS, weight)) for (let i = 0; i < values.length; i += 1) values[i] += 1
    onPiece(first, values, count * bytesPerElement(entry))
  }
}

function bytesPerElement(entry: ArrayEntry): number {
  return entry.dtype === 'BF16' || entry.dtype === 'F16' ? 2 : 4
}

function requireArray(weights: ArrayFile, name: string, shape: readonly number[]): ArrayEntry {
  const entry = weights.get(name)
  if (!entry) {
    throw new UserError({
      title: "The model's weights are incomplete.",
      detail: `There is no tensor "${name}" among its ${weights.size}.`,
      remedy: 'Check that every file of the model is there and that config.json belongs to it.',
    })
  }
  if (entry.shape.length !== shape.length || entry.shape.some((length, i) => length !== shape[i])) {
    throw new UserError({
      title: "The model's weights do not fit its config.json.",
      detail: `Tensor "${name}" has shape [${entry.shape.join(', ')}]; the config asks for [${shape.join(', ')}].`,
      remedy: 'Take config.json and the weights from the same place.',
    })
  }
  return entry
}

function isIn<T extends string>(names: readonly T[], name: string): name is T {
  return names.some((other) => other === name)
}
