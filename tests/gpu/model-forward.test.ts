// The forward pass on both backends: against plain float64 loops at awkward sizes, and how it behaves in use.
import { afterAll, describe, expect, test } from 'vitest'
import type { ArrayFile } from '../../src/formats/array.ts'
import { requestGpu } from '../../src/gpu/device.ts'
import type { Hook } from '../../src/lib/hook.ts'
import type { Progress } from '../../src/lib/progress.ts'
import { parseGemmaConfig } from '../../src/model/config.ts'
import { type GemmaModel, openModel } from '../../src/model/forward.ts'
import { NO_REFERENCE_DATA, randomCheckpoint, relativeError, take } from '../support/checkpoints.ts'
import { floatEntry } from '../support/float-entry.ts'
import {
  AWKWARD,
  AWKWARD_3,
  arrayFile,
  type ReferenceConfig,
  randomWeights,
  referenceForward,
  tensors,
} from '../support/gemma-reference.ts'

/** float32 against float64 through three layers; 2e-6 seen. */
const TOLERANCE = 1e-5
const IDS = [2, 17, 4, 4, 52, 0, 31, 8, 9, 17, 26]
const RES_0: Hook = 'blocks.0.hook_resid_post'
const RES_2: Hook = 'blocks.2.hook_resid_post'

const gpu = await requestGpu()
const random = await randomCheckpoint()
const gpuErrors: string[] = []
gpu?.device.addEventListener('uncapturederror', ({ error }) => gpuErrors.push(error.message))

afterAll(() => {
  expect(gpuErrors, 'errors WebGPU reported to nobody').toEqual([])
})

