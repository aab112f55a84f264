// A model's weights on their way in: the plan against what is really read, what is kept, cut off, resumed and freed.
import { describe, expect, test, vi } from 'vitest'
import type { ArrayFile } from '../../src/formats/array.ts'
import { readSafetensors } from '../../src/formats/safetensors.ts'
import { readShardedSafetensors } from '../../src/formats/safetensors-shards.ts'
import { writeSafetensors } from '../../src/formats/write-safetensors.ts'
import type { Hook } from '../../src/lib/hook.ts'
import type { Progress } from '../../src/lib/progress.ts'
import { WEIGHT_PRECISIONS } from '../../src/lib/weight-precision.ts'
import { parseGemmaConfig } from '../../src/model/config.ts'
import { type ModelOptions, openModel } from '../../src/model/forward.ts'
import { openCheckpoint, take } from '../support/checkpoints.ts'
import { bytesGiven, type CountingSource, countingSource } from '../support/counting-source.ts'
import { AWKWARD_3, randomWeights } from '../support/gemma-reference.ts'
import { gpuForTests } from '../support/gpu.ts'
import { MemoryCache } from '../support/memory-cache.ts'

const IDS = [2, 17, 40, 5, 33]
const RES_3: Hook = 'blocks.3.hook_resid_post'
const ATT_1: Hook = 'blocks.1.attn.hook_z'

const bundled = await openCheckpoint('/hub/featurescope/gemma-2-mini', '/tests/fixtures/demo')
const file = new Uint8Array(
  await (await fetch('/hub/featurescope/gemma-2-mini/model.safetensors')).arrayBuffer(),
)
const { device } = await gpuForTests()

const { destroy } = GPUBuffer.prototype

/** The bundled model over a source that counts; its embedding lies first in the file. */
async function counted(partLength: number, onPart?: (offset: number) => void) {
  if (!bundled) throw new Error('the bundled model is missing')
  const config = parseGemmaConfig(bundled.configJson)
  const source = countingSource('model.safetensors', file, partLength, onPart)
  const weights = await readSafetensors(source)
  const headerBytes = 8 + Number(new DataView(file.buffer).getBigUint64(0, true))
  const embeddingEnd = headerBytes + config.vocabSize * config.hiddenSize * 2
  source.ranges.length = 0
  /** Bytes of block weights given out, and forgotten. */
  const taken = (): number => {
    const weightRanges = source.ranges.filter(([offset]) => offset >= embeddingEnd)
    source.ranges.length = 0
    return weightRanges.reduce((sum, [, length]) => sum + length, 0)
  }
  return { config, weights, source, taken }
}

