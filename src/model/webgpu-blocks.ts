// Blocks on WebGPU: every weight is one GPU buffer fed as a graph input, so one session serves all layers.
import type { InferenceSession, Tensor } from 'onnxruntime-web'
import { atOnce } from '../lib/at-once.ts'
import { EngineBroken, UserError } from '../lib/errors.ts'
import { formatBytes } from '../lib/format.ts'
import type { HookSite } from '../lib/hook.ts'
import type { PackedStore } from '../lib/weight-cache.ts'
import type { BlockLoad, BlockRunner, Cut, RunnerModel } from './block-runner.ts'
import { buildBlockGraph } from './graph.ts'
import { loadWeight, type Place, type WeightProgress } from './load-weight.ts'
import { createGpuSession, exclusively, loadOrt, type Ort } from './ort.ts'
import type { PackedWeight } from './packed-layer.ts'
import { type BlockWeight, weightsBefore } from './weights.ts'

/** A weight's tensors on the GPU, by the graph's names for them. */
type GpuWeight = ReadonlyMap<string, { buffer: GPUBuffer; tensor: Tensor }>

/** Weights brought to the GPU side by side, to keep a slow network busy. */
const WEIGHTS_AT_ONCE = 4
/** Bytes handed to the queue before waiting for it: bounds the staging memory the browser keeps. */
const UPLOAD_WINDOW = 64 << 20

export class WebGpuBlocks implements BlockRunner {
  readonly #model: RunnerModel
  readonly #device: GPUDevice
  readonly #ort: Ort
  /** Weights by layer. */
  readonly #weights = new Map<number, Map<BlockWeight, GpuWeight>>()
  /** One session a cut. */
  readonly #sessions = new Map<HookSite, InferenceSession>()
  readonly #feeds = new Map<Tensor, GPUBuffer>()
  #uploading = 0

  private constructor(model: RunnerModel, device: GPUDevice, ort: Ort) {
    this.#model = model
    this.#device = device
    this.#ort = ort
  }

  static async open(model: RunnerModel, device: GPUDevice): Promise<WebGpuBlocks> {
    return new WebGpuBlocks(model, device, await loadOrt('webgpu'))
  }

