// What the bench page is asked and what it answers; shared by the page and the script that drives it.
import type { Hook } from '../../src/lib/hook.ts'
import type { WeightPrecision } from '../../src/lib/weight-precision.ts'
import type { Shape } from './data.ts'
import type { FeatureAgreement } from './model-cases.ts'

export type EncodePeer =
  | 'ours webgpu'
  | 'ours webgpu f16'
  | 'ort webgpu'
  | 'tfjs webgpu'
  | 'plain wgsl'
  | 'ours wasm'
  | 'ort wasm'
  | 'ort wasm, gated'

export type DecodePeer = 'ours webgpu' | 'plain wgsl' | 'ort webgpu' | 'ours wasm' | 'ort wasm'

export interface Timing {
  /** Milliseconds of each counted repetition. */
  times: number[]
  /** Repetitions before, not counted. */
  warmUps: number
  /** Entries of the result that are active, in row order, and their values. */
  indices: number[]
  values: number[]
  /** Milliseconds from the weights in memory to the first result; loading included. */
  upload: number
  /** Bytes mapped for reading in one repetition. */
  readBack: number
  /** Largest sum of GPU buffers alive. */
  peakGpuBytes: number
  adapter: string
}

/** How long one case may take and how often it is repeated. */
export interface Effort {
  repetitions: number
  /** No further repetition is begun after so many milliseconds. */
  cap: number
}

export interface Roofline {
  adapter: string
  software: boolean
  /** Bytes copied a second (read plus written) by copyBufferToBuffer. */
  copyBytesPerSecond: number
  /** float32 operations a second in a chain of fma's; an fma is two. */
  flopsPerSecond: number
}

export interface FidelityRow {
  source: string
  storage: 'float16' | 'int8'
  tokens: number
  l0: number
  /** Of the values active either way: mean and worst |difference| / value. */
  meanError: number
  worstError: number
  /** Mean over tokens of |A ∩ B| / |A ∪ B|. */
  jaccard: number
  /** Active entries gained or lost, of all active ones. */
  changed: number
  fvu: number
  fvuStored: number
}

export interface MemoryRow {
  shape: Shape
  budget: number
  precision: 'f32' | 'f16'
  weightBytes: number
  peakGpuBytes: number
  /** Largest JavaScript heap seen; undefined where the browser does not tell. */
  heapBytes: number | undefined
  openMilliseconds: number
  encodeMilliseconds: number
  streamedRanges: number
  active: number
}

export interface TuningRow {
  tile: string
  milliseconds: number
  chosen: boolean
}

/** `window.bench` of the page. */
export interface BenchPage {
  encode(peer: EncodePeer, shape: Shape, effort: Effort): Promise<Timing>
  decode(peer: DecodePeer, shape: Shape, effort: Effort): Promise<Timing>
  roofline(): Promise<Roofline>
  memory(shape: Shape, budget: number, precision: 'f32' | 'f16'): Promise<MemoryRow>
  fidelityBundled(): Promise<FidelityRow[]>
  fidelitySynthetic(shape: Shape): Promise<FidelityRow[]>
  tuning(): Promise<TuningRow[]>
}

/** What an opened SAE turned out to be. */
interface LoadedSae {
  milliseconds: number
  dIn: number | undefined
  dSae: number | undefined
  /** Bytes of weights on the GPU; undefined where it is not in use. */
  onGpu: number | undefined
  /** How far its file in storage was checked; undefined where it was not kept. */
  verified: string | undefined
}

/** `window.loading` of the loading benchmark's page. */
export interface LoadedModel {
  milliseconds: number
  /** Bytes of the checkpoint that had to come, and those that were stored. */
  download: number
  cached: number
  /** Of weights in place. */
  bytes: number
}

/** Features of a source with a model's weights in fewer bits, beside those at float32. */
export interface PrecisionRow extends FeatureAgreement {
  source: string
  weights: WeightPrecision
}

/** An index built in the page. */
export interface BuiltIndex {
  milliseconds: number
  /** Of them, while the model and the SAE ran. */
  running: number
  tokens: number
  /** [dSae] firings and highest activation of every feature. */
  counts: number[]
  max: number[]
  /** Milliseconds of the first feature's page, and of others after it. */
  first: number
  others: number[]
}

export interface LoadingPage {
  /** Builds the index of `text` on wasm and reads `features` of it. */
  index(source: string, text: string, features: readonly number[]): Promise<BuiltIndex>
  /** Milliseconds that each feature of the source's index takes, the first from cold. */
  indexed(source: string, features: readonly number[]): Promise<number[]>
  /** Ids of the documents that an index of `text` has. */
  documents(text: string): Promise<number[][]>
  /** What fewer bits of the bundled model change in its features. */
  precision(): Promise<PrecisionRow[]>
  /** Points the engine at a hub and the GPU; gives the adapter's name. */
  prepare(endpoint: string): Promise<string>
  open(sae: string): Promise<LoadedSae>
  /** Statistics over all features of what is open. */
  statistics(): Promise<{ milliseconds: number; features: number }>
  /** Resolves when the SAE's stored file has been compared with its hub's SHA-256. */
  checked(sae: string): Promise<void>
  fetch(address: string, cache: RequestCache): Promise<{ milliseconds: number; byteLength: number }>
  /** Opens a model and its tokenizer, to run on wasm; none of its weights is read. */
  openModel(repo: string, weights: WeightPrecision): Promise<void>
  /** Loads that model up to `hook` and runs one short row of ids. */
  model(repo: string, hook: Hook, weights: WeightPrecision): Promise<LoadedModel>
}

/** `window.importing` of the same page: an export's batch made up, read, and imported. */
export interface ImportBench {
  /** Opens `sae` and makes a batch of about `bytes`, plain and gzipped. */
  make(
    sae: string,
    bytes: number,
  ): Promise<{ features: number; texts: number; bytes: number; packed: number }>
  /** Reads its lines, or parses them as well. */
  least(name: 'plain' | 'gzip', what: 'read' | 'parse'): Promise<{ milliseconds: number; lines: number }>
  import(name: 'plain' | 'gzip'): Promise<{
    milliseconds: number
    labels: number
    examples: number
    skipped: number
    /** Times that progress was told. */
    progress: number
    /** Longest time that the page's thread was away, in milliseconds. */
    longestPause: number
  }>
  /** Imports as of the open source, cancels at a third, and tells the label of a feature before and after. */
  cancel(name: 'plain' | 'gzip'): Promise<{
    milliseconds: number
    ended: string
    before: string | undefined
    after: string | undefined
    /** Of a feature that only the cancelled batch labels. */
    others: string | undefined
  }>
}
