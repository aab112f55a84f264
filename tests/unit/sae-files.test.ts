// Which file is the SAE, and what its configuration, its path and the catalogue say of it; what is not supported is
// refused by name.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { CatalogueEntry } from '../../src/engine/protocol.ts'
import { openSaeFiles, type SaeFiles } from '../../src/engine/sae-files.ts'
import { writeSafetensors } from '../../src/formats/write-safetensors.ts'
import { Hub } from '../../src/hub/hub.ts'
import { openSae } from '../../src/sae/sae.ts'
import { npyFloat32, npzFile } from '../support/array-files.ts'
import { referenceFolder } from '../support/reference-data.ts'
import { cpu } from '../support/sae-behaviour.ts'

/** Two inputs, three features. */
const ARRAYS = {
  W_enc: { shape: [2, 3], data: Float32Array.of(1, 0, -1, 0, 2, 1) },
  W_dec: { shape: [3, 2], data: Float32Array.of(1, 0, 0, 1, -1, 0) },
  b_enc: { shape: [3], data: Float32Array.of(0.5, 0, 0) },
  b_dec: { shape: [2], data: Float32Array.of(1, -1) },
  threshold: { shape: [3], data: Float32Array.of(0.25, 0.25, 0.25) },
}
type Arrays = Record<string, { shape: number[]; data: Float32Array<ArrayBuffer> }>

const weights = (name = 'sae_weights.safetensors', arrays: Arrays = ARRAYS): File =>
  new File(
    [
      writeSafetensors(
        Object.entries(arrays).map(([key, a]) => ({ name: key, ...a })),
        {},
      ),
    ],
    name,
  )
const npz = (name = 'params.npz'): File => {
  const members = Object.entries(ARRAYS).map(([key, { shape, data }]) => [key, npyFloat32(shape, data)])
  return new File([npzFile(Object.fromEntries(members))], name)
}
const json = (value: unknown, name = 'cfg.json'): File => new File([JSON.stringify(value)], name)

const open = (asked: string | File[], published: CatalogueEntry[] = []): Promise<SaeFiles> =>
  openSaeFiles(
    asked,
    { bundled: async () => [], published: async () => published },
    new Hub('http://localhost/'),
    new AbortController().signal,
  )
const openWith = (config: unknown, name?: string, arrays?: Arrays): Promise<SaeFiles> =>
  open([weights(undefined, arrays), json(config, name)])

describe('the activation function', () => {
  const { threshold: _, ...withoutThreshold } = ARRAYS
  test.for([
    [{ architecture: 'jumprelu' }, { kind: 'jumprelu' }],
    [{}, { kind: 'jumprelu' }],
    [{ architecture: 'jump_relu' }, { kind: 'jumprelu' }],
    [{ architecture: 'jumprelu_transcoder' }, { kind: 'jumprelu' }],
    [{ architecture: 'standard' }, { kind: 'relu' }],
    [{ architecture: 'standard', activation_fn: 'relu' }, { kind: 'relu' }],
    [{ activation_fn_str: 'relu' }, { kind: 'relu' }],
    [
      { architecture: 'standard', activation_fn_str: 'topk', activation_fn_kwargs: { k: 32 } },
      { kind: 'topk', k: 32 },
    ],
    [
      { architecture: 'topk', activation_fn: 'topk', activation_fn_kwargs: { k: 8 } },
      { kind: 'topk', k: 8 },
    ],
    [
      { architecture: 'topk', k: 64 },
      { kind: 'topk', k: 64 },
    ],
    [{ architecture: 'batchtopk' }, { kind: 'batchtopk' }],
  ] as const)('%j is computed as %j', async ([config, activation]) => {
    expect((await openWith(config)).activation).toEqual(activation)
  })

  test('without any configuration, or one that names none, thresholds make a JumpReLU', async () => {
    expect((await open([weights()])).activation).toEqual({ kind: 'jumprelu' })
    expect((await openWith({ d_in: 2 }, 'cfg.json', withoutThreshold)).activation).toEqual({ kind: 'relu' })
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
      { architecture: 'jumprelu', normalize_activations: 'layer_norm' },
      /normalize_activations: layer_norm.*scaled activations/,
    ],
    [{ architecture: 'standard', normalize_activations: true }, /expected_average_only_in/],
    [{ architecture: 'topk', k: 2, rescale_acts_by_decoder_norm: true }, /rescale_acts_by_decoder_norm/],
    [{ architecture: 7 }, /not those of an SAE configuration \(architecture: /],
    [{ architecture: 'jumprelu', d_in: 2, d_sae: 4 }, /an SAE of \[2, 4\], and the weights are \[2, 3\]/],
    [{ architecture: 'jump_relu', affine_connection: true }, /no affine_skip_connection/],
  ] as const)('%j is refused', async ([config, detail]) => {
    await expect(openWith(config)).rejects.toMatchObject({
      title: 'This kind of SAE is not supported.',
      detail: typeof detail === 'string' ? detail : expect.stringMatching(detail),
    })
  })

  test('a fine-tuned scaling factor is refused where it is there, and no matter where it is not', async () => {
    const config = { architecture: 'standard', finetuning_scaling_factor: true }
    const scaled = { ...ARRAYS, scaling_factor: { shape: [3], data: Float32Array.of(1, 2, 3) } }
    await expect(openWith(config, 'cfg.json', scaled)).rejects.toMatchObject({
      detail: expect.stringContaining('scaling_factor'),
    })
    expect((await openWith(config)).activation).toEqual({ kind: 'relu' })
  })
})

