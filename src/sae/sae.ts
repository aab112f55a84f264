// What every SAE backend offers, and the one door through which an SAE is opened.
import type { ArrayFile } from '../formats/array.ts'
import type { Gpu } from '../gpu/device.ts'
import type { Activations } from '../lib/activations.ts'
import { UserError } from '../lib/errors.ts'
import type { OnProgress } from '../lib/progress.ts'
import type { SparseRows } from '../lib/sparse-rows.ts'
import type { Activation } from './activation.ts'
import { openReferenceSae } from './reference.ts'
import { openWasmSae } from './wasm/wasm-sae.ts'
import type { EncodeTiles } from './webgpu/kernels.ts'
import { openWebgpuSae } from './webgpu/webgpu-sae.ts'

type SaeKind = 'webgpu' | 'wasm' | 'reference'

/** Features in order of `values` descending, of equal ones the lower index first. */
export interface Ranked {
  indices: Uint32Array
  values: Float32Array
}

/** Where the weights are. */
interface SaeMemory {
  /** Bytes of weights held: on the GPU, or in the backend's memory. */
  bytes: number
  /** Parts of the encoder that pass through the GPU for each batch of tokens; 0 where all of it stays there. */
  streamedRanges: number
}

/** What decode may need besides the features. */
export interface DecodeOptions {
  /** The activations they were encoded from: needed where the SAE has an affine skip. */
  x?: Activations
  signal?: AbortSignal
}

/** Per-feature statistics over any number of batches; nothing dense is built. */
export interface FeatureStatistics {
  /** Encodes x and counts every row of it: the caller leaves out those that shall not count, such as <bos>. */
  add(x: Activations, signal?: AbortSignal): Promise<void>
  /** Of every feature: tokens it is active on, its largest activation (0 where never active), their sum. */
  read(): Promise<{ tokens: number; count: Uint32Array; max: Float32Array; sum: Float64Array }>
  dispose(): void
}

/**
 * An SAE ready to run, in Gemma Scope's folded form (arXiv 2408.05147): pre = x · W_enc + b_enc, acts = the
 * pre-activations that its activation function lets stay, x̂ = acts · W_dec + b_dec. Sums are float32.
 * Calls may overlap. After `dispose` nothing may be called.
 */
export interface Sae {
  readonly kind: SaeKind
  readonly activation: Activation
  /** How the matrices are stored. Sums are float32 (the reference's float64) either way. */
  readonly precision: 'f32' | 'f16'
  readonly memory: SaeMemory
  /** Whether decode adds x · affine_skip_connection. */
  readonly hasSkip: boolean
  readonly dIn: number
  readonly dSae: number
  readonly dOut: number
  /** [dSae] */
  readonly bEnc: Float32Array
  /** [dOut] */
  readonly bDec: Float32Array
  /** [dSae]; 0 for relu and topk */
  readonly threshold: Float32Array
  /** Smallest and largest L2 norm of W_dec's rows, Gemma Scope's are 1; undefined where W_dec was not read whole. */
  readonly decoderNormRange: [number, number] | undefined
  /**
   * Active features of x [rows, dIn]. Two calls on the same input give the same bytes.
   * UserError for another width, and for NaN or infinity, naming the token.
   */
  encode(x: Activations, signal?: AbortSignal): Promise<SparseRows>
  /** Reconstruction [rows, dOut]. UserError when the sparse rows are another SAE's, or x is missing. */
  decode(sparse: SparseRows, options?: DecodeOptions): Promise<Float32Array<ArrayBuffer>>
  /** Column f of W_enc, [dIn]. */
  encoderColumn(f: number): Promise<Float32Array<ArrayBuffer>>
  /** Row f of W_dec, [dOut]. */
  decoderRow(f: number): Promise<Float32Array<ArrayBuffer>>
  /** The k decoder rows nearest to row f by cosine, f left out. */
  similar(f: number, k: number, signal?: AbortSignal): Promise<Ranked>
  statistics(): FeatureStatistics
  dispose(): void
}

export interface OpenSaeOptions {
  kind: SaeKind
  /** JumpReLU unless told. */
  activation?: Activation
  /** Needed for `webgpu`. */
  gpu?: Gpu
  /** WebGPU: how the matrices are stored; float32 unless told. */
  precision?: 'f32' | 'f16'
  /** WebGPU: bytes of one buffer, at most and by default the adapter's limit. Tests force ranges with it. */
  maxBindingBytes?: number
  /** WebGPU: bytes of weights on the GPU; what is beyond is streamed. No limit unless told. */
  budgetBytes?: number
  /** WebGPU: the shapes of the encode kernel the adapter is quickest with; a sound default otherwise. */
  tiles?: EncodeTiles
  /** WebAssembly: threads at most; as many as the machine has cores unless told. */
  threads?: number
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
