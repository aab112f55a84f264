// The peer of our block: the same layer with onnxruntime's fused attention, rotary embedding and causal mask inside it.
// It has no soft-cap: onnxruntime's WebGPU kernel ignores one without a word.
import type { WeightPrecision } from '../../../../src/lib/weight-precision.ts'
import type { GemmaConfig } from '../../../../src/model/config.ts'
import { int, OnnxBuilder, type Value } from '../../../../src/model/onnx-builder.ts'
import { BLOCK } from '../../../../src/model/quantise.ts'
import {
  type BlockWeight,
  blockWeightShapes,
  quantisedBits,
  weightsBefore,
  weightTensors,
} from '../../../../src/model/weights.ts'

export const FUSED_INPUTS = {
  /** [T, hidden] */
  residual: 'residual',
  /** [T, headDim / 2] each */
  cos: 'cos_half',
  sin: 'sin_half',
} as const

const OPSET = 20
const INT32 = 6

/** ONNX bytes; one output, hook_resid_post. Only for models that do not norm queries and keys. */
export function buildFusedGraph(
  config: GemmaConfig,
  { weights, precision }: { weights: 'input' | 'external'; precision: WeightPrecision },
): Uint8Array {
  if (config.qkNorm)
    throw new Error('onnxruntime rotates inside its fused attention: no norm can come before')
  const g = new OnnxBuilder()
  const { hiddenSize, headDim, numAttentionHeads: heads, numKeyValueHeads: kvHeads } = config
  g.input(FUSED_INPUTS.residual, ['T', hiddenSize])
  g.input(FUSED_INPUTS.cos, ['T', headDim / 2])
  g.input(FUSED_INPUTS.sin, ['T', headDim / 2])
  for (const weight of weightsBefore(config, 'hook_resid_post')) {
    for (const { name, dims, type } of weightTensors(config, weight, precision)) g[weights](name, dims, type)
  }
  const shapes = blockWeightShapes(config)
  const linear = (name: string, x: Value, weight: BlockWeight): Value => {
    if (precision === 'f32') return g.node(name, 'Gemm', [x, weight], { transB: int(1) })
    if (precision === 'f16') throw new Error('the fused peer is measured in float32 and in blocks')
    const [rows, columns] = shapes[weight]
    return g.contrib(name, 'MatMulNBits', [x, `${weight}.blocks`, `${weight}.scales`], {
      ...{ K: int(columns), N: int(rows), bits: int(quantisedBits(precision)), block_size: int(BLOCK) },
    })
  }
  const norm = (name: string, x: Value, gain: BlockWeight): Value =>
    g.node(name, 'SimplifiedLayerNormalization', [x, gain], { axis: int(-1), epsilon: config.rmsNormEps })
  /** [T, width] as a batch of one. */
  const batched = (name: string, x: Value, width: number): Value =>
    g.node(`${name}_batch`, 'Reshape', [x, g.integers(`${name}_batch_shape`, [1, -1, width])])

  const x = norm('attn_in', 'residual', 'input_layernorm')
  const [q, k, v] = (['q', 'k', 'v'] as const).map((name) =>
    batched(name, linear(name, x, `${name}_proj`), (name === 'q' ? heads : kvHeads) * headDim),
  )
  // Lengths as the operator wants them: of what is there less one, and of all, in int32.
  const length = g.node('length', 'Shape', ['residual'], { start: int(0), end: int(1) })
  const total = g.node('total', 'Cast', [length], { to: int(INT32) })
  const before = g.node('length_less_one', 'Sub', [length, g.integers('one', [1])])
  const last = g.node('last', 'Cast', [before], { to: int(INT32) })
  g.nodes(
    ['z_batch', 'present_key', 'present_value'],
    'GroupQueryAttention',
    [q, k, v, '', '', last, total, FUSED_INPUTS.cos, FUSED_INPUTS.sin],
    {
      ...{ num_heads: int(heads), kv_num_heads: int(kvHeads), do_rotary: int(1) },
      scale: 1 / Math.sqrt(config.queryPreAttnScalar),
    },
    'com.microsoft',
  )
  const z = g.node('z', 'Reshape', ['z_batch', g.integers('z_shape', [-1, heads * headDim])])
  const attnOut = norm('attn_normed', linear('attn_out', z, 'o_proj'), 'post_attention_layernorm')
  const mid = g.node('resid_mid', 'Add', ['residual', attnOut])
  const mlpIn = norm('mlp_in', mid, 'pre_feedforward_layernorm')
  const gate = g.node('gate', 'Gelu', [linear('gate_pre', mlpIn, 'gate_proj')], { approximate: 'tanh' })
  const gated = g.node('gated', 'Mul', [gate, linear('up', mlpIn, 'up_proj')])
  const mlpOut = norm('mlp_out', linear('down', gated, 'down_proj'), 'post_feedforward_layernorm')
  g.node('hook_resid_post', 'Add', [mid, mlpOut])
  g.output('hook_resid_post', ['T', hiddenSize])
  return g.finish('fused_block', OPSET)
}
