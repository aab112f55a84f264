// Blocks on the CPU: one session a layer, with its weights inside it, so that nothing is held twice.
import type { InferenceSession, Tensor } from 'onnxruntime-web'
import { elementCount } from '../formats/array.ts'
import { UserError } from '../lib/errors.ts'
import type { HookSite } from '../lib/hook.ts'
import type { BlockRunner, Checkpoint, Cut, OnBytes } from './block-runner.ts'
import { buildBlockGraph, SITES } from './graph.ts'
import { createWasmSession, exclusively, loadOrt, type Ort } from './ort.ts'
import { blockEntry, blockWeightShapes, fileBytes, readBlockWeight, weightsBefore } from './weights.ts'

interface Block {
  session: InferenceSession
  /** The deepest site its graph computes. */
  until: HookSite
}

/** WebAssembly addresses 4 GiB; what is left over is for activations, code and the packing of a matrix. */
const WEIGHT_ROOM = 3.25 * 2 ** 30

export class WasmBlocks implements BlockRunner {
  readonly #checkpoint: Checkpoint
  readonly #ort: Ort
  readonly #blocks = new Map<number, Block>()

  private constructor(checkpoint: Checkpoint, ort: Ort) {
    this.#checkpoint = checkpoint
    this.#ort = ort
  }

  static async open(checkpoint: Checkpoint): Promise<WasmBlocks> {
    return new WasmBlocks(checkpoint, await loadOrt('wasm'))
  }

  missingBytes(cuts: readonly Cut[]): number {
    const { config, weights } = this.#checkpoint
    return this.#missing(cuts)
      .flatMap(({ layer, until }) =>
        weightsBefore(until).map((weight) => blockEntry(weights, config, layer, weight)),
      )
      .reduce((sum, entry) => sum + fileBytes(entry), 0)
  }

  async load(cuts: readonly Cut[], onBytes: OnBytes, signal?: AbortSignal): Promise<void> {
    const missing = this.#missing(cuts)
    this.#checkRoom(missing)
    for (const cut of missing) {
      signal?.throwIfAborted()
      // A shallower session of the same layer goes first: its weights are among those read now.
      const shallower = this.#blocks.get(cut.layer)
      this.#blocks.delete(cut.layer)
      if (shallower) await exclusively(() => shallower.session.release())
      const files = await this.#readFiles(cut, onBytes, signal)
      const graph = buildBlockGraph(this.#checkpoint.config, { until: cut.until, weights: 'external' })
      const session = await createWasmSession(this.#ort, graph, files).catch((error: unknown) => {
        throw isOutOfMemory(error) ? noRoom(`There was no memory left for layer ${cut.layer}.`, error) : error
      })
      this.#blocks.set(cut.layer, { session, until: cut.until })
    }
  }

  feed(data: Float32Array<ArrayBuffer>, rows: number, width: number): Tensor {
    return new this.#ort.Tensor('float32', data, [rows, width])
  }

  free(): void {
    // CPU tensors are ordinary JavaScript memory.
  }

  async run(
    cut: Cut,
    inputs: Readonly<Record<string, Tensor>>,
    sites: readonly HookSite[],
  ): Promise<ReadonlyMap<HookSite, Tensor>> {
    const block = this.#blocks.get(cut.layer)
    if (!block || !reaches(block, cut)) throw new Error(`block ${cut.layer} is not loaded up to ${cut.until}`)
    const outputs = await exclusively(() => block.session.run({ ...inputs }, [...sites]))
    return new Map(sites.map((site) => [site, outputs[site]]))
  }

  async dispose(): Promise<void> {
    const blocks = [...this.#blocks.values()]
    this.#blocks.clear()
    for (const { session } of blocks) await exclusively(() => session.release())
  }

  #missing(cuts: readonly Cut[]): Cut[] {
    return cuts.filter((cut) => {
      const block = this.#blocks.get(cut.layer)
      return !block || !reaches(block, cut)
    })
  }

  /** Throws where the blocks held and those missing would not fit together. */
  #checkRoom(missing: readonly Cut[]): void {
    const after = new Map<number, HookSite>([...this.#blocks].map(([layer, { until }]) => [layer, until]))
    for (const { layer, until } of missing) after.set(layer, until)
    const shapes = blockWeightShapes(this.#checkpoint.config)
    const bytes = [...after.values()]
      .flatMap((until) => weightsBefore(until).map((weight) => elementCount(shapes[weight])))
      .reduce((sum, count) => sum + count * Float32Array.BYTES_PER_ELEMENT, 0)
    if (missing.length === 0 || bytes <= WEIGHT_ROOM) return
    throw noRoom(
      `Its first ${after.size} layers take ${gib(bytes)} of weights, and WebAssembly has room for ${gib(WEIGHT_ROOM)}.`,
    )
  }

  async #readFiles({ layer, until }: Cut, onBytes: OnBytes, signal?: AbortSignal) {
    const { config, weights } = this.#checkpoint
    const files: { path: string; data: Uint8Array }[] = []
    for (const weight of weightsBefore(until)) {
      const entry = blockEntry(weights, config, layer, weight)
      const data = new Float32Array(elementCount(entry.shape))
      await readBlockWeight(
        entry,
        weight,
        (first, values, bytes) => {
          data.set(values, first)
          onBytes(bytes)
        },
        signal,
      )
      files.push({ path: weight, data: new Uint8Array(data.buffer) })
    }
    return files
  }
}

function reaches(block: Block, { until }: Cut): boolean {
  return SITES.indexOf(block.until) >= SITES.indexOf(until)
}

function noRoom(detail: string, cause?: unknown): UserError {
  const remedy = 'Run the model on WebGPU, choose a source at an earlier layer, or a smaller model.'
  return new UserError({ title: 'This model does not fit on the CPU.', detail, remedy }, { cause })
}

/** What onnxruntime and WebAssembly say when the 4 GiB are used up. */
function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && /bad_alloc|out of memory|failed to allocate/i.test(error.message)
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`
}
