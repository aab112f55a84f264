// What is taken from config.json, and what is refused with words a person can act on.
import { expect, test } from 'vitest'
import { UserError } from '../../src/lib/errors.ts'
import { hookWidth, parseGemmaConfig } from '../../src/model/config.ts'
import { AWKWARD } from '../support/gemma-reference.ts'

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
  ['a Gemma 3', { architectures: ['Gemma3ForCausalLM'], model_type: 'gemma3_text' }, 'Gemma3ForCausalLM'],
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
