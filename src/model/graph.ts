// One Gemma block as an ONNX graph, cut after the deepest site asked for. Every block of a model has the same
// graph: what differs (weights, mask, rotary tables) comes in from outside, so few sessions serve all layers
// and a run may stop, be cancelled or be looked into between any two of them.
import type { HookSite } from '../lib/hook.ts'
import type { WeightPrecision } from '../lib/weight-precision.ts'
import { type GemmaConfig, hookWidth } from './config.ts'
import { int, OnnxBuilder, type Value } from './onnx-builder.ts'
import { BLOCK } from './quantise.ts'
import {
  type BlockWeight,
  blockWeightShapes,
  quantisedBits,
  weightsBefore,
  weightTensors,
} from './weights.ts'

/** Sites in the order in which a block computes them. */
export const SITES: readonly HookSite[] = [
  'attn.hook_z',
  'ln2.hook_normalized',
  'hook_mlp_out',
  'hook_resid_post',
]

/** Names of the graph's inputs, beside the weights where these are inputs. */
export const BLOCK_INPUTS = {
  /** [T, hidden] residual stream before the block */
  residual: 'residual',
  /** [T, headDim] */
  cos: 'cos',
  /** [T, headDim], the first half negated: see rotary.ts */
  sin: 'signed_sin',
  /** [T, T], 0 where query (row) may see key (column), hugely negative elsewhere */
  mask: 'mask',
} as const

export interface BlockGraphOptions {
  /** The deepest site wanted; it and all before it become outputs named by their site. */
  until: HookSite
  /** `input`: weights are fed at every run; `external`: each is the external file of its name. */
  weights: 'input' | 'external'
  precision: WeightPrecision
}

/** The oldest opset with Gelu. */
const OPSET = 20
const T = 'T'

/**
 * ONNX bytes of one block. Matrices are [out, in] as Hugging Face stores them; norm weights are gains, 1 + w.
 * Maths: Gemma 2 report (arXiv 2408.00118) §2, Gemma 3 report (arXiv 2503.19786) §2 and transformers' modeling_gemma2
 * and modeling_gemma3, in float32 throughout.
 */
export function buildBlockGraph(config: GemmaConfig, options: BlockGraphOptions): Uint8Array {
  const { until, weights, precision } = options
  const g = new OnnxBuilder()
  const { hiddenSize, headDim, rmsNormEps } = config
  const depth = SITES.indexOf(until)
  const reached = (site: HookSite): boolean => SITES.indexOf(site) <= depth

  const residual = g.input(BLOCK_INPUTS.residual, [T, hiddenSize])
  const cos = g.input(BLOCK_INPUTS.cos, [T, headDim])
  const sin = g.input(BLOCK_INPUTS.sin, [T, headDim])
  const mask = g.input(BLOCK_INPUTS.mask, [T, T])
  for (const weight of weightsBefore(config, until)) {
    for (const { name, dims, type } of weightTensors(config, weight, precision)) g[weights](name, dims, type)
  }

  const norm = (name: string, x: Value, gain: Value): Value =>
    g.node(name, 'SimplifiedLayerNormalization', [x, gain], { axis: int(-1), epsilon: rmsNormEps })
  const linear = linearIn(g, config, precision)
  const output = (site: HookSite): void => {
    if (reached(site)) g.output(site, [T, hookWidth(config, site)])
  }

  const x = norm('attn_in', residual, 'input_layernorm')
  attention(g, config, { x, cos, sin, mask, linear, norm })
  output('attn.hook_z')
  if (reached('ln2.hook_normalized')) {
    const attnOut = linear('attn_out', 'attn.hook_z', 'o_proj')
    const mid = g.node('resid_mid', 'Add', [
      residual,
      norm('attn_normed', attnOut, 'post_attention_layernorm'),
    ])
    const ones = g.constant('ones', [hiddenSize], new Float32Array(hiddenSize).fill(1))
    norm('ln2.hook_normalized', mid, ones)
    output('ln2.hook_normalized')
    if (reached('hook_mlp_out')) {
      // The norm's gain apart from the norm: the transcoders' hook is what lies between.
      const mlpIn = g.node('mlp_in', 'Mul', ['ln2.hook_normalized', 'pre_feedforward_layernorm'])
      const gate = g.node('gate', 'Gelu', [linear('gate_pre', mlpIn, 'gate_proj')], { approximate: 'tanh' })
      const gated = g.node('gated', 'Mul', [gate, linear('up', mlpIn, 'up_proj')])
      const mlpOut = norm('hook_mlp_out', linear('down', gated, 'down_proj'), 'post_feedforward_layernorm')
      output('hook_mlp_out')
      if (reached('hook_resid_post')) g.node('hook_resid_post', 'Add', [mid, mlpOut])
      output('hook_resid_post')
    }
  }
  return g.finish('gemma_block', OPSET)
}

/** x · Wᵀ for a weight matrix W [out, in]. */
type Linear = (name: string, x: Value, weight: BlockWeight) => Value

