// The engine on the bundled hub, in a real browser: opening, running, failing, and local files.
import { beforeAll, describe, expect, test } from 'vitest'
import { Engine } from '../../src/engine/engine.ts'
import type { BackendKind, CatalogueEntry } from '../../src/engine/protocol.ts'
import type { TaskContext } from '../../src/engine/tasks.ts'
import type { ArrayFile } from '../../src/formats/array.ts'
import { readNpz } from '../../src/formats/npz.ts'
import { readSafetensors } from '../../src/formats/safetensors.ts'
import { openHttpSource } from '../../src/hub/http-source.ts'
import { npyFloat32, npzFile } from '../support/array-files.ts'

const HUB = new URL('/hub/', location.href).href
const MODEL = 'featurescope/gemma-2-mini'
const TEXT = 'The President of the United States spoke about the whale.\n\ndef main(self):\n    return None'

const LISTENERS = { onBackends: () => {}, onStorageNotice: () => {} }

const context = (): TaskContext => ({ signal: new AbortController().signal, onProgress: () => {} })

async function start(kind: BackendKind): Promise<Engine> {
  const engine = new Engine(HUB, LISTENERS)
  await engine.setBackends({ sae: kind, model: kind, precision: 'f32', gpuBudget: 4e9, weights: 'auto' })
  return engine
}

let catalogue: CatalogueEntry[]
let source: string

beforeAll(async () => {
  catalogue = await new Engine(HUB, LISTENERS).catalogue()
  const entry = catalogue.find(({ default: isDefault }) => isDefault)
  if (!entry) throw new Error('the catalogue names no default source')
  source = entry.source
})

describe.each(['wasm', 'webgpu'] as const)('on %s', (kind) => {
  test('every bundled source opens, fits the model, and runs with the L0 and FVU of its kind', async () => {
    const engine = await start(kind)
    await engine.open({ model: MODEL }, context())
    for (const entry of catalogue) {
      const { sae } = await engine.open({ sae: entry.source }, context())
      expect(sae).toMatchObject({ dSae: entry.width, hookIn: entry.hookIn, hookOut: entry.hookOut })
      const run = await engine.run(TEXT, context())
      expect(run.ids[0]).toBe(2)
      expect(run.ids.slice(1)).not.toContain(2)
      expect(run.spans.map(({ text }) => text).join('')).toBe(`<bos>${TEXT}`)
      expect(run.features.rows).toBe(run.ids.length)
      // A text of its own has its own averages, but not another order of magnitude.
      expect(run.l0).toBeGreaterThan(entry.l0 / 4)
      expect(run.l0).toBeLessThan(entry.l0 * 4)
      expect(run.fvu).toBeGreaterThan(0)
      expect(run.fvu).toBeLessThan(1)
    }
  })

  test('run is activations, encode and decode put together, and gives the same bytes twice', async () => {
    const engine = await start(kind)
    await engine.open({ model: MODEL, sae: source }, context())
    const first = await engine.run(TEXT, context())
    const second = await engine.run(TEXT, context())
    expect(second.features).toEqual(first.features)
    expect(second.fvu).toBe(first.fvu)
    const { shape, data } = await engine.activations(first.ids, first.hookIn ?? '', context())
    expect(shape).toEqual([first.ids.length, 128])
    const encoded = await engine.encode(data, shape[0], context())
    expect([...encoded.indices]).toEqual([...first.features.indices])
    const decoded = await engine.decode(encoded, undefined, context())
    expect(unexplained(data, decoded, 128)).toBeCloseTo(first.fvu, 5)
  })
})