  held(): ReadonlyMap<number, ReadonlySet<BlockWeight>> {
    return new Map([...this.#weights].map(([layer, held]) => [layer, new Set(held.keys())]))
  }

  heldBytes(): number {
    return this.#allWeights().reduce((sum, { buffer }) => sum + buffer.size, 0)
  }

  async load(loads: readonly BlockLoad[], progress: WeightProgress, signal?: AbortSignal): Promise<void> {
    const uploads = loads.flatMap(({ missing, kept }) => missing.map((packed) => ({ packed, kept })))
    try {
      await atOnce(
        uploads,
        WEIGHTS_AT_ONCE,
        async ({ packed, kept }, signal) => {
          const weight = await this.#upload(packed, kept.store, progress, signal)
          const held = this.#weights.get(kept.layer) ?? new Map<BlockWeight, GpuWeight>()
          this.#weights.set(kept.layer, held.set(packed.weight, weight))
        },
        signal,
      )
    } finally {
      await Promise.all([...new Set(uploads.map(({ kept }) => kept.store))].map((store) => store?.flush()))
    }
    for (const { until } of loads) {
      if (this.#sessions.has(until)) continue
      const { config, precision } = this.#model
      const graph = buildBlockGraph(config, { until, weights: 'input', precision })
      this.#sessions.set(until, await createGpuSession(this.#ort, graph, this.#device))
    }
  }

  feed(data: Float32Array<ArrayBuffer>, rows: number, width: number): Tensor {
    const buffer = this.#allocate(data.byteLength)
    const tensor = this.#ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims: [rows, width] })
    this.#device.queue.writeBuffer(buffer, 0, data)
    this.#feeds.set(tensor, buffer)
    return tensor
  }

  free(tensor: Tensor): void {
    const buffer = this.#feeds.get(tensor)
    this.#feeds.delete(tensor)
    // A buffer of our own is destroyed here; one of onnxruntime's goes back to its pool, in its turn.
    if (buffer) buffer.destroy()
    else void exclusively(async () => tensor.dispose())
  }

  async run(
    { layer, until }: Cut,
    inputs: Readonly<Record<string, Tensor>>,
    sites: readonly HookSite[],
  ): Promise<ReadonlyMap<HookSite, Tensor>> {
    const session = this.#sessions.get(until)
    const held = this.#weights.get(layer)
    if (!session || !held) throw new Error(`block ${layer} is not loaded up to ${until}`)
    const feeds: Record<string, Tensor> = { ...inputs }
    for (const weight of weightsBefore(this.#model.config, until)) {
      for (const [name, { tensor }] of held.get(weight) ?? []) feeds[name] = tensor
    }
    const outputs = await exclusively(() => session.run(feeds, [...sites])).catch(asOutOfMemory)
    return new Map(sites.map((site) => [site, outputs[site]]))
  }

  async dispose(): Promise<void> {
    for (const { buffer } of this.#allWeights()) buffer.destroy()
    for (const buffer of this.#feeds.values()) buffer.destroy()
    const sessions = [...this.#sessions.values()]
    this.#weights.clear()
    this.#feeds.clear()
    this.#sessions.clear()
    for (const session of sessions) await exclusively(() => session.release())
  }

  #allWeights(): { buffer: GPUBuffer }[] {
    return [...this.#weights.values()].flatMap((held) =>
      [...held.values()].flatMap((weight) => [...weight.values()]),
    )
  }

  async #upload(
    packed: PackedWeight,
    store: PackedStore | undefined,
    progress: WeightProgress,
    signal: AbortSignal,
  ): Promise<GpuWeight> {
    const buffers = new Map<string, GPUBuffer>()
    try {
      // One scope for all, synchronously: scopes of a device are a stack.
      this.#device.pushErrorScope('out-of-memory')
      for (const { name, placedBytes } of packed.parts) buffers.set(name, this.#allocate(placedBytes))
      const full = await this.#device.popErrorScope()
      if (full) throw outOfMemory(packed)
      const place: Place = ({ name }, offset, bytes) => this.#write(buffers.get(name), offset, bytes)
      await loadWeight(packed, store, place, progress, signal)
    } catch (error) {
      for (const buffer of buffers.values()) buffer.destroy()
      throw error
    }
    return new Map(
      packed.parts.flatMap(({ name, type, dims }) => {
        const buffer = buffers.get(name)
        if (!buffer) return []
        return [[name, { buffer, tensor: this.#ort.Tensor.fromGpuBuffer(buffer, { dataType: type, dims }) }]]
      }),
    )
  }

  async #write(buffer: GPUBuffer | undefined, offset: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (!buffer) return
    this.#device.queue.writeBuffer(buffer, offset, bytes)
    this.#uploading += bytes.length
    if (this.#uploading < UPLOAD_WINDOW) return
    this.#uploading = 0
    await this.#device.queue.onSubmittedWorkDone()
  }

  #allocate(bytes: number): GPUBuffer {
    const { STORAGE, COPY_DST, COPY_SRC } = GPUBufferUsage
    return this.#device.createBuffer({ size: bytes, usage: STORAGE | COPY_DST | COPY_SRC })
  }
}

/**
 * onnxruntime asks for memory without looking whether it got any, fails at the first use of what it did not get, and
 * keeps that for later runs, which abort.
 */
function asOutOfMemory(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error)
  if (!/Invalid Buffer.* is invalid due to a previous error|out.of.(device.)?memory/is.test(message))
    throw error
  throw new EngineBroken(
    {
      title: 'The GPU has not enough memory for this text.',
      detail: `onnxruntime: ${message.slice(0, 300)}`,
      remedy: 'Try a shorter text, close other pages that use the GPU, or choose fewer bits or wasm.',
    },
    { cause: error },
  )
}

function outOfMemory({ entry, parts }: PackedWeight): UserError {
  const bytes = parts.reduce((sum, { placedBytes }) => sum + placedBytes, 0)
  return new UserError({
    title: 'The GPU has not enough memory for this model.',
    detail: `There was no room for the ${formatBytes(bytes)} of ${entry.name}.`,
    remedy:
      'Close other pages that use the GPU, choose fewer bits, a source at an earlier layer, or a smaller model.',
  })
}
