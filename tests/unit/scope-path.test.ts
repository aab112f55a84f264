import { expect, test } from 'vitest'
import { scopePlace } from '../../src/engine/scope-path.ts'

test.for([
  [
    'google/gemma-scope-2b-pt-res/layer_20/width_16k/average_l0_71/params.npz',
    'gemma-2-2b',
    'res',
    20,
    'hook_resid_post',
    'hook_resid_post',
  ],
  [
    'google/gemma-scope-9b-it-res/layer_9/width_131k/average_l0_121',
    'gemma-2-9b-it',
    'res',
    9,
    'hook_resid_post',
    'hook_resid_post',
  ],
  [
    'https://huggingface.co/google/gemma-scope-9b-pt-att/resolve/main/layer_0/width_16k/average_l0_18/params.npz',
    'gemma-2-9b',
    'att',
    0,
    'attn.hook_z',
    'attn.hook_z',
  ],
  [
    '/home/me/gemma-scope-2b-pt-mlp/layer_4/width_16k/average_l0_85/params.npz',
    'gemma-2-2b',
    'mlp',
    4,
    'hook_mlp_out',
    'hook_mlp_out',
  ],
  [
    'hf:google/gemma-scope-2b-pt-transcoders/layer_3/width_16k/average_l0_54/params.npz',
    'gemma-2-2b',
    'transcoder',
    3,
    'ln2.hook_normalized',
    'hook_mlp_out',
  ],
] as const)('%s', ([path, model, site, layer, hookIn, hookOut]) => {
  expect(scopePlace(path)).toEqual({
    ...{ model, site, layer },
    hookIn: `blocks.${layer}.${hookIn}`,
    hookOut: `blocks.${layer}.${hookOut}`,
  })
})

test('SAEs of the embedding are no hook of a block', () => {
  expect(scopePlace('google/gemma-scope-2b-pt-res/embedding/width_4k/average_l0_6/params.npz')).toEqual({
    ...{ model: 'gemma-2-2b', site: 'embedding', layer: undefined, hookIn: undefined, hookOut: undefined },
  })
})

test('Gemma Scope 2 tells model, site and layer; its configuration tells the hooks', () => {
  const place = (folder: string) => scopePlace(`google/gemma-scope-2-270m-pt/${folder}/params.safetensors`)
  expect(place('resid_post/layer_9_width_16k_l0_medium')).toMatchObject({
    model: 'gemma-3-270m',
    site: 'res',
    layer: 9,
  })
  expect(place('attn_out_all/layer_12_width_16k_l0_big')).toMatchObject({ site: 'att', layer: 12 })
  expect(place('transcoder_all/layer_5_width_262k_l0_small_affine')).toMatchObject({
    site: 'transcoder',
    layer: 5,
  })
})

test.for([
  'params.npz',
  'google/gemma-scope-2b-pt-res/params.npz',
  'someone/other-2b-pt-res/layer_3/width_16k/average_l0_5/params.npz',
  'google/gemma-scope-3b-pt-res/layer_3/width_16k/average_l0_5/params.npz',
  'google/gemma-scope-2-1b-pt/crosscoder/layer_7_13_17_22_width_65k_l0_medium/params.safetensors',
])('%s tells nothing', (path) => {
  expect(scopePlace(path)).toBeUndefined()
})
