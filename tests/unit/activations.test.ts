// Activations given in place of a model: which files open as what, and what a run is told of them.
import { describe, expect, test } from 'vitest'
import { GivenActivations } from '../../src/engine/activations.ts'
import { stringSpans } from '../../src/engine/given-tokens.ts'
import { identify } from '../../src/engine/identify.ts'
import { hookOfName } from '../../src/formats/hook-names.ts'
import { writeNpy, writeNpz } from '../../src/formats/write-npz.ts'
import { localFiles } from '../../src/hub/file-set.ts'
import { Hub } from '../../src/hub/hub.ts'
import type { Hook } from '../../src/lib/hook.ts'
import { npyFile, npyFloat32, npzFile, safetensorsFile } from '../support/array-files.ts'

const signal = new AbortController().signal
const RESID: Hook = 'blocks.20.hook_resid_post'

/** Numbers that say where they are: 100 · sequence + 10 · token + column. */
function grid(sequences: number, length: number, width: number): Float32Array {
  return Float32Array.from(
    { length: sequences * length * width },
    (_, i) => 100 * Math.floor(i / (length * width)) + 10 * (Math.floor(i / width) % length) + (i % width),
  )
}

function open(files: Record<string, Uint8Array | string>): Promise<GivenActivations> {
  const given = Object.entries(files).map(([name, content]) => {
    return new File([typeof content === 'string' ? content : Uint8Array.from(content)], name)
  })
  return GivenActivations.open(given, new Hub('http://localhost/'), signal)
}

const sae = (hookIn: Hook | undefined, dIn: number, hookOut = hookIn, dOut = dIn) => ({
  ...{ hookIn, hookOut, dIn, dOut },
  source: 'an-sae',
})

async function rows(
  given: GivenActivations,
  sequence: number,
  hook: Hook | undefined,
  width: number,
): Promise<number[]> {
  const [{ x }] = (await given.prepare(sequence, sae(hook, width), undefined, signal)).parts
  return x.location === 'cpu' ? [...x.data] : []
}

test.for<[string, string | undefined]>([
  ['blocks.20.hook_resid_post', 'blocks.20.hook_resid_post'],
  ['blocks.20.hook_resid_pre', 'blocks.19.hook_resid_post'],
  ['blocks.0.hook_resid_pre', undefined],
  ['blocks_7_attn_hook_z', 'blocks.7.attn.hook_z'],
  ['blocks.3.hook_mlp_out', 'blocks.3.hook_mlp_out'],
  ['blocks.3.ln2.hook_normalized', 'blocks.3.ln2.hook_normalized'],
  ['hidden_states_21', 'blocks.20.hook_resid_post'],
  ['hidden_states[21]', 'blocks.20.hook_resid_post'],
  ['hidden_states_0', undefined],
  ['layer_20', 'blocks.20.hook_resid_post'],
  ['layer20', 'blocks.20.hook_resid_post'],
  ['model.layers.20.output', 'blocks.20.hook_resid_post'],
  ['model.layers.20.output.0', 'blocks.20.hook_resid_post'],
  ['model.layers.2.self_attn.o_proj.input', 'blocks.2.attn.hook_z'],
  ['model.layers.2.post_feedforward_layernorm.output', 'blocks.2.hook_mlp_out'],
  ['resid_post_5', 'blocks.5.hook_resid_post'],
  ['model.layers.2.mlp.up_proj', undefined],
  ['activations', undefined],
])('the name %s means %s', ([name, hook]) => {
  expect(hookOfName(name)).toBe(hook)
})

