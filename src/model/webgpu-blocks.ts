// Blocks on WebGPU: every weight is one GPU buffer fed as a graph input, so one session serves all layers.
import type { InferenceSession, Tensor } from 'onnxruntime-web'
import { elementCount } from '../formats/array.ts'
import { UserError } from '../lib/errors.ts'
import type { HookSite } from '../lib/hook.ts'
import type { BlockRunner, Checkpoint, Cut, OnBytes } from './block-runner.ts'
import { buildBlockGraph } from './graph.ts'
import { createGpuSession, exclusively, loadOrt, type Ort } from './ort.ts'
import { type BlockWeight, blockEntry, fileBytes, readBlockWeight, weightsBefore } from './weights.ts'

interface GpuArray {
  buffer: GPUBuffer
  tensor: Tensor
}

export class WebGpuBlocks implements BlockRunner {
  readonly #checkpoint: Checkpoint
  readonly #device: GPUDevice
  readonly #ort: Ort
  /** Weights by layer. */
  readonly #weights = new Map<number, Map<BlockWeight, GpuArray>>()
  /** One session a cut. */
  readonly #sessions = new Map<HookSite, InferenceSession>()
  readonly #feeds = new Map<Tensor, GPUBuffer>()

  private constructor(checkpoint: Checkpoint, device: GPUDevice, ort: Ort) {
    this.#checkpoint = checkpoint
    this.#device = device
    this.#ort = ort
  }

  static async open(checkpoint: Checkpoint, device: GPUDevice): Promise<WebGpuBlocks> {
    return new WebGpuBlocks(checkpoint, device, await loadOrt('webgpu'))
  }

  missingBytes(cuts: readonly Cut[]): number {
    const { config, weights } = this.#checkpoint
    return cuts
      .flatMap((cut) => this.#missing(cut).map((weight) => blockEntry(weights, config, cut.layer, weight)))
      .reduce((sum, entry) => sum + fileBytes(entry), 0)
  }

  async load(cuts: readonly Cut[], onBytes: OnBytes, signal?: AbortSignal): Promise<void> {
    for (const cut of cuts) {
      signal?.throwIfAborted()
      const held = this.#weights.get(cut.layer) ?? new Map<BlockWeight, GpuArray>()
      this.#weights.set(cut.layer, held)
      for (const weight of this.#missing(cut)) {
        held.set(weight, await this.#upload(cut.layer, weight, onBytes, signal))
      }
      if (!this.#sessions.has(cut.until)) {
        const graph = buildBlockGraph(this.#checkpoint.config, { until: cut.until, weights: 'input' })
        this.#sessions.set(cut.until, await createGpuSession(this.#ort, graph, this.#device))
      }
    }
  }

  feed(data: Float32Array<ArrayBuffer>, rows: number, width: number): Tensor {
    const array = this.#allocate(data.byteLength, [rows, width])
    this.#device.queue.writeBuffer(array.buffer, 0, data)
    this.#feeds.set(array.tensor, array.buffer)
    return array.tensor
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
    for (const name of weightsBefore(until)) {
      const weight = held.get(name)
      if (weight) feeds[name] = weight.tensor
    }
    const outputs = await exclusively(() => session.run(feeds, [...sites]))
    return new Map(sites.map((site) => [site, outputs[site]]))
  }

  async dispose(): Promise<void> {
    for (const held of this.#weights.values()) for (const { buffer } of held.values()) buffer.destroy()
    for (const buffer of this.#feeds.values()) buffer.destroy()
    const sessions = [...this.#sessions.values()]
    this.#weights.clear()
    this.#feeds.clear()
    this.#sessions.clear()
    for (const session of sessions) await exclusively(() => session.release())
  }

  #missing({ layer, until }: Cut): BlockWeight[] {
    const held = this.#weights.get(layer)
    return weightsBefore(until).filter((weight) => !held?.has(weight))
  }

  async #upload(
    layer: number,
    weight: BlockWeight,
    onBytes: OnBytes,
    signal?: AbortSignal,
  ): Promise<GpuArray> {
    const entry = blockEntry(this.#checkpoint.weights, this.#checkpoint.config, layer, weight)
    const bytes = elementCount(entry.shape) * Float32Array.BYTES_PER_ELEMENT
    this.#device.pushErrorScope('out-of-memory')
    const array = this.#allocate(bytes, entry.shape)
    const full = await this.#device.popErrorScope()
    if (full) throw outOfMemory(entry.name, bytes)
    try {
      await readBlockWeight(
        entry,
        weight,
        (first, values, fileBytes) => {
          this.#device.queue.writeBuffer(array.buffer, first * values.BYTES_PER_ELEMENT, values)
          onBytes(fileBytes)
        },
        signal,
      )
      return array
    } catch (error) {
      array.buffer.destroy()
      throw error
    }
  }

  #allocate(bytes: number, dims: readonly number[]): GpuArray {
    const { STORAGE, COPY_DST, COPY_SRC } = GPUBufferUsage
    const buffer = this.#device.createBuffer({ size: bytes, usage: STORAGE | COPY_DST | COPY_SRC })
    return { buffer, tensor: this.#ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims }) }
  }
}

function outOfMemory(name: string, bytes: number): UserError {
  return new UserError({
    title: 'The GPU has not enough memory for this model.',
    detail: `There was no room for the ${(bytes / 1e6).toFixed(1)} MB of ${name}.`,
    remedy: 'Close other pages that use the GPU, choose a source at an earlier layer, or a smaller model.',
  })
}
