// Gemma 2 and 3 in plain float64 loops, token by token and head by head, written from the paper to be obviously right;
// and small random checkpoints with awkward dimensions to compare it on.
import type { ArrayEntry, ArrayFile } from '../../src/formats/array.ts'
import { floatEntry } from './float-entry.ts'

export type Matrix = number[][]

/** What the reference reads of config.json. */
export interface ReferenceConfig {
  architectures: string[]
  vocab_size: number
  hidden_size: number
  num_hidden_layers: number
  num_attention_heads: number
  num_key_value_heads: number
  head_dim: number
  intermediate_size: number
  rms_norm_eps: number
  rope_theta: number
  /** Gemma 3: θ of the sliding layers. */
  rope_local_base_freq?: number
  /** Gemma 3: every so many layers one is global. */
  sliding_window_pattern?: number
  query_pre_attn_scalar: number
  attn_logit_softcapping: number | null
  final_logit_softcapping: number | null
  sliding_window: number
  max_position_embeddings: number
}

/** Dimensions that differ wherever they may: heads × head_dim ≠ hidden, scalar ≠ head_dim, window < text. */
export const AWKWARD: ReferenceConfig = {
  architectures: ['Gemma2ForCausalLM'],
  vocab_size: 53,
  hidden_size: 20,
  num_hidden_layers: 3,
  num_attention_heads: 6,
  num_key_value_heads: 2,
  head_dim: 10,
  intermediate_size: 28,
  rms_norm_eps: 1e-6,
  rope_theta: 10_000,
  query_pre_attn_scalar: 7,
  attn_logit_softcapping: 5,
  final_logit_softcapping: 30,
  sliding_window: 4,
  max_position_embeddings: 64,
}

/** What makes a Gemma 3 of it: the third layer is global. */
export const AWKWARD_3: ReferenceConfig = {
  ...AWKWARD,
  architectures: ['Gemma3ForCausalLM'],
  rope_theta: 300,
  rope_local_base_freq: 20,
  sliding_window_pattern: 3,
  attn_logit_softcapping: null,
  final_logit_softcapping: null,
}

/** A checkpoint of seeded normal numbers, large enough that every part of the model matters. */
export function randomWeights(config: ReferenceConfig, seed = 1): ArrayFile {
  const normal = seededNormal(seed)
  return arrayFile(
    tensors(config).map(([name, shape, sd]) => {
      const values = new Float32Array(shape.reduce((a, b) => a * b, 1)).map(() => sd * normal())
      return [name, shape, values]
    }),
  )
}

/** Names, shapes and standard deviations of every tensor of a checkpoint. */
export function tensors(config: ReferenceConfig): [string, number[], number][] {
  const { hidden_size: d, intermediate_size: ff, head_dim: hd } = config
  const heads = config.num_attention_heads * hd
  const kv = config.num_key_value_heads * hd
  const shapes: [string, number[], number][] = [['model.embed_tokens.weight', [config.vocab_size, d], 0.5]]
  for (let layer = 0; layer < config.num_hidden_layers; layer += 1) {
    const at = (name: string) => `model.layers.${layer}.${name}.weight`
    for (const norm of ['input', 'post_attention', 'pre_feedforward', 'post_feedforward']) {
      shapes.push([at(`${norm}_layernorm`), [d], 0.3])
    }
    if (isGemma3(config)) {
      shapes.push([at('self_attn.q_norm'), [hd], 0.4], [at('self_attn.k_norm'), [hd], 0.4])
    }
    // Queries and keys large, so that scores reach the soft-cap.
    shapes.push([at('self_attn.q_proj'), [heads, d], 0.5], [at('self_attn.k_proj'), [kv, d], 0.5])
    shapes.push([at('self_attn.v_proj'), [kv, d], 0.3], [at('self_attn.o_proj'), [d, heads], 0.3])
    shapes.push([at('mlp.gate_proj'), [ff, d], 0.3], [at('mlp.up_proj'), [ff, d], 0.3])
    shapes.push([at('mlp.down_proj'), [d, ff], 0.3])
  }
  return shapes
}

function isGemma3({ architectures }: ReferenceConfig): boolean {
  return architectures.includes('Gemma3ForCausalLM')
}

/** An ArrayFile over numbers in memory. `onRead` sees the name of every array read. */
export function arrayFile(
  arrays: [string, number[], Float32Array<ArrayBuffer>][],
  onRead?: (name: string) => void,
): ArrayFile {
  return new Map(
    arrays.map(([name, shape, values]): [string, ArrayEntry] => [
      name,
      floatEntry(name, shape, async (first, count) => {
        onRead?.(name)
        return values.slice(first, first + count)
      }),
    ]),
  )
}

