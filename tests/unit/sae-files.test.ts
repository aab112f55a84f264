// What an SAE's configuration says decides how it is computed; what is not supported is refused by name.
import { expect, test } from 'vitest'
import { openSaeFiles } from '../../src/engine/sae-files.ts'
import { Hub } from '../../src/hub/hub.ts'
import { safetensorsFile } from '../support/array-files.ts'

/** A one-feature SAE as SAELens saves it, with this configuration beside it. */
function filesWith(config: unknown, name = 'cfg.json'): File[] {
  const header = { threshold: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }
  return [
    new File([safetensorsFile(header, new Uint8Array(4))], 'sae_weights.safetensors'),
    new File([JSON.stringify(config)], name),
  ]
}

const open = (config: unknown, name?: string) =>
  openSaeFiles(filesWith(config, name), [], new Hub('http://localhost/'), new AbortController().signal)

test.for([
  [{ architecture: 'jumprelu' }, { kind: 'jumprelu' }],
  [{}, { kind: 'jumprelu' }],
  [{ architecture: 'jump_relu' }, { kind: 'jumprelu' }],
  [{ architecture: 'standard' }, { kind: 'relu' }],
  [{ architecture: 'standard', activation_fn: 'relu' }, { kind: 'relu' }],
  [
    { architecture: 'standard', activation_fn_str: 'topk', activation_fn_kwargs: { k: 32 } },
    { kind: 'topk', k: 32 },
  ],
  [
    { architecture: 'topk', k: 64 },
    { kind: 'topk', k: 64 },
  ],
  [{ architecture: 'batchtopk' }, { kind: 'batchtopk' }],
] as const)('%j is computed as %j', async ([config, activation]) => {
  expect((await open(config)).activation).toEqual(activation)
})

test.for([
  [{ architecture: 'gated' }, 'cfg.json: Its architecture is "gated", its activation function not named.'],
  [
    { architecture: 'standard', activation_fn: 'tanh' },
    'cfg.json: Its architecture is "standard", its activation function tanh.',
  ],
  [{ architecture: 'topk' }, 'cfg.json: Its activation function is topk, and k is missing.'],
  [{ architecture: 'topk', k: 2.5 }, 'cfg.json: Its activation function is topk, and k is 2.5.'],
  [
    { architecture: 'jumprelu', apply_b_dec_to_input: true },
    'cfg.json: It subtracts b_dec from its input (apply_b_dec_to_input).',
  ],
  [
    { architecture: 'jumprelu', normalize_activations: 'expected_average_only_in' },
    'cfg.json: It normalises its input (expected_average_only_in).',
  ],
  [{ architecture: 7 }, 'cfg.json: Its fields are not those of an SAE configuration.'],
] as const)('%j is refused', async ([config, detail]) => {
  await expect(open(config)).rejects.toMatchObject({
    title: 'This kind of SAE is not supported.',
    detail,
  })
})

test('hooks come from SAELens’ name or from Gemma Scope 2’s modules', async () => {
  const saelens = await open({ architecture: 'jumprelu', hook_name: 'blocks.12.hook_resid_post' })
  expect(saelens).toMatchObject({
    layer: 12,
    hookIn: 'blocks.12.hook_resid_post',
    hookOut: 'blocks.12.hook_resid_post',
  })
  const scope = await open(
    {
      architecture: 'jump_relu',
      hf_hook_point_in: 'model.layers.3.self_attn.o_proj.input',
      hf_hook_point_out: 'model.layers.3.post_feedforward_layernorm.output',
    },
    'config.json',
  )
  expect(scope).toMatchObject({ hookIn: 'blocks.3.attn.hook_z', hookOut: 'blocks.3.hook_mlp_out' })
})
