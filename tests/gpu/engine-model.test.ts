// The engine with one model and several SAEs: plans, windows, kept activations, layers in one pass, predictions.
import { describe, expect, test } from 'vitest'
import { Engine } from '../../src/engine/engine.ts'
import type { BackendKind, LayerRun } from '../../src/engine/protocol.ts'
import type { TaskContext } from '../../src/engine/tasks.ts'
import { readSafetensors } from '../../src/formats/safetensors.ts'
import { openHttpSource } from '../../src/hub/http-source.ts'
import { UserError } from '../../src/lib/errors.ts'
import type { Hook } from '../../src/lib/hook.ts'
import { FakeHubClient } from '../support/fake-hub-client.ts'

const HUB = new URL('/hub/', location.href).href
const MODEL = 'featurescope/gemma-2-mini'
const SOURCES = ['1-miniscope-res-4k', '3-miniscope-res-4k', '3-miniscope-att-4k', '5-miniscope-res-4k']
const TEXT = 'The whale swam away, and the President of the United States spoke about it.'
const LAST: Hook = 'blocks.5.hook_resid_post'

interface Heard {
  context: TaskContext
  labels: string[]
}

function listening(): Heard {
  const labels: string[] = []
  const onProgress = ({ label }: { label: string }): void => void labels.push(label)
  return { context: { signal: new AbortController().signal, onProgress }, labels }
}
const context = (): TaskContext => listening().context

async function start(kind: BackendKind): Promise<Engine> {
  const engine = new Engine(HUB, { onBackends: () => {}, onStorageNotice: () => {} })
  await engine.setBackends({ sae: kind, model: kind, precision: 'f32', gpuBudget: 4e9, weights: 'auto' })
  await engine.open({ model: MODEL }, context())
  return engine
}

/** The model's vocabulary [6144, 128] and final norm, as they are stored. */
async function outputWeights() {
  const file = await readSafetensors(await openHttpSource(`${HUB}${MODEL}/model.safetensors`))
  const read = async (name: string): Promise<Float32Array> => {
    const entry = file.get(name)
    if (!entry) throw new Error(`no ${name}`)
    return entry.readFloat32(
      0,
      entry.shape.reduce((a, b) => a * b),
    )
  }
  return { embedding: await read('model.embed_tokens.weight'), norm: await read('model.norm.weight') }
}