test.each(['wasm', 'webgpu'] as const)(
  'on %s a feature’s dashboard agrees with the parameters, and its logits with a plain product',
  async (kind) => {
    const engine = await start(kind)
    await engine.open({ model: MODEL, sae: source }, context())
    const run = await engine.run(TEXT, context())
    const index = run.features.indices[run.features.rowPtr[3]]
    const dashboard = await engine.features.dashboard(index, context())

    const entry = catalogue.find((candidate) => candidate.source === source)
    const params = await readNpz(await openHttpSource(`${HUB}${entry?.repo}/${entry?.path}`))
    const weights = await readSafetensors(await openHttpSource(`${HUB}${MODEL}/model.safetensors`))
    const row = await numbers(params, 'W_dec', index * 128, 128)
    const embedding = await numbers(weights, 'model.embed_tokens.weight', 0, 6144 * 128)
    const plain = Array.from({ length: 6144 }, (_, id) =>
      row.reduce((sum, value, k) => sum + value * embedding[id * 128 + k], 0),
    )
    const order = plain.map((_, id) => id).sort((a, b) => plain[b] - plain[a])
    expect(dashboard.threshold).toBe((await numbers(params, 'threshold', index, 1))[0])
    expect(dashboard.encoderBias).toBe((await numbers(params, 'b_enc', index, 1))[0])
    expect(dashboard.decoderNorm).toBeCloseTo(Math.hypot(...row), 6)
    expect(dashboard.logits?.top.map(({ id }) => id)).toEqual(order.slice(0, 10))
    expect(dashboard.logits?.bottom.map(({ id }) => id)).toEqual(order.slice(-10).reverse())
    for (const { id, logit } of dashboard.logits?.top ?? []) expect(logit).toBeCloseTo(plain[id], 5)
    const [promoted] = await engine.features.promoted([index], 3, context())
    expect(promoted).toEqual(dashboard.logits?.top.slice(0, 3))

    const { edges, counts } = dashboard.logits?.histogram ?? { edges: [], counts: [] }
    expect(counts).toHaveLength(50)
    expect(counts.reduce((a, b) => a + b, 0)).toBe(6144)
    expect([edges[0], edges[50]]).toEqual([dashboard.logits?.bottom[0].logit, dashboard.logits?.top[0].logit])
    const above = plain.filter((logit) => logit >= edges[30]).length
    // One logit may lie on the other side of an edge after rounding.
    expect(Math.abs(counts.slice(30).reduce((a, b) => a + b, 0) - above)).toBeLessThanOrEqual(1)

    const total = row.reduce((sum, value) => sum + Math.abs(value), 0)
    const [aligned] = dashboard.alignment
    expect(Math.abs(aligned.value)).toBe(Math.max(...row.map(Math.abs)))
    expect(row[aligned.dimension]).toBe(aligned.value)
    expect(aligned.share).toBeCloseTo(Math.abs(aligned.value) / total, 6)
  },
)

test.each(['wasm', 'webgpu'] as const)(
  'on %s the features nearest to one are those with the highest cosine of decoder rows',
  async (kind) => {
    const engine = await start(kind)
    await engine.open({ sae: source }, context())
    const entry = catalogue.find((candidate) => candidate.source === source)
    const params = await readNpz(await openHttpSource(`${HUB}${entry?.repo}/${entry?.path}`))
    const decoder = await numbers(params, 'W_dec', 0, 4096 * 128)
    const row = (f: number) => decoder.subarray(f * 128, (f + 1) * 128)
    const dot = (x: Float32Array, y: Float32Array): number =>
      x.reduce((sum, value, k) => sum + value * y[k], 0)
    const cosine = (f: number): number =>
      dot(row(77), row(f)) / Math.sqrt(dot(row(77), row(77)) * dot(row(f), row(f)))
    const order = Array.from({ length: 4096 }, (_, f) => f)
      .filter((f) => f !== 77)
      .sort((a, b) => cosine(b) - cosine(a))
    const similar = await engine.features.similar(77, 5, context())
    expect(similar.map(({ feature }) => feature)).toEqual(order.slice(0, 5))
    for (const { feature, cosine: found } of similar) expect(found).toBeCloseTo(cosine(feature), 5)
    await expect(engine.features.similar(4096, 5, context())).rejects.toMatchObject({
      title: 'There is no feature 4096.',
    })
  },
)

test('weights can be stored as float16 or streamed within a budget, and the answers stay', async () => {
  const engine = await start('webgpu')
  await engine.open({ model: MODEL, sae: source }, context())
  const choice = {
    sae: 'webgpu',
    model: 'webgpu',
    precision: 'f32',
    gpuBudget: 4e9,
    weights: 'auto',
  } as const
  const whole = await engine.run(TEXT, context())
  const { weights } = await engine.backends()
  expect(weights).toMatchObject({ precision: 'f32', streamedRanges: 0 })
  const bytes = weights?.bytes ?? 0
  expect(bytes).toBeGreaterThan(2 * 4 * 128 * 4096)

  await engine.setBackends({ ...choice, gpuBudget: 2e6 })
  const streamed = await engine.run(TEXT, context())
  const small = (await engine.backends()).weights
  expect(small?.streamedRanges).toBeGreaterThan(0)
  expect(small?.bytes).toBeLessThanOrEqual(2e6)
  expect(streamed.features.indices).toEqual(whole.features.indices)

  await engine.setBackends({ ...choice, precision: 'f16' })
  const half = await engine.run(TEXT, context())
  const stored = (await engine.backends()).weights
  expect(stored).toMatchObject({ precision: 'f16', streamedRanges: 0 })
  expect((stored?.bytes ?? 0) / bytes).toBeCloseTo(0.5, 1)
  expect(Math.abs(half.l0 / whole.l0 - 1)).toBeLessThan(0.01)
  expect(half.features.values).not.toEqual(whole.features.values)
})

