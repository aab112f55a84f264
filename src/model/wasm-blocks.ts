// Blocks on the CPU: one session a layer, with its weights inside it, so that nothing is held twice.
import type { InferenceSession, Tensor } from 'onnxruntime-web'
import { atOnce } from '../lib/at-once.ts'
import { UserError } from '../lib/errors.ts'
import type { HookSite } from '../lib/hook.ts'
import type { BlockLoad, BlockRunner, Cut, RunnerModel } from './block-runner.ts'
import { buildBlockGraph, SITES } from './graph.ts'
import { memoryOf } from './load-plan.ts'
import { loadWeight, type WeightProgress } from './load-weight.ts'
import { createWasmSession, exclusively, loadOrt, type Ort } from './ort.ts'
import { type BlockWeight, weightsBefore } from './weights.ts'

interface Block {
  session: InferenceSession
  /** The deepest site its graph computes. */
  until: HookSite
  /** Bytes of its weights as they lie in WebAssembly. */
  bytes: number
}

interface ExternalFile {
  path: string
  data: Uint8Array<ArrayBuffer>
}

/** Weights of a layer that are fetched side by side, to keep a slow network busy. */
const WEIGHTS_AT_ONCE = 4

export class WasmBlocks implements BlockRunner {
  readonly #model: RunnerModel
  readonly #ort: Ort
  readonly #blocks = new Map<number, Block>()

  private constructor(model: RunnerModel, ort: Ort) {
    this.#model = model
    this.#ort = ort
  }

  static async open(model: RunnerModel): Promise<WasmBlocks> {
    return new WasmBlocks(model, await loadOrt('wasm'))
  }

  held(): ReadonlyMap<number, ReadonlySet<BlockWeight>> {
    return new Map(
      [...this.#blocks].map(([layer, { until }]) => [
        layer,
        new Set(weightsBefore(this.#model.config, until)),
      ]),
    )
  }

  heldBytes(): number {
    return [...this.#blocks.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  }

  async load(loads: readonly BlockLoad[], progress: WeightProgress, signal?: AbortSignal): Promise<void> {
    for (const load of loads) {
      signal?.throwIfAborted()
      if (load.missing.length === 0) continue
      const { layer, until } = load
      // A shallower session of the same layer goes first: its weights are among those read now.
      const shallower = this.#blocks.get(layer)
      this.#blocks.delete(layer)
      if (shallower) await exclusively(() => shallower.session.release())
      const files = await readFiles(load, progress, signal)
      const graph = buildBlockGraph(this.#model.config, {
        until,
        weights: 'external',
        precision: this.#model.precision,
      })
      const session = await createWasmSession(this.#ort, graph, files).catch((error: unknown) => {
        throw isOutOfMemory(error) ? noRoom(`There was no memory left for layer ${layer}.`, error) : error
      })
      const bytes = load.missing.reduce((sum, packed) => sum + memoryOf('wasm', packed), 0)
      this.#blocks.set(layer, { session, until, bytes })
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
}

/** The layer's tensors as the files its graph names. */
async function readFiles(
  { kept, missing }: BlockLoad,
  progress: WeightProgress,
  signal?: AbortSignal,
): Promise<ExternalFile[]> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>(
    missing.flatMap(({ parts }) => parts.map(({ name, placedBytes }) => [name, new Uint8Array(placedBytes)])),
  )
  try {
    await atOnce(
      missing,
      WEIGHTS_AT_ONCE,
      (packed, signal) =>
        loadWeight(
          packed,
          kept.store,
          ({ name }, offset, bytes) => files.get(name)?.set(bytes, offset),
          progress,
          signal,
        ),
      signal,
    )
  } finally {
    await kept.store?.flush()
  }
  return [...files].map(([path, data]) => ({ path, data }))
}

function reaches(block: Block, { until }: Cut): boolean {
  return SITES.indexOf(block.until) >= SITES.indexOf(until)
}

function noRoom(detail: string, cause?: unknown): UserError {
  const remedy =
    'Run the model on WebGPU, choose fewer bits, a source at an earlier layer, or a smaller model.'
  return new UserError({ title: 'This model does not fit on the CPU.', detail, remedy }, { cause })
}

/** What onnxruntime and WebAssembly say when the 4 GiB are used up. */
function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && /bad_alloc|out of memory|failed to allocate/i.test(error.message)
}