describe.each(['wasm', 'webgpu'] as const)('on %s', (kind) => {
  test('several sources in one pass give what each gives alone', async () => {
    const engine = await start(kind)
    const { context: asked, labels } = listening()
    const { layers, tokens } = await engine.runLayers(TEXT, [...SOURCES, '9-no-such'], asked)
    // One pass of six blocks, however many sources.
    expect(labels.filter((label) => label === 'Running model')).toHaveLength(7)
    expect(layers.map(({ source }) => source)).toEqual([...SOURCES, '9-no-such'])
    expect(layers[4]).toMatchObject({ error: { title: expect.stringContaining('9-no-such') } })
    for (const source of SOURCES) {
      await engine.open({ sae: source }, context())
      const alone = await engine.run(TEXT, context())
      const layer = layers.find((one): one is LayerRun => one.source === source && 'features' in one)
      expect(tokens).toEqual(alone.tokens)
      expect(layer?.layer).toBe(Number(source[0]))
      expect(layer?.features.indices).toEqual(alone.features.indices)
      expect(layer?.features.values).toEqual(alone.features.values)
      expect([layer?.l0, layer?.fvu]).toEqual([alone.l0, alone.fvu])
    }
  })

  test('another SAE of the same hook takes the activations as they are', async () => {
    const engine = await start(kind)
    await engine.open({ sae: '3-miniscope-res-4k' }, context())
    await engine.run(TEXT, context())
    const again = listening()
    await engine.run(TEXT, again.context)
    expect(again.labels).not.toContain('Running model')
    const other = listening()
    await engine.run(`${TEXT} `, other.context)
    expect(other.labels).toContain('Running model')
  })

  test('predictions are the soft-capped softmax of the final norm through the embedding', async () => {
    const engine = await start(kind)
    const { ids } = engine.tokenize(TEXT)
    const position = ids.length - 3
    const found = await engine.predictions(TEXT, position, 10, context())
    const { data } = await engine.activations(TEXT, LAST, context())
    const x = data.slice(position * 128, (position + 1) * 128)
    const { embedding, norm } = await outputWeights()
    const scale = 1 / Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / 128 + 1e-6)
    const logits = Array.from({ length: embedding.length / 128 }, (_, token) => {
      let sum = 0
      for (let i = 0; i < 128; i += 1) sum += embedding[token * 128 + i] * x[i] * scale * (1 + norm[i])
      return 30 * Math.tanh(sum / 30)
    })
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0)
    const order = logits.map((_, id) => id).sort((a, b) => logits[b] - logits[a])
    expect(found.top.map(({ id }) => id)).toEqual(order.slice(0, 10))
    for (const { id, logit, probability } of found.top) {
      // float32 sums of 128 products on the GPU against float64 here.
      expect(Math.abs(logit - logits[id])).toBeLessThan(1e-4)
      expect(Math.abs(probability - Math.exp(logits[id]) / total)).toBeLessThan(1e-5)
    }
    const next = ids[position + 1]
    expect(found.actual).toMatchObject({ id: next, rank: order.indexOf(next) + 1 })
    const entropy = logits.reduce((sum, l) => sum - (Math.exp(l) / total) * (l - Math.log(total)), 0)
    expect(Math.abs(found.entropy - entropy)).toBeLessThan(1e-4)
    await expect(engine.predictions(TEXT, ids.length, 10, context())).rejects.toThrow(UserError)
  })

  test('a text longer than the context is run in windows, and each is what it is alone', async () => {
    const engine = await start(kind)
    await engine.open({ sae: '3-miniscope-res-4k' }, context())
    const { ids } = engine.tokenize('One whale after another swam by. '.repeat(60))
    expect(ids.length).toBeGreaterThan(256)
    const run = await engine.run(ids, context())
    expect(run.windows).toEqual([...run.windows.keys()].map((w) => w * 256))
    expect(run.windows.length).toBe(Math.ceil((ids.length - 1) / 255))
    expect(run.ids.filter((id) => id !== 2)).toEqual(ids.slice(1))
    expect(run.windows.map((first) => run.ids[first])).toEqual(run.windows.map(() => 2))
    const second = await engine.run(run.ids.slice(256, 512), context())
    const { rowPtr, indices, values } = run.features
    expect(indices.slice(rowPtr[256], rowPtr[512] ?? rowPtr[run.features.rows])).toEqual(
      second.features.indices,
    )
    expect(values.slice(rowPtr[256], rowPtr[512] ?? rowPtr[run.features.rows])).toEqual(
      second.features.values,
    )
  })

  test('fewer bits take less memory and nearly the same features; the backend says what is in place', async () => {
    const engine = await start(kind)
    await engine.open({ sae: '3-miniscope-res-4k' }, context())
    const exact = await engine.run(TEXT, context())
    const inFull = (await engine.backends()).modelWeights
    await engine.setBackends({ sae: kind, model: kind, precision: 'f32', gpuBudget: 4e9, weights: 'q8' })
    expect((await engine.backends()).modelWeights).toBeUndefined()
    const rough = await engine.run(TEXT, context())
    const inBits = (await engine.backends()).modelWeights
    expect([inFull?.precision, inBits?.precision]).toEqual(['f32', 'q8'])
    expect(inBits?.bytes).toBeLessThan((inFull?.bytes ?? 0) / 3)
    // 8 bits change a few of a thousand activations near their thresholds.
    expect(Math.abs(rough.l0 - exact.l0)).toBeLessThan(0.1 * exact.l0)
    expect(Math.abs(rough.fvu - exact.fvu)).toBeLessThan(0.02)
  })
})

test('a model is planned from its headers: every precision, what fits, and no weight is read', async () => {
  const fake = await FakeHubClient.beside()
  await fake.reset()
  const engine = new Engine(HUB, { onBackends: () => {}, onStorageNotice: () => {} })
  engine.setHub({ endpoint: fake.origin })
  await engine.setBackends({ sae: 'wasm', model: 'wasm', precision: 'f32', gpuBudget: 4e9, weights: 'auto' })
  const plan = await engine.planModel('unsloth/gemma-2-2b', ['blocks.20.hook_resid_post'], context())
  expect(plan.model).toMatchObject({ id: 'gemma-2-2b', layers: 26, hiddenSize: 2304, architecture: 'gemma2' })
  const [full, half, eight, four] = plan.precisions
  const blocks = 21 * (2304 * 256 * (8 + 4 + 4 + 8) + 3 * 2304 * 9216 + 4 * 2304) * 2
  for (const one of plan.precisions) {
    expect([one.layers, one.download, one.cached]).toEqual([21, blocks, 0])
  }
  // WebAssembly has room for 3.25 GiB; a layer in float32 takes 312 MB, more than is handed over at once.
  expect(full.refused?.reason.detail).toMatch(/GiB|MB/)
  expect(half.refused).toBeDefined()
  expect(eight.refused).toBeUndefined()
  expect(four.memory).toBeLessThan(eight.memory)
  expect(plan.automatic).toBe('q8')
  expect(plan.vocabularyBytes).toBe(256_000 * 2304 * 2)
  const asked = [...(await fake.asked())].filter(([name]) => name.endsWith('.safetensors'))
  expect(asked.reduce((sum, [, bytes]) => sum + bytes, 0)).toBeLessThan(200_000)
  // Looking leaves nothing behind.
  const { files } = await engine.storage()
  expect(files.filter(({ name }) => /bits|float16|as published/.test(name))).toEqual([])
})