describe('an array opens as sequences of tokens', () => {
  test.for<[number[], number, number[]]>([
    [[3, 4], 1, [3]],
    [[1, 3, 4], 1, [3]],
    [[2, 3, 4], 2, [3, 3]],
  ])('%j', async ([shape, sequences, lengths]) => {
    const data = grid(sequences, 3, 4)
    const given = await open({ 'dump.npy': npyFloat32(shape, data) })
    expect(await given.describe(RESID)).toMatchObject({
      ...{ name: 'dump.npy', array: 'dump', dtype: '<f4', sequences, lengths, width: 4, tokens: 'none' },
      hook: undefined,
    })
    for (let at = 0; at < sequences; at += 1) {
      expect(await rows(given, at, RESID, 4)).toEqual([...data.subarray(12 * at, 12 * at + 12)])
    }
  })

  test('of float16, float32, float64 and bfloat16', async () => {
    const numbers = [1, -2.5, 0.25, 3]
    const expand = async (file: string, bytes: Uint8Array) =>
      rows(await open({ [file]: bytes }), 0, undefined, 2)
    const header = (descr: string) => `{'descr': '${descr}', 'fortran_order': False, 'shape': (2, 2), }`
    const half = new Uint8Array(Uint16Array.of(0x3c00, 0xc100, 0x3400, 0x4200).buffer)
    const brain = new Uint8Array(Uint16Array.of(0x3f80, 0xc020, 0x3e80, 0x4040).buffer)
    const double = new Uint8Array(Float64Array.from(numbers).buffer)
    const tensors = (dtype: string, data: Uint8Array) =>
      safetensorsFile({ acts: { dtype, shape: [2, 2], data_offsets: [0, data.length] } }, data)
    expect(await expand('a.npy', npyFile(header('<f2'), half))).toEqual(numbers)
    expect(await expand('a.npy', npyFile(header('<f8'), double))).toEqual(numbers)
    expect(await expand('a.safetensors', tensors('BF16', brain))).toEqual(numbers)
    expect(await expand('a.safetensors', tensors('F16', half))).toEqual(numbers)
    expect(await expand('a.safetensors', tensors('F64', double))).toEqual(numbers)
    expect(await expand('a.npz', npzFile({ acts: npyFloat32([2, 2], numbers) }))).toEqual(numbers)
  })

  test('with the heads of z apart, as TransformerLens keeps them', async () => {
    const data = grid(2, 3, 4)
    const given = await open({ 'z.npz': npzFile({ 'blocks.2.attn.hook_z': npyFloat32([2, 3, 2, 2], data) }) })
    expect(await given.describe('blocks.2.attn.hook_z')).toMatchObject({ sequences: 2, width: 4 })
    expect(await rows(given, 1, 'blocks.2.attn.hook_z', 4)).toEqual([...data.subarray(12)])
  })
})

describe('of several arrays', () => {
  const two = {
    'both.npz': npzFile({
      'blocks.3.hook_resid_post': npyFloat32([2, 2], [1, 1, 1, 1]),
      'blocks.4.hook_resid_post': npyFloat32([2, 2], [2, 2, 2, 2]),
    }),
  }

  test('the one the SAE reads is taken, another when another SAE asks', async () => {
    const given = await open(two)
    expect(await rows(given, 0, 'blocks.4.hook_resid_post', 2)).toEqual([2, 2, 2, 2])
    expect(await rows(given, 0, 'blocks.3.hook_resid_post', 2)).toEqual([1, 1, 1, 1])
    await expect(rows(given, 0, 'blocks.5.hook_resid_post', 2)).rejects.toMatchObject({
      title: 'These activations are of another hook than the SAE reads.',
      detail:
        'both.npz has activations of blocks.3.hook_resid_post, blocks.4.hook_resid_post; an-sae reads blocks.5.hook_resid_post.',
    })
    expect((await given.describe('blocks.5.hook_resid_post')).array).toBe('blocks.3.hook_resid_post')
  })

  test('the one with a usual name is taken', async () => {
    const given = await open({
      'a.npz': npzFile({ other: npyFloat32([1, 2], [9, 9]), activations: npyFloat32([1, 2], [1, 2]) }),
    })
    expect(await rows(given, 0, RESID, 2)).toEqual([1, 2])
    expect((await given.describe(RESID)).notices).toContain('Of 2 arrays activations is shown.')
  })

  test('with nothing to tell them apart, all are listed', async () => {
    const given = await open({
      'a.npz': npzFile({ first: npyFloat32([1, 2], [9, 9]), second: npyFloat32([3, 2], Array(6).fill(1)) }),
    })
    await expect(given.describe(RESID)).rejects.toMatchObject({
      title: 'Which array of a.npz holds the activations?',
      detail: 'It has first <f4 [1, 2]; second <f4 [3, 2].',
    })
  })

  test('a transcoder’s target is the array of its output hook', async () => {
    const hookIn = 'blocks.3.ln2.hook_normalized'
    const hookOut = 'blocks.3.hook_mlp_out'
    const input = npyFloat32([2, 3], grid(1, 2, 3))
    const asked = sae(hookIn, 3, hookOut, 2)
    const both = await open({
      'a.npz': npzFile({ [hookIn]: input, [hookOut]: npyFloat32([2, 2], [1, 2, 3, 4]) }),
    })
    const [{ y }] = (await both.prepare(0, asked, undefined, signal)).parts
    expect(y).toMatchObject({ data: Float32Array.of(1, 2, 3, 4), width: 2 })
    const alone = await (await open({ 'a.npz': npzFile({ [hookIn]: input }) })).prepare(
      0,
      asked,
      undefined,
      signal,
    )
    expect(alone.parts[0].y).toBeUndefined()
    expect(alone.activations?.notices).toContain(
      'The file has no activations of blocks.3.hook_mlp_out, so there is no FVU.',
    )
  })
})