describe.each(['wasm', 'webgpu'] as const)('on %s', (backend) => {
  const open = (config: unknown, weights: ArrayFile): GemmaModel =>
    openModel({ config: parseGemmaConfig(config), weights, backend, device: gpu?.device })

  const variants: [string, Partial<ReferenceConfig>, readonly number[]][] = [
    ['grouped queries, a window and a soft-cap', {}, IDS],
    ['one token', {}, [2]],
    ['a text as long as the context', { max_position_embeddings: IDS.length }, IDS],
    ['no soft-cap', { attn_logit_softcapping: null }, IDS],
    ['a key head for every query head', { num_key_value_heads: 6 }, IDS],
    ['one key head for all', { num_key_value_heads: 1 }, IDS],
    ['a window of one', { sliding_window: 1 }, IDS],
    ['another rotary base', { rope_theta: 100 }, IDS],
    ['a Gemma 3: normed queries and keys, two rotary bases, no soft-cap', AWKWARD_3, IDS],
    ['a Gemma 3 with one key head', { ...AWKWARD_3, num_key_value_heads: 1 }, IDS],
  ]
  test.each(variants)('every hook agrees with float64: %s', async (_, change, ids) => {
    const config = { ...AWKWARD, ...change }
    const weights = randomWeights(config)
    const expected = await referenceForward(config, weights, ids)
    const model = open(config, weights)
    const outputs = await model.forward(ids, [...expected.keys()] as Hook[])
    for (const [hook, rows] of expected) {
      const error = relativeError(await take(outputs, hook as Hook), Float32Array.from(rows.flat()))
      expect(error, hook).toBeLessThanOrEqual(TOLERANCE)
    }
    model.dispose()
  })

  test.for([
    ['sliding_window', 12],
    ['attn_logit_softcapping', 2],
    ['query_pre_attn_scalar', 64],
    ['num_key_value_heads', undefined],
  ] as const)('%s matters on the random checkpoint', async ([field, value], context) => {
    if (!random) return context.skip(NO_REFERENCE_DATA)
    const { configJson, ids } = random
    const changed = { ...configJson, [field]: value }
    let { weights } = random
    if (field === 'num_key_value_heads') {
      // The same keys and values, dealt to the query heads in another order.
      changed.num_key_value_heads = configJson.num_attention_heads
      weights = await repeatedKeyHeads(weights, [0, 1, 0, 1], Number(configJson.head_dim))
    }
    const model = open(configJson, random.weights)
    const other = open(changed, weights)
    const hook: Hook = 'blocks.3.hook_resid_post'
    const before = await take(await model.forward(ids, [hook]), hook)
    const after = await take(await other.forward(ids, [hook]), hook)
    expect(relativeError(after, before)).toBeGreaterThan(1e-3)
    model.dispose()
    other.dispose()
  })

  test('gives the same numbers twice, and hook by hook', async () => {
    const model = open(AWKWARD, randomWeights(AWKWARD))
    const both = await model.forward(IDS, [RES_0, RES_2])
    const again = await model.forward(IDS, [RES_2])
    expect(await take(both, RES_2)).toEqual(await take(again, RES_2))
    const alone = await model.forward(IDS, [RES_0])
    expect(await take(both, RES_0)).toEqual(await take(alone, RES_0))
    model.dispose()
  })

  test('takes texts of changing length in any order', async () => {
    const weights = randomWeights(AWKWARD)
    const model = open(AWKWARD, weights)
    for (const length of [3, 11, 1, 7]) {
      const ids = IDS.slice(0, length)
      const expected = (await referenceForward(AWKWARD, weights, ids)).get(RES_2) ?? []
      const actual = await take(await model.forward(ids, [RES_2]), RES_2)
      expect(relativeError(actual, Float32Array.from(expected.flat()))).toBeLessThanOrEqual(TOLERANCE)
    }
    model.dispose()
  })

  test('reads no layer above the hook, and later only what is missing', async () => {
    const read: string[] = []
    const model = open(
      AWKWARD,
      watched(randomWeights(AWKWARD), (name) => read.push(name)),
    )
    await model.forward(IDS, ['blocks.0.attn.hook_z'])
    expect(read).toContain('model.layers.0.self_attn.q_proj.weight')
    expect(read.filter((name) => /layers\.[12]|o_proj|mlp/.test(name))).toEqual([])
    read.length = 0
    await model.forward(IDS, [RES_0])
    read.length = 0
    await model.forward(IDS, ['blocks.1.hook_mlp_out'])
    expect(read.every((name) => name.startsWith('model.layers.1.'))).toBe(true)
    read.length = 0
    await model.forward(IDS, ['blocks.1.attn.hook_z', RES_0])
    expect(read).toEqual([])
    model.dispose()
  })

  test('reports bytes while loading and blocks while running', async () => {
    const seen: Progress[] = []
    const model = open(AWKWARD, randomWeights(AWKWARD))
    await model.forward(IDS, [RES_0], { onProgress: (progress) => seen.push(progress) })
    const loading = seen.filter(({ label }) => label === 'Loading model')
    expect(loading.at(-1)?.done).toBe(loading.at(-1)?.total)
    expect(loading.map(({ done }) => done)).toEqual(loading.map(({ done }) => done).toSorted((a, b) => a - b))
    expect(seen.at(-1)).toMatchObject({ unit: 'steps', done: 1, total: 1 })
    model.dispose()
  })

  test('stops when cancelled while loading, and works afterwards', async () => {
    const controller = new AbortController()
    const weights = watched(randomWeights(AWKWARD), (name) => {
      if (name.includes('layers.1.mlp')) controller.abort()
    })
    const model = open(AWKWARD, weights)
    const cancelled = model.forward(IDS, [RES_2], { signal: controller.signal })
    await expect(cancelled).rejects.toHaveProperty('name', 'AbortError')
    const expected = (await referenceForward(AWKWARD, randomWeights(AWKWARD), IDS)).get(RES_2) ?? []
    const actual = await take(await model.forward(IDS, [RES_2]), RES_2)
    expect(relativeError(actual, Float32Array.from(expected.flat()))).toBeLessThanOrEqual(TOLERANCE)
    model.dispose()
  })

  test('stops when cancelled between blocks', async () => {
    const controller = new AbortController()
    const model = open(AWKWARD, randomWeights(AWKWARD))
    const onProgress = ({ unit, done }: Progress): void => {
      if (unit === 'steps' && done === 1) controller.abort()
    }
    const cancelled = model.forward(IDS, [RES_0, RES_2], { signal: controller.signal, onProgress })
    // The signal is looked at before a block starts, so block 1 still runs and block 2 does not.
    await expect(cancelled).rejects.toHaveProperty('name', 'AbortError')
    model.dispose()
  })

  test('answers calls made at once, those made before it is disposed, and none after', async () => {
    const model = open(AWKWARD, randomWeights(AWKWARD))
    const calls = [RES_0, RES_2, RES_0].map((hook) => model.forward(IDS, [hook]))
    model.dispose()
    await expect(model.forward(IDS, [RES_0])).rejects.toThrow('disposed')
    const [first, , third] = await Promise.all(calls)
    expect(await take(first, RES_0)).toEqual(await take(third, RES_0))
  })

  test('outputs outlive the model', async () => {
    const weights = randomWeights(AWKWARD)
    const model = open(AWKWARD, weights)
    const outputs = await model.forward(IDS, [RES_2])
    model.dispose()
    // Another model runs after the first has gone, and may be given its buffers.
    const next = open(AWKWARD, weights)
    await next.forward(IDS.toReversed(), [RES_2])
    const expected = (await referenceForward(AWKWARD, weights, IDS)).get(RES_2) ?? []
    const actual = await take(outputs, RES_2)
    expect(relativeError(actual, Float32Array.from(expected.flat()))).toBeLessThanOrEqual(TOLERANCE)
    next.dispose()
  })

  test('says what is wrong with ids, lengths, hooks and weights', async () => {
    const weights = randomWeights(AWKWARD)
    const model = open(AWKWARD, weights)
    const fails = (ids: number[], hook: Hook = RES_0) => expect(model.forward(ids, [hook])).rejects
    await fails([]).toThrow('empty')
    await fails([2, 53]).toThrow('Position 1 is 53; ids are whole numbers from 0 to 52')
    await fails([2, -1]).toThrow('Position 1 is -1')
    await fails([2, 1.5]).toThrow('Position 1 is 1.5')
    await fails(new Array<number>(65).fill(2)).toThrow('65 tokens; the model reads at most 64')
    await fails([2], 'blocks.3.hook_resid_post').toThrow('layers 0 to 2')
    model.dispose()
    const lacking = new Map(weights)
    lacking.delete('model.layers.1.mlp.up_proj.weight')
    const incomplete = open(AWKWARD, lacking)
    await expect(incomplete.forward([2], [RES_2])).rejects.toThrow('model.layers.1.mlp.up_proj.weight')
    const misfit = open({ ...AWKWARD, head_dim: 12 }, weights)
    await expect(misfit.forward([2], [RES_2])).rejects.toThrow('[60, 20]; the config asks for [72, 20]')
  })
})

