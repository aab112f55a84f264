// The weights of one block: their names and shapes in the checkpoint, and the tensors that stand for them in a graph.
import type { ArrayEntry, ArrayFile } from '../formats/array.ts'
import { UserError } from '../lib/errors.ts'
import type { HookSite } from '../lib/hook.ts'
import type { WeightPrecision } from '../lib/weight-precision.ts'
import type { GemmaConfig } from './config.ts'
import type { ElementName } from './onnx-builder.ts'
import { type BlockBits, blockBytes, blocksInRow } from './quantise.ts'

const NORMS = [
  'input_layernorm',
  'post_attention_layernorm',
  'pre_feedforward_layernorm',
  'post_feedforward_layernorm',
  'q_norm',
  'k_norm',
] as const
const ATTENTION = ['q_proj', 'k_proj', 'v_proj', 'o_proj'] as const
const MLP = ['gate_proj', 'up_proj', 'down_proj'] as const

/** A block's weights, by the last part of their name in the checkpoint. */
export type BlockWeight = (typeof NORMS | typeof ATTENTION | typeof MLP)[number]

/** Norms of the queries and keys of one head, which only some architectures have. */
const HEAD_NORMS = ['q_norm', 'k_norm'] as const

/** What each site needs beyond the sites before it, in a block's order. */
const NEEDED: readonly [HookSite, readonly BlockWeight[]][] = [
  ['attn.hook_z', ['input_layernorm', 'q_proj', 'q_norm', 'k_proj', 'k_norm', 'v_proj']],
  ['ln2.hook_normalized', ['o_proj', 'post_attention_layernorm']],
  [
    'hook_mlp_out',
    ['pre_feedforward_layernorm', 'gate_proj', 'up_proj', 'down_proj', 'post_feedforward_layernorm'],
  ],
  ['hook_resid_post', []],
]

/** The weights a block needs to compute `until` and every site before it. */
export function weightsBefore({ qkNorm }: GemmaConfig, until: HookSite): BlockWeight[] {
  const last = NEEDED.findIndex(([site]) => site === until)
  const names = NEEDED.slice(0, last + 1).flatMap(([, needed]) => needed)
  return qkNorm ? names : names.filter((name) => !isIn(HEAD_NORMS, name))
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
    q_norm: [headDim],
    k_norm: [headDim],
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
  const inAttention = isIn(ATTENTION, weight) || isIn(HEAD_NORMS, weight)
  const group = inAttention ? 'self_attn.' : isIn(MLP, weight) ? 'mlp.' : ''
  const name = `model.layers.${layer}.${group}${weight}.weight`
  return requireArray(weights, name, blockWeightShapes(config)[weight])
}

/** The norm before the unembedding, [hiddenSize]; gains are 1 + it. */
export function finalNormEntry(weights: ArrayFile, config: GemmaConfig): ArrayEntry {
  return requireArray(weights, 'model.norm.weight', [config.hiddenSize])
}

/** The tied embedding matrix, [vocabSize, hiddenSize]. */
export function embeddingEntry(weights: ArrayFile, config: GemmaConfig): ArrayEntry {
  return requireArray(weights, 'model.embed_tokens.weight', [config.vocabSize, config.hiddenSize])
}

/** Whether a weight is a norm's: those store w and multiply by the gain 1 + w. */
export function isNorm(weight: BlockWeight): boolean {
  return isIn(NORMS, weight)
}

/** Bytes an element takes in its file. */
export function bytesPerElement(entry: ArrayEntry): number {
  return entry.dtype === 'BF16' || entry.dtype === 'F16' ? 2 : 4
}

/** A tensor the graph takes. */
export interface WeightTensor {
  /** Its name in the graph: "q_proj", or "q_proj.blocks" and "q_proj.scales". */
  name: string
  form: TensorForm
  type: ElementName
  dims: readonly number[]
}

/** `plain` float32; `half` float16; `blocks` and `scales` as quantise.ts makes them. */
type TensorForm = 'plain' | 'half' | 'blocks' | 'scales'

/** The tensors that stand for a weight at a precision; norms are float32 at every one. */
export function weightTensors(
  config: GemmaConfig,
  weight: BlockWeight,
  precision: WeightPrecision,
): WeightTensor[] {
  const dims = blockWeightShapes(config)[weight]
  if (precision === 'f32' || isNorm(weight)) return [{ name: weight, form: 'plain', type: 'float32', dims }]
  if (precision === 'f16') return [{ name: weight, form: 'half', type: 'float16', dims }]
  const [rows, columns] = dims
  const blocks = [rows, blocksInRow(columns), blockBytes(quantisedBits(precision))]
  return [
    { name: `${weight}.blocks`, form: 'blocks', type: 'uint8', dims: blocks },
    { name: `${weight}.scales`, form: 'scales', type: 'float32', dims: [rows * blocksInRow(columns)] },
  ]
}

/** Bits of a quantised number. */
export function quantisedBits(precision: 'q8' | 'q4'): BlockBits {
  return precision === 'q8' ? 8 : 4
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