describe('what cannot be done says so and loses nothing', () => {
  test('unknown names, indices and hooks', async () => {
    const engine = await start('wasm')
    await engine.open({ model: MODEL, sae: source }, context())
    await expect(engine.open({ sae: 'no-such-source' }, context())).rejects.toThrow('There is no source')
    await expect(engine.open({ model: 'featurescope/none' }, context())).rejects.toThrow('There is no model')
    await expect(engine.features.dashboard(4096, context())).rejects.toThrow('There is no feature 4096')
    await expect(engine.features.dashboard(-1, context())).rejects.toThrow('There is no feature')
    await expect(engine.activations(TEXT, 'blocks.0.nothing', context())).rejects.toThrow('There is no hook')
    await expect(engine.activations(TEXT, 'blocks.99.hook_resid_post', context())).rejects.toThrow()
    await expect(engine.encode(new Float32Array(100), 1, context())).rejects.toThrow('reads rows of 128')
    expect((await engine.run(TEXT, context())).features.rows).toBeGreaterThan(10)
  })

  test('a model without a tokenizer takes ids and refuses texts; an SAE of no known hook still encodes', async () => {
    const fetchFile = async (name: string): Promise<File> =>
      new File([await (await fetch(`${HUB}${MODEL}/${name}`)).blob()], name)
    const engine = await start('wasm')
    await engine.open(
      { model: [await fetchFile('config.json'), await fetchFile('model.safetensors')] },
      context(),
    )
    const { shape, data } = await engine.activations([2, 300, 301], 'blocks.1.hook_mlp_out', context())
    expect(shape).toEqual([3, 128])
    await expect(engine.activations('text', 'blocks.1.hook_mlp_out', context())).rejects.toThrow(
      'no tokenizer',
    )

    const identity = new Float32Array(4 * 4).map((_, i) => (i % 5 === 0 ? 1 : 0))
    const params = npzFile({
      W_enc: npyFloat32([4, 4], identity),
      W_dec: npyFloat32([4, 4], identity),
      b_enc: npyFloat32([4], [0, 0, 0, 0]),
      b_dec: npyFloat32([4], [0, 0, 0, 0]),
      threshold: npyFloat32([4], [1, 1, 1, 1]),
    })
    await engine.open({ sae: [new File([params], 'params.npz')] }, context())
    const sparse = await engine.encode(Float32Array.of(0.5, 1, 2, -3), 1, context())
    expect([...sparse.indices]).toEqual([2])
    expect([...sparse.values]).toEqual([2])
    expect([...(await engine.decode(sparse, undefined, context()))]).toEqual([0, 0, 2, 0])
    await expect(engine.run([2, 300], context())).rejects.toThrow('It is not known which activations')
    expect(data.some((value) => value !== 0)).toBe(true)
  })

  test('opening can be cancelled, and what was open stays', async () => {
    const engine = await start('wasm')
    await engine.open({ model: MODEL, sae: source }, context())
    const controller = new AbortController()
    controller.abort()
    const other = catalogue.find((entry) => entry.source !== source)
    const work = engine.open(
      { sae: other?.source ?? '' },
      { signal: controller.signal, onProgress: () => {} },
    )
    await expect(work).rejects.toMatchObject({ name: 'AbortError' })
    expect((await engine.run(TEXT, context())).features.rows).toBeGreaterThan(10)
  })
})

async function numbers(file: ArrayFile, name: string, first: number, count: number): Promise<Float32Array> {
  const entry = file.get(name)
  if (!entry) throw new Error(`no array ${name}`)
  return entry.readFloat32(first, count)
}

/** FVU written out: Σ‖x−x̂‖² / Σ‖x−mean(x)‖² over rows 1 and on. */
function unexplained(x: Float32Array, reconstruction: Float32Array, width: number): number {
  const rows = x.length / width
  let error = 0
  let variance = 0
  for (let k = 0; k < width; k++) {
    let mean = 0
    for (let row = 1; row < rows; row++) mean += x[row * width + k] / (rows - 1)
    for (let row = 1; row < rows; row++) {
      const at = row * width + k
      error += (x[at] - reconstruction[at]) ** 2
      variance += (x[at] - mean) ** 2
    }
  }
  return error / variance
}
