// The layers of one model as they are kept between visits, each opened once.
import type { ArrayFile } from '../formats/array.ts'
import type { PackedStore, WeightCache } from '../lib/weight-cache.ts'
import type { WeightPrecision } from '../lib/weight-precision.ts'
import type { GemmaConfig } from './config.ts'
import { type PackedLayer, packedLayer } from './packed-layer.ts'

/** A layer's layout, and where it is kept; nowhere without a cache. */
export interface KeptLayer extends PackedLayer {
  store: PackedStore | undefined
}

interface Options {
  config: GemmaConfig
  weights: ArrayFile
  precision: WeightPrecision
  cache: WeightCache | undefined
}

export class WeightStores {
  readonly #options: Options
  readonly #layers = new Map<number, Promise<KeptLayer>>()

  constructor(options: Options) {
    this.#options = options
  }

  /** Rejects with UserError where the checkpoint has not all of the layer, as the config says it is. */
  layer(layer: number, signal?: AbortSignal): Promise<KeptLayer> {
    const known = this.#layers.get(layer)
    if (known) return known
    const opening = this.#open(layer, signal)
    this.#layers.set(layer, opening)
    // A failure is the caller's; the next caller tries again.
    opening.catch(() => this.#layers.delete(layer))
    return opening
  }

  async #open(layer: number, signal?: AbortSignal): Promise<KeptLayer> {
    const packed = packedLayer(this.#options, layer, this.#options.precision)
    return { ...packed, store: await this.#options.cache?.layer(packed.key, packed.size, signal) }
  }
}