describe('tokens', () => {
  const acts = npyFloat32([3, 2], grid(1, 3, 2))

  test('are strings in the file', async () => {
    const tokens = { shape: [3], strings: ['<bos>', '▁the', 'é'] }
    const files = { 'a.npz': npzFile({ acts, tokens: writeNpy(tokens) }) }
    const given = await open(files)
    expect((await given.describe(RESID)).tokens).toBe('strings')
    const run = await given.prepare(0, sae(RESID, 2), undefined, signal)
    expect(run.tokens).toEqual(['<bos>', '▁the', 'é'])
    expect(run.spans.map(({ text, special }) => [text, special])).toEqual([
      ['<bos>', true],
      [' the', false],
      ['é', false],
    ])
    expect(run.ids).toEqual([])
    expect(run.activations?.notices.join()).not.toContain('<bos>')
  })

  test('are ids in the file, shown as numbers without their tokenizer', async () => {
    const ids = { shape: [1, 3], data: BigInt64Array.of(2n, 651n, 7n) }
    const given = await open({ 'a.npz': npzFile({ acts, input_ids: writeNpy(ids) }) })
    const run = await given.prepare(0, sae(RESID, 2), undefined, signal)
    expect(run.ids).toEqual([2, 651, 7])
    expect(run.spans.map(({ text }) => text)).toEqual(['2', '651', '7'])
    expect(run.activations?.notices.join()).toContain('Token ids are shown')
    expect(run.activations?.notices.join()).not.toContain('does not begin with <bos>')
  })

  test.for<[string, string]>([
    ['a.json', '{"hook": "hidden_states_21", "tokens": ["<bos>", " a", " b"], "model": "gemma-2-2b"}'],
    ['tokens.json', '{"hook_name": "blocks.20.hook_resid_post", "str_tokens": [["<bos>", " a", " b"]]}'],
    ['whatever.json', '{"hook": "model.layers.20.output", "tokens": ["<bos>", " a", " b"]}'],
  ])('and hook are in %s beside the file', async ([name, json]) => {
    const given = await open({ 'a.npy': acts, [name]: json })
    expect(await given.describe(RESID)).toMatchObject({ hook: RESID, tokens: 'strings', notices: [] })
    const run = await given.prepare(0, sae(RESID, 2), undefined, signal)
    expect(run.spans.map(({ text }) => text)).toEqual(['<bos>', ' a', ' b'])
  })

  test('and hook are in the metadata of safetensors, whatever else is there', async () => {
    const __metadata__ = { format: 'pt', hook: RESID, ids: '[2, 5, 6]', lengths: 'none' }
    const acts = { dtype: 'F32', shape: [3, 2], data_offsets: [0, 24] }
    const file = safetensorsFile({ __metadata__, acts }, new Uint8Array(grid(1, 3, 2).buffer))
    const given = await open({ 'a.safetensors': file })
    expect(await given.describe(RESID)).toMatchObject({ hook: RESID, tokens: 'ids' })
    expect((await given.prepare(0, sae(RESID, 2), undefined, signal)).ids).toEqual([2, 5, 6])
  })

  test('are in a .npy of their own', async () => {
    const given = await open({
      'acts.npy': acts,
      'ids.npy': writeNpy({ shape: [3], data: Int32Array.of(2, 8, 9) }),
    })
    expect(await given.describe(RESID)).toMatchObject({ name: 'acts.npy', tokens: 'ids' })
  })

  test('that do not begin with <bos> are warned of', async () => {
    const given = await open({ 'a.npy': acts, 'a.json': '["The", " a", " b"]' })
    const { activations } = await given.prepare(0, sae(RESID, 2), undefined, signal)
    expect(activations?.notices.join()).toContain('does not begin with <bos>')
  })

  test('none are named: positions stand for them', async () => {
    const run = await (await open({ 'a.npy': acts })).prepare(0, sae(RESID, 2), undefined, signal)
    expect(run.spans.map(({ text }) => text)).toEqual(['0', '1', '2'])
    expect(run.activations?.notices).toContain('The file names no tokens: their positions are shown.')
  })

  test('of another number are refused with both numbers', async () => {
    const given = await open({ 'a.npy': acts, 'a.json': '["<bos>", " a"]' })
    await expect(given.describe(RESID)).rejects.toMatchObject({
      detail: '"tokens" lists 2 tokens; the activations have 3 a sequence.',
    })
    const ids = writeNpy({ shape: [4], data: Int32Array.of(2, 8, 9, 1) })
    await expect((await open({ 'a.npz': npzFile({ acts, ids }) })).describe(RESID)).rejects.toMatchObject({
      detail: 'The array "ids" is [4]; the activations have 1 × 3 tokens.',
    })
  })

  test.for<[string[], string[]]>([
    [
      ['<bos>', '▁the', '<0xE2>', '<0x82>', '<0xAC>', '\n'],
      ['<bos>', ' the', '€', '\n'],
    ],
    [
      ['Hello', 'Ġthe', 'Ċ'],
      ['Hello', ' the', '\n'],
    ],
    [
      ['ĠĠ▁', 'Ġ'],
      ['ĠĠ ', 'Ġ'],
    ],
  ])('%j read as %j', ([tokens, read]) => {
    expect(stringSpans(tokens).map(({ text }) => text)).toEqual(read)
  })
})

