// What is taken from config.json, and what is refused with words a person can act on.
import { expect, test } from 'vitest'
import { UserError } from '../../src/lib/errors.ts'
import { hookWidth, parseGemmaConfig } from '../../src/model/config.ts'
import { AWKWARD, AWKWARD_3 } from '../support/gemma-reference.ts'

/** config.json of google/gemma-2-2b, as published. */
const GEMMA_2_2B = {
  architectures: ['Gemma2ForCausalLM'],
  attention_bias: false,
  attention_dropout: 0.0,
  attn_logit_softcapping: 50.0,
  bos_token_id: 2,
  cache_implementation: 'hybrid',
  eos_token_id: 1,
  final_logit_softcapping: 30.0,
  head_dim: 256,
  hidden_act: 'gelu_pytorch_tanh',
  hidden_activation: 'gelu_pytorch_tanh',
  hidden_size: 2304,
  initializer_range: 0.02,
  intermediate_size: 9216,
  max_position_embeddings: 8192,
  model_type: 'gemma2',
  num_attention_heads: 8,
  num_hidden_layers: 26,
  num_key_value_heads: 4,
  pad_token_id: 0,
  query_pre_attn_scalar: 256,
  rms_norm_eps: 1e-6,
  rope_theta: 10000.0,
  sliding_window: 4096,
  torch_dtype: 'float32',
  use_cache: true,
  vocab_size: 256000,
}

test('reads the config of Gemma 2 2B', () => {
  const config = parseGemmaConfig(GEMMA_2_2B)
  expect(config).toMatchObject({
    numHiddenLayers: 26,
    hiddenSize: 2304,
    numKeyValueHeads: 4,
    queryPreAttnScalar: 256,
    attnLogitSoftcapping: 50,
    slidingWindow: 4096,
    vocabSize: 256_000,
  })
  expect(hookWidth(config, 'attn.hook_z')).toBe(2048)
  expect(hookWidth(config, 'hook_resid_post')).toBe(2304)
})

/** What config.json of google/gemma-3-270m has, as published. */
const GEMMA_3_270M = {
  _sliding_window_pattern: 6,
  architectures: ['Gemma3ForCausalLM'],
  attention_bias: false,
  attn_logit_softcapping: null,
  bos_token_id: 2,
  final_logit_softcapping: null,
  head_dim: 256,
  hidden_activation: 'gelu_pytorch_tanh',
  hidden_size: 640,
  intermediate_size: 2048,
  layer_types: Array.from({ length: 18 }, (_, i) => (i % 6 === 5 ? 'full_attention' : 'sliding_attention')),
  max_position_embeddings: 32_768,
  model_type: 'gemma3_text',
  num_attention_heads: 4,
  num_hidden_layers: 18,
  num_key_value_heads: 1,
  query_pre_attn_scalar: 256,
  rms_norm_eps: 1e-6,
  rope_local_base_freq: 10_000,
  rope_scaling: null,
  rope_theta: 1_000_000,
  sliding_window: 512,
  use_bidirectional_attention: false,
  vocab_size: 262_144,
}

/** Layers, hidden size, heads, key heads, head_dim, intermediate size and scalar as published. */
const SIZES = [
  ['Gemma 2 9B', GEMMA_2_2B, [42, 3584, 16, 8, 256, 14_336, 256], 4096],
  ['Gemma 2 27B', GEMMA_2_2B, [46, 4608, 32, 16, 128, 36_864, 144], 4096],
  ['Gemma 3 1B', { ...GEMMA_3_270M, layer_types: undefined }, [26, 1152, 4, 1, 256, 6912, 256], 1024],
] as const

test.each(SIZES)('reads the config of %s', (_, base, sizes, zWidth) => {
  const [layers, hidden, heads, kvHeads, headDim, intermediate, scalar] = sizes
  const config = parseGemmaConfig({
    ...base,
    num_hidden_layers: layers,
    hidden_size: hidden,
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
    head_dim: headDim,
    intermediate_size: intermediate,
    query_pre_attn_scalar: scalar,
  })
  expect([config.numHiddenLayers, config.hiddenSize, config.numAttentionHeads]).toEqual([
    layers,
    hidden,
    heads,
  ])
  expect([config.numKeyValueHeads, config.headDim, config.intermediateSize]).toEqual([
    kvHeads,
    headDim,
    intermediate,
  ])
  expect(config.queryPreAttnScalar).toBe(scalar)
  expect(config.layers).toHaveLength(layers)
  expect(hookWidth(config, 'attn.hook_z')).toBe(zWidth)
})