/** Every hook of every layer for `ids`, by TransformerLens' names. */
export async function referenceForward(
  config: ReferenceConfig,
  weights: ArrayFile,
  ids: readonly number[],
): Promise<Map<string, Matrix>> {
  const hooks = new Map<string, Matrix>()
  const matrix = (name: string) => readMatrix(weights, `${name}.weight`)
  const embedding = await matrix('model.embed_tokens')
  let x = ids.map((id) => embedding[id].map((value) => value * Math.sqrt(config.hidden_size)))
  for (let layer = 0; layer < config.num_hidden_layers; layer += 1) {
    const at = `model.layers.${layer}.`
    const norm = async (rows: Matrix, name: string) => {
      const [w] = await matrix(`${at}${name}_layernorm`)
      return rows.map((row) => rms(row, config.rms_norm_eps).map((value, i) => value * (1 + w[i])))
    }
    const project = async (rows: Matrix, name: string) => times(rows, await matrix(`${at}${name}_proj`))
    const normed = await norm(x, 'input')
    const heads = async (name: 'q' | 'k') => {
      const rows = await project(normed, `self_attn.${name}`)
      if (!isGemma3(config)) return rows
      const [w] = await matrix(`${at}self_attn.${name}_norm`)
      return rows.map((row) => normHeads(row, w, config.rms_norm_eps))
    }
    const kind = kindOf(config, layer)
    const z = attention(
      config,
      kind,
      await heads('q'),
      await heads('k'),
      await project(normed, 'self_attn.v'),
    )
    const h = add(x, await norm(await project(z, 'self_attn.o'), 'post_attention'))
    const mlpIn = await norm(h, 'pre_feedforward')
    const up = await project(mlpIn, 'mlp.up')
    const gated = (await project(mlpIn, 'mlp.gate')).map((row, t) => row.map((g, i) => gelu(g) * up[t][i]))
    const mlpOut = await norm(await project(gated, 'mlp.down'), 'post_feedforward')
    x = add(h, mlpOut)
    hooks.set(`blocks.${layer}.attn.hook_z`, z)
    hooks.set(
      `blocks.${layer}.ln2.hook_normalized`,
      h.map((row) => rms(row, config.rms_norm_eps)),
    )
    hooks.set(`blocks.${layer}.hook_mlp_out`, mlpOut)
    hooks.set(`blocks.${layer}.hook_resid_post`, x)
  }
  return hooks
}

/** How far back a layer sees, and the base of its rotary embedding. */
interface LayerKind {
  window: number
  theta: number
}

/** Gemma 2: even layers slide. Gemma 3: all but every sixth (or so) slide, with a base of their own. */
function kindOf(config: ReferenceConfig, layer: number): LayerKind {
  const { rope_theta, rope_local_base_freq = rope_theta, sliding_window_pattern: pattern } = config
  const slides = pattern ? layer % pattern !== pattern - 1 : layer % 2 === 0
  if (!slides) return { window: Number.POSITIVE_INFINITY, theta: rope_theta }
  return { window: config.sliding_window, theta: rope_local_base_freq }
}

/** Each head of a row RMS-normalised by itself, with the gains 1 + w. */
function normHeads(row: readonly number[], w: readonly number[], eps: number): number[] {
  const heads = Array.from({ length: row.length / w.length }, (_, h) =>
    row.slice(h * w.length, (h + 1) * w.length),
  )
  return heads.flatMap((head) => rms(head, eps).map((value, i) => value * (1 + w[i])))
}

function attention(
  config: ReferenceConfig,
  { window, theta }: LayerKind,
  q: Matrix,
  k: Matrix,
  v: Matrix,
): Matrix {
  const { head_dim: hd, num_attention_heads: heads, num_key_value_heads: kvHeads } = config
  const cap = config.attn_logit_softcapping
  const head = (row: readonly number[], index: number) => row.slice(index * hd, (index + 1) * hd)
  return q.map((queries, t) =>
    Array.from({ length: heads }, (_, h) => {
      const kv = Math.floor(h / (heads / kvHeads))
      const query = rotate(head(queries, h), t, theta)
      const seen = k.map((_, s) => s).filter((s) => s <= t && t - s < window)
      const scores = seen.map((s) => {
        const key = rotate(head(k[s], kv), s, theta)
        const score = dot(query, key) / Math.sqrt(config.query_pre_attn_scalar)
        return cap === null ? score : cap * Math.tanh(score / cap)
      })
      const highest = Math.max(...scores)
      const exps = scores.map((score) => Math.exp(score - highest))
      const total = exps.reduce((a, b) => a + b, 0)
      return Array.from({ length: hd }, (_, i) =>
        seen.reduce((sum, s, n) => sum + (exps[n] / total) * head(v[s], kv)[i], 0),
      )
    }).flat(),
  )
}

/** Half-split rotary embedding: element i turns with element i + half. */
function rotate(x: readonly number[], position: number, theta: number): number[] {
  const half = x.length / 2
  return x.map((value, i) => {
    const angle = position * theta ** (-(2 * (i % half)) / x.length)
    const partner = i < half ? -x[i + half] : x[i - half]
    return value * Math.cos(angle) + partner * Math.sin(angle)
  })
}

function rms(row: readonly number[], eps: number): number[] {
  const scale = 1 / Math.sqrt(dot(row, row) / row.length + eps)
  return row.map((value) => value * scale)
}

function gelu(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
}

/** rows · matrixᵀ, the matrix being [out, in]. */
function times(rows: Matrix, matrix: Matrix): Matrix {
  return rows.map((row) => matrix.map((out) => dot(row, out)))
}

function add(a: Matrix, b: Matrix): Matrix {
  return a.map((row, t) => row.map((value, i) => value + b[t][i]))
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0)
}

async function readMatrix(weights: ArrayFile, name: string): Promise<Matrix> {
  const entry = weights.get(name)
  if (!entry) throw new Error(`no array "${name}"`)
  const width = entry.shape[entry.shape.length - 1]
  const rows = entry.shape.length === 1 ? 1 : entry.shape[0]
  const values = await entry.readFloat32(0, rows * width)
  return Array.from({ length: rows }, (_, r) => [...values.subarray(r * width, (r + 1) * width)])
}

/** Mulberry32 through Box–Muller. */
export function seededNormal(seed: number): () => number {
  let state = seed
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
}
