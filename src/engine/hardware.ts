// The GPU and the choice of backend: what the user asked for, what there is, what is in use.
import { type Gpu, requestGpu } from '../gpu/device.ts'
import { UserError } from '../lib/errors.ts'
import { DEFAULT_GPU_BUDGET } from '../lib/gpu-budget.ts'
import type { EncodeTiles } from '../sae/webgpu/kernels.ts'
import { defaultTiles } from '../sae/webgpu/tuning.ts'
import type { BackendChoice, BackendKind, Backends } from './protocol.ts'
import { tilesOf } from './tile-cache.ts'

export class Hardware {
  choice: BackendChoice = {
    sae: 'auto',
    model: 'auto',
    precision: 'f32',
    gpuBudget: DEFAULT_GPU_BUDGET,
    weights: 'auto',
  }
  readonly #onLost: () => void
  #gpu: Promise<Gpu | undefined> | undefined
  #tiles: Promise<EncodeTiles> | undefined

  /** `onLost` is called when the device is gone, with everything that lived on it. */
  constructor(onLost: () => void) {
    this.#onLost = onLost
  }

  /** The GPU, asked for once; again after a loss. */
  gpu(): Promise<Gpu | undefined> {
    this.#gpu ??= this.#request()
    return this.#gpu
  }

  /** What the encode kernel is quickest with on the GPU; a default where it could not be measured. */
  tiles(gpu: Gpu): Promise<EncodeTiles> {
    this.#tiles ??= tilesOf(gpu).catch(() => defaultTiles(gpu))
    return this.#tiles
  }

  /** Software adapters are slower than the wasm builds, so `auto` takes wasm there. */
  async backends(): Promise<Backends> {
    const gpu = await this.gpu()
    const pick = (asked: BackendKind | 'auto'): BackendKind => {
      if (asked === 'auto') return gpu && !gpu.software ? 'webgpu' : 'wasm'
      return asked === 'webgpu' && !gpu ? 'wasm' : asked
    }
    return {
      sae: pick(this.choice.sae),
      model: pick(this.choice.model),
      adapter: gpu?.name ?? 'no WebGPU adapter',
      software: gpu?.software ?? false,
    }
  }

  /** Rejects, changing nothing, when WebGPU is asked for and there is none. */
  async choose(choice: BackendChoice): Promise<Backends> {
    const wantsGpu = choice.sae === 'webgpu' || choice.model === 'webgpu'
    if (wantsGpu && !(await this.gpu())) {
      throw new UserError({
        title: 'WebGPU is not available here.',
        detail: 'The browser offers no WebGPU adapter to this page.',
        remedy:
          'Use wasm, or open the page in a browser with WebGPU (current Chrome, Edge, Safari or Firefox).',
      })
    }
    this.choice = choice
    return this.backends()
  }

  async #request(): Promise<Gpu | undefined> {
    const gpu = await requestGpu()
    void gpu?.lost.then(() => {
      this.#gpu = undefined
      this.#tiles = undefined
      this.#onLost()
    })
    return gpu
  }
}