test('reads the config of Gemma 3 270M: no soft-caps, normed heads, one layer in six global with a θ of its own', () => {
  const config = parseGemmaConfig(GEMMA_3_270M)
  expect(config).toMatchObject({
    architecture: 'gemma3',
    attnLogitSoftcapping: undefined,
    finalLogitSoftcapping: undefined,
    qkNorm: true,
    slidingWindow: 512,
  })
  const [sliding, global] = [
    { attention: 'sliding', ropeTheta: 10_000 },
    { attention: 'global', ropeTheta: 1_000_000 },
  ]
  expect(config.layers.slice(0, 7)).toEqual([...Array(5).fill(sliding), global, sliding])
  expect(config.layers.flatMap(({ attention }, layer) => (attention === 'global' ? layer : []))).toEqual([
    5, 11, 17,
  ])
  expect(parseGemmaConfig(GEMMA_2_2B)).toMatchObject({ architecture: 'gemma2', qkNorm: false })
})

test.each([
  ['sliding_window_pattern', { sliding_window_pattern: 6, _sliding_window_pattern: undefined }],
  ['_sliding_window_pattern', {}],
  ['neither', { _sliding_window_pattern: undefined }],
])('a Gemma 3 that lists no layers has its global ones by %s', (_, change) => {
  const listed = parseGemmaConfig(GEMMA_3_270M)
  expect(parseGemmaConfig({ ...GEMMA_3_270M, layer_types: undefined, ...change })).toEqual(listed)
})

test('newer Gemma 3 configs keep θ by kind of layer in rope_parameters', () => {
  const rope_parameters = {
    full_attention: { rope_theta: 500, rope_type: 'default' },
    sliding_attention: { rope_theta: 50, rope_type: 'default' },
  }
  const json = { ...GEMMA_3_270M, rope_theta: undefined, rope_local_base_freq: undefined, rope_parameters }
  const { layers } = parseGemmaConfig(json)
  expect([layers[4].ropeTheta, layers[5].ropeTheta]).toEqual([50, 500])
})

test('even layers slide and odd layers are global, unless the config lists its layers', () => {
  const kinds = (json: unknown) => parseGemmaConfig(json).layers.map(({ attention }) => attention)
  expect(kinds(AWKWARD)).toEqual(['sliding', 'global', 'sliding'])
  const layer_types = ['full_attention', 'full_attention', 'sliding_attention']
  expect(kinds({ ...AWKWARD, layer_types })).toEqual(['global', 'global', 'sliding'])
})

test('newer configs keep θ in rope_parameters', () => {
  const json = {
    ...AWKWARD,
    rope_theta: undefined,
    rope_parameters: { rope_theta: 500, rope_type: 'default' },
  }
  expect(parseGemmaConfig(json).layers[0].ropeTheta).toBe(500)
})

test.each([
  ['another architecture', { architectures: ['LlamaForCausalLM'] }, 'LlamaForCausalLM'],
  [
    'a Gemma 3 that reads pictures',
    { architectures: ['Gemma3ForConditionalGeneration'], model_type: 'gemma3' },
    'from 4B up reads pictures and stretches its positions (linear rope scaling)',
  ],
  [
    'a Gemma 3 with stretched positions',
    { ...AWKWARD_3, rope_scaling: { factor: 8, rope_type: 'linear' } },
    '"rope_scaling": asks for rope scaling',
  ],
  [
    'stretched positions as newer files write them',
    {
      ...AWKWARD_3,
      rope_parameters: { full_attention: { rope_theta: 1e6, rope_type: 'linear', factor: 8 } },
    },
    '"rope_parameters.full_attention.rope_type": asks for rope scaling',
  ],
  [
    'a Gemma 3 that sees later tokens',
    { ...AWKWARD_3, use_bidirectional_attention: true },
    '"use_bidirectional_attention"',
  ],
  ['a missing field', { head_dim: undefined }, '"head_dim"'],
  ['a field of another type', { hidden_size: '20' }, '"hidden_size"'],
  ['a negative size', { intermediate_size: -1 }, '"intermediate_size"'],
  ['an odd head_dim', { head_dim: 9 }, '"head_dim": is odd'],
  ['heads that cannot be shared', { num_key_value_heads: 4 }, '6 attention heads cannot be shared by 4'],
  ['too few layer types', { layer_types: ['full_attention'] }, '"layer_types" has 1 entries for 3 layers'],
  ['rope scaling', { rope_scaling: { type: 'linear', factor: 2 } }, '"rope_scaling"'],
  ['another activation', { hidden_activation: 'relu' }, '"hidden_activation"'],
  ['untied embeddings', { tie_word_embeddings: false }, '"tie_word_embeddings"'],
  ['attention biases', { attention_bias: true }, '"attention_bias"'],
])('refuses %s, naming it', (_, change, named) => {
  const parse = () => parseGemmaConfig({ ...AWKWARD, ...change })
  expect(parse).toThrow(UserError)
  expect(parse).toThrow(named)
})

test.each([[null], ['text'], [[]], [{}], [{ architectures: 3 }]])('refuses %j', (json) => {
  expect(() => parseGemmaConfig(json)).toThrow(UserError)
})