describe('b_dec at the input', () => {
  /** Features of x = [3, 2] by (x − b_dec) · W_enc + b_enc = [2.5, 6, 1], or x · W_enc + b_enc = [3.5, 4, −1]. */
  async function featuresWith(config: unknown): Promise<number[]> {
    const { arrays, activation } = await openWith(config)
    const sae = await openSae(arrays, 'x', { kind: 'reference', activation })
    return [...(await sae.encode(cpu(Float32Array.of(3, 2), 1, 2))).values]
  }
  const hook = 'blocks.0.hook_resid_post'

  test.for([
    [{ architecture: 'jumprelu', apply_b_dec_to_input: true }, true],
    [{ architecture: 'jumprelu', apply_b_dec_to_input: false, metadata: { hook_name: hook } }, false],
    // What SAELens takes for granted in its own files that do not say.
    [{ architecture: 'jumprelu', metadata: { hook_name: hook } }, true],
    [{ hook_point: hook, activation_fn_str: 'relu' }, true],
    [{ architecture: 'jumprelu_transcoder', metadata: { hook_name: hook } }, false],
    [{ architecture: 'jump_relu', hf_hook_point_in: 'model.layers.0.output' }, false],
    [{ architecture: 'jumprelu' }, false],
  ] as const)('%j: subtracted is %j', async ([config, subtracted]) => {
    expect(await featuresWith(config)).toEqual(subtracted ? [2.5, 6, 1] : [3.5, 4])
  })
})

describe('hooks', () => {
  test('come from SAELens’ names, old and new', async () => {
    const hook = 'blocks.12.hook_resid_post'
    for (const config of [{ hook_name: hook }, { hook_point: hook }, { metadata: { hook_name: hook } }]) {
      const found = await openWith({ architecture: 'jumprelu', model_name: 'gemma-2-2b', ...config })
      expect(found).toMatchObject({
        layer: 12,
        site: 'res',
        hookIn: hook,
        hookOut: hook,
        model: 'gemma-2-2b',
      })
    }
    const transcoder = await openWith({
      architecture: 'jumprelu_transcoder',
      metadata: { hook_name: 'blocks.3.ln2.hook_normalized', hook_name_out: 'blocks.3.hook_mlp_out' },
    })
    expect(transcoder).toMatchObject({
      site: 'transcoder',
      hookIn: 'blocks.3.ln2.hook_normalized',
      hookOut: 'blocks.3.hook_mlp_out',
    })
  })

  test.for([
    ['model.layers.3.output', 'blocks.3.hook_resid_post', 'res'],
    ['model.layers.3.self_attn.o_proj.input', 'blocks.3.attn.hook_z', 'att'],
    ['model.layers.3.post_feedforward_layernorm.output', 'blocks.3.hook_mlp_out', 'mlp'],
    ['model.layers.3.pre_feedforward_layernorm.output', undefined, undefined],
    ['model.layers.3.mlp.act_fn.output', undefined, undefined],
  ] as const)('%s is %s', async ([module, hook, site]) => {
    const config = { architecture: 'jump_relu', hf_hook_point_in: module, hf_hook_point_out: module }
    const found = await openWith(config, 'config.json')
    expect([found.hookIn, found.hookOut, found.site]).toEqual([hook, hook, site])
  })

  test('a transcoder of Gemma Scope 2 reads an unknown hook and still encodes what it is given', async () => {
    const affine = { ...ARRAYS, affine_skip_connection: { shape: [2, 2], data: new Float32Array(4) } }
    const found = await openWith(
      {
        ...{ architecture: 'jump_relu', type: 'transcoder', affine_connection: true },
        hf_hook_point_in: 'model.layers.5.pre_feedforward_layernorm.output',
        hf_hook_point_out: 'model.layers.5.post_feedforward_layernorm.output',
      },
      'config.json',
      affine,
    )
    expect(found).toMatchObject({
      ...{ site: 'transcoder', layer: 5, hookIn: undefined, hookOut: 'blocks.5.hook_mlp_out' },
    })
    const sae = await openSae(found.arrays, 'x', { kind: 'reference', activation: found.activation })
    expect(sae.hasSkip).toBe(true)
    expect([...(await sae.encode(cpu(Float32Array.of(3, 2), 1, 2))).values]).toEqual([3.5, 4])
  })

  test('an SAE of one attention head reads a part of a hook, which is none', async () => {
    const found = await openWith({
      architecture: 'standard',
      hook_name: 'blocks.1.attn.hook_z',
      hook_head_index: 2,
    })
    expect(found.hookIn).toBeUndefined()
  })

  test('of a Gemma Scope folder come from its path', async () => {
    const file = npz('gemma-scope-2b-pt-mlp/layer_4/width_16k/average_l0_85/params.npz')
    expect(await open([file])).toMatchObject({
      ...{ model: 'gemma-2-2b', site: 'mlp', layer: 4, source: 'params.npz', published: undefined },
      ...{ hookIn: 'blocks.4.hook_mlp_out', hookOut: 'blocks.4.hook_mlp_out' },
    })
  })
})

