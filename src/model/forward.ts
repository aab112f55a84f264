// The forward pass: token ids in, the activations at the hooks asked for out, no layer deeper than they need.
import type { Tensor } from 'onnxruntime-web'
import type { ArrayFile } from '../formats/array.ts'
import type { Activations } from '../lib/activations.ts'
import type { Hook } from '../lib/hook.ts'
import type { OnProgress } from '../lib/progress.ts'
import { serialQueue } from '../lib/serial-queue.ts'
import type { WeightCache } from '../lib/weight-cache.ts'
import type { WeightPrecision } from '../lib/weight-precision.ts'
import { type BlockPlan, checkIds, planBlocks } from './asked.ts'
import { BlockFeeds } from './block-feeds.ts'
import type { BlockRunner, Cut } from './block-runner.ts'
import { type GemmaConfig, hookWidth } from './config.ts'
import { EmbeddingRows } from './embedding-rows.ts'
import { gpuActivations } from './gpu-activations.ts'
import { BLOCK_INPUTS, SITES } from './graph.ts'
import {
  type BackendFacts,
  expectRoom,
  type LoadPlan,
  missingWeights,
  type PlanInput,
  planLoad,
} from './load-plan.ts'
import { WasmBlocks } from './wasm-blocks.ts'
import { WebGpuBlocks } from './webgpu-blocks.ts'
import { type KeptLayer, WeightStores } from './weight-stores.ts'

export interface ModelOptions {
  config: GemmaConfig
  weights: ArrayFile
  backend: 'webgpu' | 'wasm'
  /** Needed on webgpu; the outputs lie on it. */
  device?: GPUDevice
  /** How the matrices are held; float32 unless told. */
  precision?: WeightPrecision
  /** Keeps packed weights between visits. */
  cache?: WeightCache
}

interface ForwardOptions {
  signal?: AbortSignal
  onProgress?: OnProgress
}

export interface GemmaModel {
  /**
   * Activations [ids.length, width] float32 at each hook; on webgpu they stay on the GPU until released. Weights
   * are read when first needed. Rejects with UserError for ids, lengths or hooks the model does not have, and
   * with AbortError after `signal`, which is looked at between blocks and pieces of weights.
   */
  forward(
    ids: readonly number[],
    hooks: readonly Hook[],
    options?: ForwardOptions,
  ): Promise<Map<Hook, Activations>>
  /**
   * What `forward` with these hooks would fetch and hold, as things are now; nothing of a weight is read. Rejects with
   * UserError where the model has not these hooks or the checkpoint not these weights.
   */
  plan(hooks: readonly Hook[], signal?: AbortSignal): Promise<LoadPlan>
  /** Bytes of weights in place: on the GPU, or handed to WebAssembly. 0 when a disposed model's calls have ended. */
  heldBytes(): number
  /** Frees weights and sessions once the calls made so far have ended; outputs stay valid until released. */
  dispose(): void
}

/** Opens a model; nothing is read or compiled before the first `forward`. */
export function openModel(options: ModelOptions): GemmaModel {
  return new Gemma(options)
}

class Gemma implements GemmaModel {
  readonly #options: ModelOptions
  /** One pass at a time: two would read the same weights twice. */
  readonly #inTurn = serialQueue()
  readonly #embedding: EmbeddingRows
  readonly #stores: WeightStores
  readonly #precision: WeightPrecision
  #runner: BlockRunner | undefined
  #disposed = false

  constructor(options: ModelOptions) {
    this.#options = options
    const { precision = 'f32', cache } = options
    this.#precision = precision
    this.#embedding = new EmbeddingRows(options)
    this.#stores = new WeightStores({ ...options, precision, cache })
  }