describe('padding is cut off', () => {
  const data = grid(2, 3, 1)
  const acts = npyFloat32([2, 3, 1], data)

  test.for<[string, Parameters<typeof writeNpy>[0], number[][]]>([
    [
      'attention_mask',
      { shape: [2, 3], data: Int32Array.of(0, 1, 1, 1, 1, 1) },
      [
        [10, 20],
        [100, 110, 120],
      ],
    ],
    ['attention_mask', { shape: [2, 3], data: Int32Array.of(1, 1, 1, 1, 0, 0) }, [[0, 10, 20], [100]]],
    ['lengths', { shape: [2], data: Int32Array.of(1, 2) }, [[0], [100, 110]]],
    [
      'ids',
      { shape: [2, 3], data: Int32Array.of(0, 2, 9, 2, 7, 0) },
      [
        [10, 20],
        [100, 110],
      ],
    ],
  ])('by %s', async ([name, array, kept]) => {
    const given = await open({ 'a.npz': npzFile({ acts, [name]: writeNpy(array) }) })
    expect((await given.describe(RESID)).lengths).toEqual(kept.map((list) => list.length))
    expect(await rows(given, 0, RESID, 1)).toEqual(kept[0])
    expect(await rows(given, 1, RESID, 1)).toEqual(kept[1])
  })

  test('by lists of tokens that are shorter than the longest', async () => {
    const given = await open({ 'a.npy': acts, 'a.json': '[["<bos>", " a", " b"], ["<bos>", " c"]]' })
    expect((await given.describe(RESID)).lengths).toEqual([3, 2])
    const { spans } = await given.prepare(1, sae(RESID, 1), undefined, signal)
    expect(spans.map(({ text }) => text)).toEqual(['<bos>', ' c'])
  })

  test('ids to the left of the tokens keep in step with the rows', async () => {
    const ids = { shape: [2, 3], data: Int32Array.of(0, 2, 9, 2, 7, 8) }
    const given = await open({ 'a.npz': npzFile({ acts, ids: writeNpy(ids) }) })
    expect((await given.prepare(0, sae(RESID, 1), undefined, signal)).ids).toEqual([2, 9])
  })

  test('a mask with a hole, lengths of another number, an empty sequence are refused', async () => {
    const using = (name: string, shape: number[], values: number[]) =>
      open({ 'a.npz': npzFile({ acts, [name]: writeNpy({ shape, data: Int32Array.from(values) }) }) })
    await expect((await using('mask', [2, 3], [1, 1, 1, 1, 0, 1])).describe(RESID)).rejects.toMatchObject({
      detail: 'The mask of sequence 2 leaves out position 1, between its tokens.',
    })
    await expect((await using('lengths', [3], [1, 1, 1])).describe(RESID)).rejects.toThrow('3 lengths for 2')
    await expect((await using('lengths', [2], [1, 4])).describe(RESID)).rejects.toThrow(
      'said to have 4 tokens',
    )
    const empty = await using('lengths', [2], [0, 1])
    await expect(rows(empty, 0, RESID, 1)).rejects.toThrow('Sequence 1 is empty.')
    await expect(rows(empty, 2, RESID, 1)).rejects.toThrow('There is no sequence 3.')
  })
})