describe('which file is the SAE', () => {
  test.for([
    [() => [npz(), weights('activations.safetensors'), json({}, 'notes.json')], 'params.npz'],
    [
      () => [weights(), weights('sparsity.safetensors', {}), json({}), new File([''], 'README.md')],
      'sae_weights.safetensors',
    ],
    [() => [weights('mine.safetensors'), json({})], 'mine.safetensors'],
    [
      () => [weights('other.safetensors', { x: { shape: [1], data: new Float32Array(1) } }), npz('mine.npz')],
      'mine.npz',
    ],
  ] as const)('%#: the one that is named or holds it', async ([files, path]) => {
    expect((await open(files())).path).toBe(path)
  })

  test('several, or none, are named with what would be accepted', async () => {
    await expect(open([npz(), weights()])).rejects.toMatchObject({
      title: 'Which of these files is the SAE?',
      detail: expect.stringContaining('params.npz, sae_weights.safetensors'),
    })
    const none = { x: { shape: [1], data: new Float32Array(1) } }
    await expect(
      open([weights('a.safetensors', none), weights('b.safetensors', none)]),
    ).rejects.toMatchObject({
      title: 'There is no SAE among these files.',
      detail: expect.stringContaining('a.safetensors, b.safetensors'),
      remedy: expect.stringContaining('params.npz'),
    })
    await expect(open([new File(['x'], 'notes.txt')])).rejects.toMatchObject({ name: 'UserError' })
  })

  test('an SAE without one of its arrays says which', async () => {
    const { W_dec: _, ...rest } = ARRAYS
    const { arrays } = await open([weights(undefined, rest)])
    await expect(openSae(arrays, 'mine', { kind: 'reference' })).rejects.toMatchObject({
      detail: expect.stringContaining('W_dec missing'),
    })
  })
})

const reference = referenceFolder()

test.skipIf(!reference)('the reference SAE is the same from its three folders', async () => {
  const folder = (name: string, ...files: string[]): File[] =>
    files.map((file) => new File([readFileSync(join(reference ?? '', 'sae', name, file))], file))
  const found = [
    await open(folder('jumprelu-a', 'params.npz')),
    await open(folder('jumprelu-a-saelens', 'sae_weights.safetensors', 'cfg.json')),
    await open(folder('jumprelu-a-scope2', 'params.safetensors', 'config.json')),
  ]
  const hook = 'blocks.2.hook_resid_post'
  expect(found.map(({ hookIn }) => hookIn)).toEqual([undefined, hook, hook])
  const saes = await Promise.all(
    found.map(({ arrays, activation }) => openSae(arrays, 'x', { kind: 'reference', activation })),
  )
  const x = cpu(
    Float32Array.from({ length: 3 * 96 }, (_, i) => Math.sin(i) * 9),
    3,
    96,
  )
  const [first, ...others] = await Promise.all(saes.map((sae) => sae.encode(x)))
  expect(first.indices.length).toBeGreaterThan(20)
  for (const other of others) expect(other).toEqual(first)
})
