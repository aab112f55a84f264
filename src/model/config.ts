// Gemma's config.json, checked and in our own words: everything the graph, the tables and the lens depend on.
import * as v from 'valibot'
import { UserError } from '../lib/errors.ts'
import type { HookSite } from '../lib/hook.ts'

type Architecture = 'gemma2' | 'gemma3'

/** Everything that decides what the model computes. Architectures differ by fields, not by branches on their name. */
export interface GemmaConfig {
  architecture: Architecture
  vocabSize: number
  hiddenSize: number
  numHiddenLayers: number
  numAttentionHeads: number
  /** Divides numAttentionHeads; query head h reads key/value head floor(h / (heads / kv heads)). */
  numKeyValueHeads: number
  /** numAttentionHeads × headDim need not equal hiddenSize. */
  headDim: number
  intermediateSize: number
  rmsNormEps: number
  /** Scores are divided by √queryPreAttnScalar, which need not equal headDim. */
  queryPreAttnScalar: number
  /** Scores s become c·tanh(s / c); undefined where the model has no such cap. */
  attnLogitSoftcapping: number | undefined
  finalLogitSoftcapping: number | undefined
  /** Whether each head's queries and keys are RMS-normalised, with gains q_norm and k_norm, before they are turned. */
  qkNorm: boolean
  /** A sliding layer's query q sees the keys k ≤ q with q − k < slidingWindow. */
  slidingWindow: number
  maxPositionEmbeddings: number
  bosTokenId: number
  /** One entry a layer. */
  layers: readonly GemmaLayer[]
}

interface GemmaLayer {
  attention: 'sliding' | 'global'
  /** θ of the rotary embedding. */
  ropeTheta: number
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0))
const index = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

const NO_SCALING = 'asks for rope scaling, which is not computed here'
const ropeParameters = v.object({
  rope_theta: v.optional(positive),
  rope_type: v.optional(v.literal('default', NO_SCALING)),
})

/** Defaults are those transformers gives a field that config.json leaves out. */
const shared = {
  vocab_size: count,
  hidden_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count,
  head_dim: v.pipe(count, v.multipleOf(2, 'is odd; rotary embedding turns pairs')),
  intermediate_size: count,
  rms_norm_eps: v.optional(positive, 1e-6),
  rope_scaling: v.optional(v.null(NO_SCALING)),
  hidden_activation: v.nullish(v.literal('gelu_pytorch_tanh')),
  query_pre_attn_scalar: positive,
  attn_logit_softcapping: v.nullish(positive),
  final_logit_softcapping: v.nullish(positive),
  sliding_window: v.optional(count, 4096),
  bos_token_id: v.optional(index, 2),
  attention_bias: v.optional(v.literal(false, 'asks for attention biases, which are not computed here')),
  tie_word_embeddings: v.optional(
    v.literal(true, 'asks for an untied output matrix, which is not read here'),
  ),
  layer_types: v.nullish(v.array(v.picklist(['sliding_attention', 'full_attention']))),
}

const Gemma2 = v.object({
  ...shared,
  rope_theta: v.optional(positive, 10_000),
  rope_parameters: v.optional(ropeParameters),
  max_position_embeddings: v.optional(count, 8192),
})

const Gemma3 = v.object({
  ...shared,
  /** θ of the global layers; that of the sliding ones is `rope_local_base_freq`. */
  rope_theta: v.optional(positive, 1_000_000),
  rope_local_base_freq: v.optional(positive, 10_000),
  rope_parameters: v.optional(
    v.object({
      full_attention: v.optional(ropeParameters),
      sliding_attention: v.optional(ropeParameters),
    }),
  ),
  /** Every so many layers one is global; newer files write the name with an underscore. */
  sliding_window_pattern: v.optional(count),
  _sliding_window_pattern: v.optional(count),
  max_position_embeddings: v.optional(count, 131_072),
  use_bidirectional_attention: v.nullish(
    v.literal(false, 'asks for attention to later tokens, which is not computed here'),
  ),
})

const ARCHITECTURES: ReadonlyMap<string, Architecture> = new Map([
  ['Gemma2ForCausalLM', 'gemma2'],
  ['gemma2', 'gemma2'],
  ['Gemma3ForCausalLM', 'gemma3'],
  ['gemma3_text', 'gemma3'],
])

/**
 * Reads Hugging Face's config.json of a `Gemma2ForCausalLM` or a `Gemma3ForCausalLM`. Throws UserError naming the
 * field that is wrong.
 */
export function parseGemmaConfig(json: unknown): GemmaConfig {
  const header = v.safeParse(
    v.object({ architectures: v.optional(v.array(v.string())), model_type: v.optional(v.string()) }),
    json,
  )
  if (!header.success) throw unreadable('It is not a JSON object with "architectures" and "model_type".')
  const { architectures = [], model_type: type } = header.output
  const named = architectures.length > 0 ? architectures : type ? [type] : []
  const architecture = named.map((name) => ARCHITECTURES.get(name)).find((known) => known !== undefined)
  if (!architecture) throw otherModel(named)
  return architecture === 'gemma2' ? parseGemma2(json) : parseGemma3(json)
}

