// What a backend does for the forward pass: hold the blocks' weights, and run one block at a time.
import type { Tensor } from 'onnxruntime-web'
import type { ArrayFile } from '../formats/array.ts'
import type { HookSite } from '../lib/hook.ts'
import type { GemmaConfig } from './config.ts'

/** The checkpoint a runner takes its weights from. */
export interface Checkpoint {
  config: GemmaConfig
  weights: ArrayFile
}

/** A block, and how far into it. */
export interface Cut {
  layer: number
  /** The deepest site computed. */
  until: HookSite
}

/** Called with the bytes each piece took in its file. */
export type OnBytes = (bytes: number) => void

export interface BlockRunner {
  /** Bytes in the file that `load` would read; 0 when these blocks are ready. */
  missingBytes(cuts: readonly Cut[]): number
  /**
   * Reads the weights still missing. Rejects with UserError before reading anything where it is known that they
   * have no room; what is already read stays when it rejects later.
   */
  load(cuts: readonly Cut[], onBytes: OnBytes, signal?: AbortSignal): Promise<void>
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