describe('what cannot be encoded says why', () => {
  test('another width, with both numbers', async () => {
    const given = await open({ 'a.npy': npyFloat32([2, 3], grid(1, 2, 3)) })
    await expect(rows(given, 0, RESID, 2304)).rejects.toMatchObject({
      title: 'These activations do not fit this SAE.',
      detail: 'a in a.npy is 3 wide; an-sae reads 2304.',
    })
  })

  test('another hook, with both names', async () => {
    const given = await open({ 'a.npz': npzFile({ hidden_states_13: npyFloat32([2, 3], grid(1, 2, 3)) }) })
    await expect(rows(given, 0, RESID, 3)).rejects.toMatchObject({
      detail: 'a.npz has activations of blocks.12.hook_resid_post; an-sae reads blocks.20.hook_resid_post.',
    })
  })

  test.for<[number[], string]>([
    [[2, 2, 2, 2], '<f4'],
    [[4], '<f4'],
    [[2, 2], '<i4'],
    [[0, 3], '<f4'],
  ])('an array of %j %s', async ([shape, descr]) => {
    const dims = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
    const bytes = new Uint8Array(4 * shape.reduce((a, b) => a * b))
    const file = npyFile(`{'descr': '${descr}', 'fortran_order': False, 'shape': (${dims}), }`, bytes)
    await expect(open({ 'a.npy': file })).rejects.toMatchObject({
      title: 'a.npy holds no activations.',
      detail: `It has a ${descr} [${shape.join(', ')}].`,
    })
  })

  test('NaN, and float16 that overflowed, by token', async () => {
    const broken = await open({ 'a.npy': npyFloat32([3, 2], [1, 2, 3, Number.NaN, 5, 6]) })
    await expect(rows(broken, 0, RESID, 2)).rejects.toMatchObject({
      title: 'Token 1 has activations that are not finite.',
      detail: 'a in a.npy holds NaN at position 1 of it.',
    })
    const half = new Uint8Array(Uint16Array.of(0x3c00, 0x7c00).buffer)
    const file = npyFile("{'descr': '<f2', 'fortran_order': False, 'shape': (1, 2), }", half)
    await expect(rows(await open({ 'a.npy': file }), 0, RESID, 2)).rejects.toMatchObject({
      detail: 'a in a.npy holds Infinity at position 1 of it.',
      remedy: expect.stringContaining('65,504'),
    })
  })

  test('files without arrays, and notes of another form', async () => {
    await expect(open({ 'notes.txt': 'x' })).rejects.toThrow('notes.txt: no file ends in .npy')
    const acts = npyFloat32([1, 2], [1, 2])
    await expect(open({ 'a.npy': acts, 'a.json': '{"tokens": 7}' })).rejects.toMatchObject({
      title: 'a.json does not describe activations.',
      detail: expect.stringContaining('tokens'),
    })
    await expect(open({ 'a.npy': acts, 'a.json': '{"tokens": ' })).rejects.toThrow('a.json is not JSON')
    await expect(open({ 'a.npz': npzFile({ x: acts }), 'b.npz': npzFile({ x: acts }) })).rejects.toThrow(
      'Two of these files have an array of the same name.',
    )
  })
})

test('the last entry of hidden_states is warned of, where the width tells the model', async () => {
  const file = (name: string) =>
    open({ 'a.npz': writeNpz({ [name]: { shape: [1, 2304], data: new Float32Array(2304) } }) })
  expect((await (await file('hidden_states_26')).describe(undefined)).notices.join()).toContain('final norm')
  expect((await (await file('hidden_states_25')).describe(undefined)).notices).toEqual([])
})

test('a text longer than any context is cut, and the number left out is told', async () => {
  const given = await open({ 'a.npy': npyFloat32([9000, 1], new Float32Array(9000)) })
  const run = await given.prepare(0, sae(RESID, 1), undefined, signal)
  expect([run.parts[0].x.rows, run.spans.length, run.droppedTokens]).toEqual([8192, 8192, 808])
})

test('arrays named after modules are taken for activations, their weights for a model', async () => {
  const kind = (name: string) => {
    const file = new File([npzFile({ [name]: npyFloat32([1, 2], [1, 2]) })], 'a.npz')
    return identify({ set: localFiles([file]), file: undefined }, signal)
  }
  expect(await kind('model.layers.20.output')).toBe('activations')
  await expect(kind('model.layers.20.mlp.up_proj.weight')).rejects.toThrow('is part of a model')
})