test('a model too large for WebAssembly is refused before anything is read', async () => {
  const read: string[] = []
  // Gemma 2 9B: 198.2 million weights a layer, 15.51 GiB of float32 in 21; only shapes are needed to know.
  const config = {
    ...AWKWARD,
    hidden_size: 3584,
    num_hidden_layers: 42,
    num_attention_heads: 16,
    num_key_value_heads: 8,
    head_dim: 256,
    intermediate_size: 14_336,
  }
  const weights = arrayFile(
    tensors(config).map(([name, shape]) => [name, shape, new Float32Array()]),
    (name) => read.push(name),
  )
  const model = openModel({ config: parseGemmaConfig(config), weights, backend: 'wasm' })
  const deep = model.forward([2], ['blocks.20.hook_resid_post'])
  await expect(deep).rejects.toThrow('Its first 21 layers take 15.51 GiB')
  expect(read).toEqual([])
  model.dispose()
})

test('activations on the GPU hold exactly rows × width numbers, whatever the size of their buffer', async () => {
  const model = openModel({
    config: parseGemmaConfig(AWKWARD),
    weights: randomWeights(AWKWARD),
    backend: 'webgpu',
    device: gpu?.device,
  })
  const output = (await model.forward(IDS, [RES_0])).get(RES_0)
  expect(output).toMatchObject({ location: 'gpu', rows: IDS.length, width: AWKWARD.hidden_size })
  if (output?.location !== 'gpu') return
  expect(output.buffer.size).toBeGreaterThanOrEqual(IDS.length * AWKWARD.hidden_size * 4)
  expect(await output.download()).toHaveLength(IDS.length * AWKWARD.hidden_size)
  output.release()
  output.release()
  model.dispose()
})

function watched(weights: ArrayFile, onRead: (name: string) => void): ArrayFile {
  return new Map(
    [...weights].map(([name, entry]) => [
      name,
      {
        ...entry,
        readFloat32: (first, count, signal) => {
          onRead(name)
          return entry.readFloat32(first, count, signal)
        },
      },
    ]),
  )
}

/** Gives query head h the key and value head order[h], each its own copy. */
async function repeatedKeyHeads(
  weights: ArrayFile,
  order: readonly number[],
  headDim: number,
): Promise<ArrayFile> {
  const changed = new Map(weights)
  for (const [name, entry] of weights) {
    if (!/\.[kv]_proj\./.test(name)) continue
    const size = headDim * entry.shape[1]
    const values = new Float32Array(order.length * size)
    for (const [head, from] of order.entries())
      values.set(await entry.readFloat32(from * size, size), head * size)
    const shape = [order.length * headDim, entry.shape[1]]
    changed.set(
      name,
      floatEntry(name, shape, async (first, count) => values.slice(first, first + count)),
    )
  }
  return changed
}