  async plan(hooks: readonly Hook[], signal?: AbortSignal): Promise<LoadPlan> {
    return planLoad(await this.#planInput(planBlocks(hooks, this.#options.config), signal))
  }

  heldBytes(): number {
    return this.#runner?.heldBytes() ?? 0
  }

  async forward(
    ids: readonly number[],
    hooks: readonly Hook[],
    options: ForwardOptions = {},
  ): Promise<Map<Hook, Activations>> {
    if (this.#disposed) throw new Error('this model was disposed')
    const { config } = this.#options
    checkIds(ids, config)
    const plan = planBlocks(hooks, config)
    return this.#inTurn(async () => {
      options.signal?.throwIfAborted()
      // What cannot run needs no runtime either.
      if (!this.#runner) expectRoom(await this.plan(hooks, options.signal))
      const runner = await this.#openRunner(options.onProgress)
      await this.#load(runner, plan, options)
      const embedded = await this.#embedding.gather(ids, options.signal)
      return runBlocks(runner, plan, embedded, ids.length, this.#options, options)
    })
  }

  dispose(): void {
    this.#disposed = true
    void this.#inTurn(async () => this.#runner?.dispose())
  }

  async #openRunner(onProgress?: OnProgress): Promise<BlockRunner> {
    const { backend, config, device } = this.#options
    if (!this.#runner) {
      onProgress?.({ label: 'Loading model runtime', done: 0, total: undefined, unit: 'bytes' })
      const model = { config, precision: this.#precision }
      if (backend === 'wasm') this.#runner = await WasmBlocks.open(model)
      else if (device) this.#runner = await WebGpuBlocks.open(model, device)
      else throw new Error('the webgpu backend needs a device')
    }
    return this.#runner
  }

  async #load(
    runner: BlockRunner,
    cuts: readonly BlockPlan[],
    { signal, onProgress }: ForwardOptions,
  ): Promise<void> {
    const input = await this.#planInput(cuts, signal)
    const plan = planLoad(input)
    expectRoom(plan)
    let [done, total] = [0, plan.download + plan.cached]
    const onBytes = (bytes: number): void => {
      done += bytes
      onProgress?.({ label: 'Loading model', done, total, unit: 'bytes' })
    }
    const onMore = (bytes: number): void => {
      total += bytes
    }
    const loads = cuts.map(({ layer, until }) => {
      const kept = input.layers.get(layer)
      if (!kept) throw new Error(`layer ${layer} was not planned`)
      return { layer, until, kept, missing: missingWeights(input, { layer, until }) }
    })
    await runner.load(loads, { onBytes, onMore }, signal)
  }

  async #planInput(cuts: readonly Cut[], signal?: AbortSignal): Promise<PlanInput> {
    const { config } = this.#options
    const held = this.#runner?.held() ?? new Map()
    const numbers = new Set([...held.keys(), ...cuts.map(({ layer }) => layer)])
    const opened = [...numbers].map(
      async (layer): Promise<[number, KeptLayer]> => [layer, await this.#stores.layer(layer, signal)],
    )
    return {
      ...{ config, cuts, held, precision: this.#precision, facts: this.#facts() },
      layers: new Map(await Promise.all(opened)),
      embeddingRow: this.#embedding.rowBytes,
    }
  }

  #facts(): BackendFacts {
    const { backend, device } = this.#options
    if (backend === 'wasm') return { backend }
    if (!device) throw new Error('the webgpu backend needs a device')
    const { maxBufferSize, maxStorageBufferBindingSize } = device.limits
    return {
      backend,
      largestBinding: Math.min(maxBufferSize, maxStorageBufferBindingSize),
      float16: device.features.has('shader-f16'),
    }
  }
}

async function runBlocks(
  runner: BlockRunner,
  plan: readonly BlockPlan[],
  embedded: Float32Array<ArrayBuffer>,
  rows: number,
  { config, device }: ModelOptions,
  { signal, onProgress }: ForwardOptions,
): Promise<Map<Hook, Activations>> {
  const results = new Map<Hook, Activations>()
  const feeds = new BlockFeeds(runner, config, rows)
  let residual = runner.feed(embedded, rows, config.hiddenSize)
  let residualIsResult = false
  try {
    for (const [done, cut] of plan.entries()) {
      const { layer, hooks } = cut
      signal?.throwIfAborted()
      onProgress?.({ label: 'Running model', done, total: plan.length, unit: 'steps' })
      const last = done === plan.length - 1
      const sites = SITES.filter((site) => hooks.has(site) || (!last && site === 'hook_resid_post'))
      const inputs = { ...feeds.of(layer), [BLOCK_INPUTS.residual]: residual }
      const outputs = await runner.run(cut, inputs, sites)
      for (const [site, hook] of hooks) {
        const tensor = outputs.get(site)
        if (tensor) results.set(hook, toActivations(runner, tensor, rows, hookWidth(config, site), device))
      }
      const next = outputs.get('hook_resid_post')
      if (!next || last) break
      if (!residualIsResult) runner.free(residual)
      residual = next
      residualIsResult = hooks.has('hook_resid_post')
    }
    onProgress?.({ label: 'Running model', done: plan.length, total: plan.length, unit: 'steps' })
    return results
  } catch (error) {
    for (const result of results.values()) if (result.location === 'gpu') result.release()
    throw error
  } finally {
    if (!residualIsResult) runner.free(residual)
    feeds.free()
  }
}

function toActivations(
  runner: BlockRunner,
  tensor: Tensor,
  rows: number,
  width: number,
  device: GPUDevice | undefined,
): Activations {
  if (tensor.location === 'gpu-buffer' && device) {
    return gpuActivations(device, tensor.gpuBuffer as GPUBuffer, rows, width, () => runner.free(tensor))
  }
  return { location: 'cpu', rows, width, data: tensor.data as Float32Array }
}