describe.each(['wasm', 'webgpu'] as const)('on %s', (backend) => {
  const precisions = WEIGHT_PRECISIONS.filter(
    (precision) => backend === 'wasm' || precision !== 'f16' || device.features.has('shader-f16'),
  )
  const open = (options: Pick<ModelOptions, 'config' | 'weights' | 'precision' | 'cache'>) =>
    openModel({ ...options, backend, device })
  const run = async (model: ReturnType<typeof open>, hook: Hook): Promise<Float32Array> =>
    take(await model.forward(IDS, [hook]), hook)

  test.each(precisions.flatMap((precision) => [0, 10_007].map((part) => ({ precision, part }))))(
    'exactly what the plan says is read at $precision in parts of $part bytes, whole and after a part',
    async ({ precision, part }) => {
      const { config, weights, taken } = await counted(part)
      const model = open({ config, weights, precision })
      const whole = await model.plan([RES_3])
      expect(whole).toMatchObject({ layers: 4, cached: 0, refused: undefined, embeddingRow: 256 })
      expect(taken()).toBe(0)

      const first = await model.plan([ATT_1])
      await run(model, ATT_1)
      expect(taken()).toBe(first.download)

      const rest = await model.plan([RES_3])
      expect(rest.download).toBeLessThan(whole.download)
      expect(rest.memory).toBe(whole.memory)
      await run(model, RES_3)
      expect(taken()).toBe(rest.download)
      expect(await model.plan([RES_3])).toMatchObject({ download: 0, cached: 0, memory: whole.memory })
      model.dispose()
    },
  )

  test.each(precisions)(
    'what was kept at %s is not read again, and gives the same numbers',
    async (precision) => {
      const cache = new MemoryCache()
      const { config, weights, taken } = await counted(10_007)
      const first = open({ config, weights, precision, cache })
      const before = await run(first, RES_3)
      first.dispose()
      expect(taken()).toBeGreaterThan(0)
      expect([...cache.stores.keys()].sort()).toEqual(
        [0, 1, 2, 3].map((layer) => `layer ${layer} ${precision}`),
      )
      for (const store of cache.stores.values()) expect(store.flushes).toBeGreaterThan(0)

      const seen: Progress[] = []
      const second = open({ config, weights, precision, cache })
      const kept = [...cache.stores.values()].reduce((sum, { bytes }) => sum + bytes.length, 0)
      expect(await second.plan([RES_3])).toMatchObject({ download: 0, cached: kept })
      const outputs = await second.forward(IDS, [RES_3], { onProgress: (progress) => seen.push(progress) })
      expect(await take(outputs, RES_3)).toEqual(before)
      expect(taken()).toBe(0)
      const loading = seen.filter(({ label }) => label === 'Loading model')
      expect(loading.at(-1)).toMatchObject({ done: kept, total: kept })
      second.dispose()
    },
  )

  test('a load cut off half-way goes on from there: nothing that was kept is read twice', async () => {
    const controller = new AbortController()
    const cache = new MemoryCache()
    let parts = 0
    const { config, weights, taken } = await counted(10_007, () => {
      parts += 1
      if (parts === 60) controller.abort()
    })
    const model = open({ config, weights, precision: 'q8', cache })
    const whole = await model.plan([RES_3])
    const cancelled = model.forward(IDS, [RES_3], { signal: controller.signal })
    await expect(cancelled).rejects.toHaveProperty('name', 'AbortError')
    expect(taken()).toBeLessThan(whole.download)
    const rest = await model.plan([RES_3])
    expect(rest.download).toBeGreaterThan(0)
    expect(rest.download).toBeLessThan(whole.download)
    const resumed = await run(model, RES_3)
    expect(taken()).toBe(rest.download)
    model.dispose()
    const fresh = open({ config, weights, precision: 'q8' })
    expect(resumed).toEqual(await run(fresh, RES_3))
    fresh.dispose()
  })

  test('a source that fails leaves the model usable, and the next load has only the rest to do', async () => {
    let broken = true
    let parts = 0
    const { config, weights, taken } = await counted(10_007, () => {
      parts += 1
      if (broken && parts === 80) throw new Error('the line is dead')
    })
    const model = open({ config, weights, precision: 'q4', cache: new MemoryCache() })
    const whole = await model.plan([RES_3])
    await expect(model.forward(IDS, [RES_3])).rejects.toThrow('the line is dead')
    broken = false
    taken()
    const rest = await model.plan([RES_3])
    expect(rest.download).toBeLessThan(whole.download)
    await run(model, RES_3)
    expect(taken()).toBe(rest.download)
    model.dispose()
  })

  test('disposing gives the memory back', async () => {
    const { config, weights } = await counted(0)
    let sizes: number[] = []
    const destroyed = vi.spyOn(GPUBuffer.prototype, 'destroy').mockImplementation(function (this: GPUBuffer) {
      sizes.push(this.size)
      destroy.call(this)
    })
    for (const precision of ['f32', 'q4'] as const) {
      const model = open({ config, weights, precision })
      await run(model, RES_3)
      const held = model.heldBytes()
      expect(held).toBe((await model.plan([RES_3])).memory)
      sizes = []
      model.dispose()
      await vi.waitFor(() => expect(model.heldBytes()).toBe(0))
      if (backend !== 'webgpu') continue
      // Beside the weights onnxruntime lets some small buffers of its own go.
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThanOrEqual(held)
    }
    destroyed.mockRestore()
  })

  test.each(precisions)('a checkpoint in shards gives the same numbers at %s', async (precision) => {
    const config = parseGemmaConfig(AWKWARD_3)
    const whole = randomWeights(AWKWARD_3)
    const { weights, sources } = await sharded(whole)
    const [one, several] = [whole, weights].map((arrays) => open({ config, weights: arrays, precision }))
    const hook: Hook = 'blocks.2.hook_resid_post'
    const { download } = await several.plan([hook])
    expect(await run(several, hook)).toEqual(await run(one, hook))
    const rows = IDS.length * AWKWARD_3.hidden_size * 4
    const read = sources.reduce((sum, source) => sum + bytesGiven(source), 0)
    // Beside the weights only embedding rows, which lie close enough to be read with what is between.
    expect(read - download).toBeGreaterThanOrEqual(rows)
    expect(read - download).toBeLessThanOrEqual(AWKWARD_3.vocab_size * AWKWARD_3.hidden_size * 4)
    one.dispose()
    several.dispose()
  })
})

/** The arrays dealt to three files in turn, with an index. */
async function sharded(arrays: ArrayFile): Promise<{ weights: ArrayFile; sources: CountingSource[] }> {
  const files: Parameters<typeof writeSafetensors>[0][number][][] = [[], [], []]
  const weight_map: Record<string, string> = {}
  for (const [index, [name, entry]] of [...arrays].entries()) {
    const data = await entry.readFloat32(
      0,
      entry.shape.reduce((a, b) => a * b, 1),
    )
    files[index % 3].push({ name, shape: entry.shape, data })
    weight_map[name] = `model-${index % 3}.safetensors`
  }
  const sources = files.map((tensors, i) =>
    countingSource(`model-${i}.safetensors`, writeSafetensors(tensors, {}), 999),
  )
  const open = async (wanted: string): Promise<CountingSource> => {
    const source = sources.find(({ name }) => name === wanted)
    if (!source) throw new Error(`no ${wanted}`)
    return source
  }
  const weights = await readShardedSafetensors(open, { weight_map }, 'index')
  for (const source of sources) source.ranges.length = 0
  return { weights, sources }
}
