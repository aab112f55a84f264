// What every block of a pass is fed beside its weights and the residual stream.
import type { Tensor } from 'onnxruntime-web'
import type { BlockRunner } from './block-runner.ts'
import type { GemmaConfig } from './config.ts'
import { BLOCK_INPUTS } from './graph.ts'
import { attentionMask, rotaryTable } from './rotary.ts'

/** Rotary tables and masks, made once a pass for all layers that share them. */
export class BlockFeeds {
  readonly #runner: BlockRunner
  readonly #config: GemmaConfig
  readonly #rows: number
  readonly #made = new Map<string, Tensor>()

  constructor(runner: BlockRunner, config: GemmaConfig, rows: number) {
    this.#runner = runner
    this.#config = config
    this.#rows = rows
  }

  of(layer: number): Record<string, Tensor> {
    const { attention, ropeTheta } = this.#config.layers[layer]
    const { headDim, slidingWindow } = this.#config
    // A window that holds the whole text is no window.
    const window =
      attention === 'sliding' && slidingWindow < this.#rows ? slidingWindow : Number.POSITIVE_INFINITY
    const rotary = (part: 'cos' | 'signedSin') => () =>
      this.#runner.feed(rotaryTable(this.#rows, headDim, ropeTheta)[part], this.#rows, headDim)
    return {
      [BLOCK_INPUTS.cos]: this.#once(`cos ${ropeTheta}`, rotary('cos')),
      [BLOCK_INPUTS.sin]: this.#once(`sin ${ropeTheta}`, rotary('signedSin')),
      [BLOCK_INPUTS.mask]: this.#once(`mask ${window}`, () =>
        this.#runner.feed(attentionMask(this.#rows, window), this.#rows, this.#rows),
      ),
    }
  }

  free(): void {
    for (const tensor of this.#made.values()) this.#runner.free(tensor)
  }

  #once(key: string, make: () => Tensor): Tensor {
    const made = this.#made.get(key) ?? make()
    this.#made.set(key, made)
    return made
  }
}