/** Even layers slide and odd ones are global. */
function parseGemma2(json: unknown): GemmaConfig {
  const c = checked(v.safeParse(Gemma2, json))
  const ropeTheta = c.rope_parameters?.rope_theta ?? c.rope_theta
  return toConfig('gemma2', c, {
    slides: (layer) => layer % 2 === 0,
    ropeTheta: () => ropeTheta,
  })
}

/** The last of every six layers is global, with a θ of its own. */
function parseGemma3(json: unknown): GemmaConfig {
  const c = checked(v.safeParse(Gemma3, json))
  const pattern = c.sliding_window_pattern ?? c._sliding_window_pattern ?? 6
  const { full_attention: full, sliding_attention: sliding } = c.rope_parameters ?? {}
  const theta = {
    global: full?.rope_theta ?? c.rope_theta,
    sliding: sliding?.rope_theta ?? c.rope_local_base_freq,
  }
  return toConfig('gemma3', c, {
    slides: (layer) => (layer + 1) % pattern !== 0,
    ropeTheta: (attention) => theta[attention],
  })
}

interface LayerRules {
  /** Used where the file does not list its layers. */
  slides: (layer: number) => boolean
  ropeTheta: (attention: GemmaLayer['attention']) => number
}

function toConfig(
  architecture: Architecture,
  c: v.InferOutput<typeof Gemma2> | v.InferOutput<typeof Gemma3>,
  { slides, ropeTheta }: LayerRules,
): GemmaConfig {
  if (c.num_attention_heads % c.num_key_value_heads !== 0) {
    throw unreadable(
      `${c.num_attention_heads} attention heads cannot be shared by ${c.num_key_value_heads} key/value heads.`,
    )
  }
  const types = c.layer_types
  if (types && types.length !== c.num_hidden_layers) {
    throw unreadable(`"layer_types" has ${types.length} entries for ${c.num_hidden_layers} layers.`)
  }
  return {
    architecture,
    vocabSize: c.vocab_size,
    hiddenSize: c.hidden_size,
    numHiddenLayers: c.num_hidden_layers,
    numAttentionHeads: c.num_attention_heads,
    numKeyValueHeads: c.num_key_value_heads,
    headDim: c.head_dim,
    intermediateSize: c.intermediate_size,
    rmsNormEps: c.rms_norm_eps,
    queryPreAttnScalar: c.query_pre_attn_scalar,
    attnLogitSoftcapping: c.attn_logit_softcapping ?? undefined,
    finalLogitSoftcapping: c.final_logit_softcapping ?? undefined,
    qkNorm: architecture === 'gemma3',
    slidingWindow: c.sliding_window,
    maxPositionEmbeddings: c.max_position_embeddings,
    bosTokenId: c.bos_token_id,
    layers: Array.from({ length: c.num_hidden_layers }, (_, layer): GemmaLayer => {
      const sliding = types ? types[layer] === 'sliding_attention' : slides(layer)
      const attention = sliding ? 'sliding' : 'global'
      return { attention, ropeTheta: ropeTheta(attention) }
    }),
  }
}

/** Width of the activations at a site. */
export function hookWidth(config: GemmaConfig, site: HookSite): number {
  return site === 'attn.hook_z' ? config.numAttentionHeads * config.headDim : config.hiddenSize
}

function checked<T>(parsed: { success: true; output: T } | Unparsed): T {
  if (parsed.success) return parsed.output
  throw unreadable(parsed.issues.map(describeIssue).join(' '))
}

interface Unparsed {
  success: false
  issues: readonly v.BaseIssue<unknown>[]
}

function otherModel(named: readonly string[]): UserError {
  const isLargeGemma3 = named.includes('Gemma3ForConditionalGeneration')
  return new UserError({
    title: 'This model is not one that runs here.',
    detail: isLargeGemma3
      ? 'config.json describes Gemma3ForConditionalGeneration: Gemma 3 from 4B up reads pictures and stretches its positions (linear rope scaling), which is not computed here.'
      : `config.json describes ${named.join(', ') || 'no architecture'}; Gemma2ForCausalLM and Gemma3ForCausalLM run here.`,
    remedy: isLargeGemma3
      ? 'Open a Gemma 3 270M or 1B, or a Gemma 2.'
      : 'Open a Gemma 2 or Gemma 3 checkpoint, such as unsloth/gemma-2-2b.',
  })
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  const field = issue.path?.map(({ key }) => String(key)).join('.')
  return field ? `"${field}": ${issue.message}.` : `${issue.message}.`
}

function unreadable(detail: string): UserError {
  return new UserError({
    title: 'config.json cannot be used.',
    detail,
    remedy: "Take config.json as it is published beside the model's weights.",
  })
}