/** The product with a matrix as the precision holds it. */
function linearIn(g: OnnxBuilder, config: GemmaConfig, precision: WeightPrecision): Linear {
  const gemm = (name: string, x: Value, matrix: Value): Value =>
    g.node(name, 'Gemm', [x, matrix], { transB: int(1) })
  if (precision === 'f32') return gemm
  if (precision === 'f16') {
    return (name, x, weight) => gemm(name, x, g.toFloat32(`${weight}.float32`, weight))
  }
  const shapes = blockWeightShapes(config)
  return (name, x, weight) => {
    const [rows, columns] = shapes[weight]
    const attributes = { K: columns, N: rows, bits: quantisedBits(precision), block_size: BLOCK }
    const asInts = Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, int(value)]))
    return g.contrib(name, 'MatMulNBits', [x, `${weight}.blocks`, `${weight}.scales`], asInts)
  }
}

interface AttentionParts {
  x: Value
  cos: Value
  sin: Value
  mask: Value
  linear: Linear
  /** RMS norm over the last axis, times a gain. */
  norm: (name: string, x: Value, gain: Value) => Value
}

/**
 * Grouped-query attention up to z, [T, heads × headDim], the heads concatenated before o_proj. Written out op
 * by op: onnxruntime's fused attention ignores the soft-cap on WebGPU without a word. With query heads in
 * groups of G per key head, the [G × T, headDim] queries of one key head meet it in one product, so no key or
 * value is ever repeated.
 */
function attention(g: OnnxBuilder, config: GemmaConfig, parts: AttentionParts): void {
  const { x, cos, sin, mask, linear, norm } = parts
  const { numAttentionHeads: heads, numKeyValueHeads: kvHeads, headDim } = config
  const headsFirst = (name: string, from: Value, count: number): Value => {
    const split = g.node(`${name}_split`, 'Reshape', [from, g.integers(`${name}_shape`, [0, count, headDim])])
    return g.node(name, 'Transpose', [split], { perm: [1, 0, 2] })
  }
  g.integers('halves', [headDim / 2, headDim / 2])
  const rotate = (name: string, from: Value): Value => {
    g.nodes([`${name}_low`, `${name}_high`], 'Split', [from, 'halves'], { axis: int(-1) })
    const swapped = g.node(`${name}_swapped`, 'Concat', [`${name}_high`, `${name}_low`], { axis: int(-1) })
    const turned = g.node(`${name}_sin`, 'Mul', [swapped, sin])
    return g.node(name, 'Add', [g.node(`${name}_cos`, 'Mul', [from, cos]), turned])
  }

  const perHead = (name: 'q' | 'k', heads: Value): Value =>
    config.qkNorm ? norm(`${name}_normed`, heads, `${name}_norm`) : heads
  const q = rotate('q_rot', perHead('q', headsFirst('q_heads', linear('q', x, 'q_proj'), heads)))
  const k = rotate('k_rot', perHead('k', headsFirst('k_heads', linear('k', x, 'k_proj'), kvHeads)))
  const v = headsFirst('v_heads', linear('v', x, 'v_proj'), kvHeads)

  const perKv = g.node('q_groups', 'Reshape', [q, g.integers('q_groups_shape', [kvHeads, -1, headDim])])
  const kT = g.node('k_transposed', 'Transpose', [k], { perm: [0, 2, 1] })
  const scores = softCappedScores(g, config, g.node('scores', 'MatMul', [perKv, kT]))
  // A 0 in a shape keeps the length at that place, here the keys' T.
  const byHead = g.node('scores_by_head', 'Reshape', [scores, g.integers('by_head_shape', [heads, -1, 0])])
  const masked = g.node('masked', 'Add', [byHead, mask])
  const pattern = g.node('pattern', 'Softmax', [masked], { axis: int(-1) })
  const grouped = g.node('pattern_groups', 'Reshape', [pattern, g.integers('groups_shape', [kvHeads, -1, 0])])
  const mixed = g.node('mixed', 'MatMul', [grouped, v])
  const zHeads = g.node('z_heads', 'Reshape', [mixed, g.integers('z_shape', [heads, -1, headDim])])
  const zByToken = g.node('z_by_token', 'Transpose', [zHeads], { perm: [1, 0, 2] })
  g.node('attn.hook_z', 'Reshape', [zByToken, g.integers('z_flat', [0, heads * headDim])])
}

/** s / √queryPreAttnScalar, then c · tanh(· / c) where the model caps its scores. */
function softCappedScores(g: OnnxBuilder, config: GemmaConfig, scores: Value): Value {
  const scale = 1 / Math.sqrt(config.queryPreAttnScalar)
  const cap = config.attnLogitSoftcapping
  const scalar = (name: string, value: number): Value => g.constant(name, [], new Float32Array([value]))
  if (cap === undefined) return g.node('scaled', 'Mul', [scores, scalar('scale', scale)])
  const inner = g.node('scaled', 'Mul', [scores, scalar('scale_over_cap', scale / cap)])
  return g.node('capped', 'Mul', [g.node('squashed', 'Tanh', [inner]), scalar('cap', cap)])
}
