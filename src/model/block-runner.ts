// What a backend does for the forward pass: hold the blocks' weights, and run one block at a time.
import type { Tensor } from 'onnxruntime-web'
import type { HookSite } from '../lib/hook.ts'
import type { WeightPrecision } from '../lib/weight-precision.ts'
import type { GemmaConfig } from './config.ts'
import type { WeightProgress } from './load-weight.ts'
import type { PackedWeight } from './packed-layer.ts'
import type { KeptLayer } from './weight-stores.ts'
import type { BlockWeight } from './weights.ts'

/** The model a runner computes, and how its matrices are held. */
export interface RunnerModel {
  config: GemmaConfig
  precision: WeightPrecision
}

/** A block, and how far into it. */
export interface Cut {
  layer: number
  /** The deepest site computed. */
  until: HookSite
}

/** A block's weights that are to be brought in place, none where they all are. */
export interface BlockLoad extends Cut {
  kept: KeptLayer
  missing: readonly PackedWeight[]
}

export interface BlockRunner {
  /** Weights in place, by layer. */
  held(): ReadonlyMap<number, ReadonlySet<BlockWeight>>
  /** Bytes of weights in place; 0 after `dispose`. */
  heldBytes(): number
  /**
   * Brings weights in place and readies the cuts. Rejects with UserError; what is in place already, and every weight
   * brought before, stays when it rejects.
   */
  load(loads: readonly BlockLoad[], progress: WeightProgress, signal?: AbortSignal): Promise<void>
  /** Brings a [rows, width] array to where blocks read it. */
  feed(data: Float32Array<ArrayBuffer>, rows: number, width: number): Tensor
  /** Gives a feed or an output back. */
  free(tensor: Tensor): void
  /** Runs a loaded block on its inputs (graph.ts, BLOCK_INPUTS); outputs by site. */
  run(
    cut: Cut,
    inputs: Readonly<Record<string, Tensor>>,
    sites: readonly HookSite[],
  ): Promise<ReadonlyMap<HookSite, Tensor>>
  /** Frees every weight and session; the caller has let every run end. */
  dispose(): Promise<void>
}
