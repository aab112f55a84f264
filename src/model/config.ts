// Gemma's config.json, checked and in our own words: everything the graph, the tables and the lens depend on.
import * as v from 'valibot'
import { UserError } from '../lib/errors.ts'
import type { HookSite } from '../lib/hook.ts'

/** Everything that decides what the model computes. Architectures to come add fields, not branches by name. */
export interface GemmaConfig {
  architecture: 'gemma2'
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

/** Defaults are those transformers gives a field that config.json leaves out. */
const Gemma2 = v.object({
  vocab_size: count,
  hidden_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count,
  head_dim: v.pipe(count, v.multipleOf(2, 'is odd; rotary embedding turns pairs')),
  intermediate_size: count,
  rms_norm_eps: v.optional(positive, 1e-6),
  rope_theta: v.optional(positive, 10_000),
  rope_scaling: v.optional(v.null('asks for rope scaling, which Gemma 2 does not have')),
  rope_parameters: v.optional(
    v.object({
      rope_theta: v.optional(positive),
      rope_type: v.optional(v.literal('default', 'asks for rope scaling, which Gemma 2 does not have')),
    }),
  ),
  hidden_activation: v.nullish(v.literal('gelu_pytorch_tanh')),
  query_pre_attn_scalar: positive,
  attn_logit_softcapping: v.nullish(positive),
  final_logit_softcapping: v.nullish(positive),
  sliding_window: v.optional(count, 4096),
  max_position_embeddings: v.optional(count, 8192),
  bos_token_id: v.optional(index, 2),
  attention_bias: v.optional(v.literal(false, 'asks for attention biases, which Gemma 2 does not have')),
  tie_word_embeddings: v.optional(
    v.literal(true, 'asks for an untied output matrix, which is not read here'),
  ),
  layer_types: v.nullish(v.array(v.picklist(['sliding_attention', 'full_attention']))),
})

/** Reads Hugging Face's config.json of a `Gemma2ForCausalLM`. Throws UserError naming the field that is wrong. */
export function parseGemmaConfig(json: unknown): GemmaConfig {
  const header = v.safeParse(
    v.object({ architectures: v.optional(v.array(v.string())), model_type: v.optional(v.string()) }),
    json,
  )
  if (!header.success) throw unreadable('It is not a JSON object with "architectures" and "model_type".')
  const { architectures = [], model_type: type } = header.output
  const isGemma2 = architectures.length > 0 ? architectures.includes('Gemma2ForCausalLM') : type === 'gemma2'
  if (!isGemma2) {
    throw new UserError({
      title: 'This model is not a Gemma 2.',
      detail: `config.json describes ${architectures.join(', ') || type || 'no architecture'}; only Gemma2ForCausalLM runs here.`,
      remedy: 'Open a Gemma 2 checkpoint, such as unsloth/gemma-2-2b.',
    })
  }
  const parsed = v.safeParse(Gemma2, json)
  if (!parsed.success) throw unreadable(parsed.issues.map(describeIssue).join(' '))
  return toConfig(parsed.output)
}

function toConfig(c: v.InferOutput<typeof Gemma2>): GemmaConfig {
  if (c.num_attention_heads % c.num_key_value_heads !== 0) {
    throw unreadable(
      `${c.num_attention_heads} attention heads cannot be shared by ${c.num_key_value_heads} key/value heads.`,
    )
  }
  if (c.layer_types && c.layer_types.length !== c.num_hidden_layers) {
    throw unreadable(`"layer_types" has ${c.layer_types.length} entries for ${c.num_hidden_layers} layers.`)
  }
  const ropeTheta = c.rope_parameters?.rope_theta ?? c.rope_theta
  return {
    architecture: 'gemma2',
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
    slidingWindow: c.sliding_window,
    maxPositionEmbeddings: c.max_position_embeddings,
    bosTokenId: c.bos_token_id,
    layers: Array.from({ length: c.num_hidden_layers }, (_, layer) => {
      const sliding = c.layer_types ? c.layer_types[layer] === 'sliding_attention' : layer % 2 === 0
      return { attention: sliding ? 'sliding' : 'global', ropeTheta }
    }),
  }
}

/** Width of the activations at a site. */
export function hookWidth(config: GemmaConfig, site: HookSite): number {
  return site === 'attn.hook_z' ? config.numAttentionHeads * config.headDim : config.hiddenSize
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
