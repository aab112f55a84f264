// What every SAE backend offers, and the one door through which an SAE is opened.
import type { ArrayFile } from '../formats/array.ts'
import type { Gpu } from '../gpu/device.ts'
import type { Activations } from '../lib/activations.ts'
import { UserError } from '../lib/errors.ts'
import type { OnProgress } from '../lib/progress.ts'
import type { SparseRows } from '../lib/sparse-rows.ts'
import { openReferenceSae } from './reference.ts'
import { openWasmSae } from './wasm/wasm-sae.ts'
import { openWebgpuSae } from './webgpu/webgpu-sae.ts'

type SaeKind = 'webgpu' | 'wasm' | 'reference'

/**
 * A JumpReLU SAE ready to run (Rajamanoharan et al., arXiv 2407.14435, in Gemma Scope's folded form):
 * pre = x · W_enc + b_enc, acts = relu(pre) · (pre > threshold), x̂ = acts · W_dec + b_dec. All float32.
 * Calls may overlap. After `dispose` nothing may be called.
 */
export interface Sae {
  readonly kind: SaeKind
  readonly dIn: number
  readonly dSae: number
  readonly dOut: number
  /** [dSae] */
  readonly bEnc: Float32Array
  /** [dOut] */
  readonly bDec: Float32Array
  /** [dSae], every one > 0 */
  readonly threshold: Float32Array
  /** Smallest and largest L2 norm of W_dec's rows; Gemma Scope's are 1. */
  readonly decoderNormRange: [number, number]
  /**
   * Active features of x [rows, dIn]. Two calls on the same input give the same bytes.
   * UserError for another width, and for NaN or infinity, naming the token.
   */
  encode(x: Activations, signal?: AbortSignal): Promise<SparseRows>
  /** Reconstruction [rows, dOut]. UserError when the sparse rows are another SAE's. */
  decode(sparse: SparseRows, signal?: AbortSignal): Promise<Float32Array<ArrayBuffer>>
  /** Column f of W_enc, [dIn]. */
  encoderColumn(f: number): Promise<Float32Array<ArrayBuffer>>
  /** Row f of W_dec, [dOut]. */
  decoderRow(f: number): Promise<Float32Array<ArrayBuffer>>
  dispose(): void
}

export interface OpenSaeOptions {
  kind: SaeKind
  /** Needed for `webgpu`. */
  gpu?: Gpu
  /** Bytes of one GPU buffer holding weights; by default the adapter's limit. Tests force ranges with it. */
  maxBindingBytes?: number
  /** The compiled kernels where fetching them is impossible (Node); by default the page's own file. */
  wasmModule?: WebAssembly.Module
  signal?: AbortSignal
  onProgress?: OnProgress
}

/** Reads, checks and places the SAE in `file`; `name` is what errors call it. */
export function openSae(file: ArrayFile, name: string, options: OpenSaeOptions): Promise<Sae> {
  switch (options.kind) {
    case 'webgpu': {
      if (!options.gpu) {
        return Promise.reject(
          new UserError({
            title: 'The SAE cannot run on WebGPU here.',
            detail: 'This browser has given the page no GPU.',
            remedy: 'Choose the wasm backend, or a browser with WebGPU.',
          }),
        )
      }
      return openWebgpuSae(file, name, options.gpu, options)
    }
    case 'wasm':
      return openWasmSae(file, name, options)
    case 'reference':
      return openReferenceSae(file, name, options)
  }
}
