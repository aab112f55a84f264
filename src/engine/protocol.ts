// What the page and the engine say to each other: types only, no code of either side.

import type { CatalogueEntry, Site } from '../lib/catalogue-entry.ts'
import type { Contact } from '../lib/contact.ts'
import type { Distribution } from '../lib/distribution.ts'
import type { UserErrorFields } from '../lib/errors.ts'
import type { Hook } from '../lib/hook.ts'
import type { HubSettings } from '../lib/hub-settings.ts'
import type { ImportedFeature, ImportReport, ImportSummary } from '../lib/imported.ts'
import type { Progress } from '../lib/progress.ts'
import type { SparseRows } from '../lib/sparse-rows.ts'
import type { StorageState, StoredFile } from '../lib/storage-state.ts'
import type { TableFormat } from '../lib/table-file.ts'
import type { TokenSpan } from '../lib/token-span.ts'
import type { WeightPrecision } from '../lib/weight-precision.ts'
import type { Dashboard, Label, LabelPlace, SimilarFeature, TokenLogit } from './feature-results.ts'
import type {
  BrowseQuery,
  BrowseResult,
  BrowseRow,
  CorpusInput,
  FeatureFigures,
  IndexCap,
  IndexedFeature,
  IndexInfo,
} from './index-results.ts'
import type { FeatureMap } from './map-results.ts'
import type { LayersResult, ModelPlan, Predictions } from './model-results.ts'

export type * from './feature-results.ts'
export type * from './index-results.ts'
export type * from './map-results.ts'
export type * from './model-results.ts'
export type { CatalogueEntry, Distribution, HubSettings, Site, StorageState, StoredFile, TokenSpan }

export type BackendKind = 'webgpu' | 'wasm'

/** What the user asked for; `auto` leaves it to the engine. */
export interface BackendChoice {
  sae: BackendKind | 'auto'
  model: BackendKind | 'auto'
  /** How SAEs on WebGPU store their matrices. */
  precision: Precision
  /** Bytes of weights on the GPU: SAE and unembedding. What is beyond is streamed. */
  gpuBudget: number
  /** How the model's matrices are held; `auto` takes float32 for small models and fewer bits for large ones. */
  weights: WeightPrecision | 'auto'
}

export type Precision = 'f32' | 'f16'

/** What is in use. `adapter` names the GPU, or says why there is none. */
export interface Backends {
  sae: BackendKind
  model: BackendKind
  adapter: string
  /** Software adapters are right for checks, not for speed. */
  software: boolean
  /** The open SAE's weights, once they are in place. */
  weights?: SaeWeights
  /** The open model's weights, once some are in place: bytes on the GPU or in WebAssembly. */
  modelWeights?: { precision: WeightPrecision; bytes: number }
}

export interface SaeWeights {
  precision: Precision
  /** On the GPU, or in the wasm backend's memory. */
  bytes: number
  /** Parts that pass through the GPU for each run; 0 where everything stays there. */
  streamedRanges: number
}

/** Activations given by the user in place of a model. */
export interface ActivationsInfo {
  /** The file's name. */
  name: string
  /** Name of the array in it. */
  array: string
  /** "<f4", "BF16" … */
  dtype: string
  sequences: number
  /** Tokens of each sequence. */
  lengths: number[]
  width: number
  hook: Hook | undefined
  /** What is known of the tokens. */
  tokens: 'strings' | 'ids' | 'none'
  /** What a person should know before believing the numbers. */
  notices: string[]
}

/** What the source page shows of all features of the open SAE. */
export interface SourceStatistics {
  threshold: Distribution
  /** L2 norms of W_dec's rows and W_enc's columns. */
  decoderNorm: Distribution
  encoderNorm: Distribution
  /** Cosine of encoder column and decoder row, of features that have neither zero; undefined where dIn ≠ dOut. */
  cosine: Distribution | undefined
}

export interface ModelInfo {
  id: string
  repo: string
  layers: number
  hiddenSize: number
  /** heads · head_dim: width of hook_z */
  headsWidth: number
  vocabSize: number
  /** Longest text in tokens, with <bos>. */
  contextLength: number
  bosTokenId: number
  architecture: 'gemma2' | 'gemma3'
  hasTokenizer: boolean
}

export interface SaeInfo {
  /** "3-miniscope-res-4k", or the file's name for one that is in no catalogue */
  source: string
  repo: string
  path: string
  /** Model it was trained on where known. */
  model: string | undefined
  site: Site | undefined
  layer: number | undefined
  hookIn: Hook | undefined
  hookOut: Hook | undefined
  dIn: number
  dSae: number
  dOut: number
  activation: Activation
  thresholdRange: [number, number]
  /** Undefined where the decoder is streamed and was not read whole. */
  decoderNormRange: [number, number] | undefined
  published: Pick<CatalogueEntry, 'l0' | 'fvu' | 'ceRecovered' | 'deadShare'> | undefined
}

/** The activation function: `topk` keeps the `k` largest of a token, the others what is above their threshold. */
type Activation =
  | { kind: 'jumprelu' }
  | { kind: 'relu' }
  | { kind: 'batchtopk' }
  | { kind: 'topk'; k: number }

export interface OpenOptions {
  model?: string | File[]
  sae?: string | File[]
}

export interface Opened {
  model?: ModelInfo
  sae?: SaeInfo
}

/** What something turned out to be. */
export type OpenedAny =
  | { kind: 'weights'; opened: Opened }
  | { kind: 'activations'; activations: ActivationsInfo }
  | { kind: 'imported'; report: ImportReport }

export interface Tokenized {
  ids: number[]
  /** The vocabulary's own piece for each id, "▁the". */
  tokens: string[]
}

/** `ids` is empty where given activations name none; `tokens` and `spans` are always there. */
export interface RunResult extends Tokenized {
  spans: TokenSpan[]
  features: SparseRows
  /** Mean active features a token, position 0 excluded. */
  l0: number
  /** Σ‖y−ŷ‖² / Σ‖y−mean(y)‖², position 0 excluded; for transcoders y is the output hook. NaN where y is not known. */
  fvu: number
  /** Undefined where neither the SAE nor the given activations name one. */
  hookIn: Hook | undefined
  hookOut: Hook | undefined
  backends: Backends
  milliseconds: { model: number; encode: number; total: number }
  /** Positions dropped because given activations are longer than is shown. */
  droppedTokens: number
  /** First row of each window; [0] where one held the whole text. A long text is run in windows, each with <bos>. */
  windows: number[]
  /** What was encoded in place of a text. */
  activations?: ActivationsInfo
}

/** The engine as the worker offers it. Every call that can take long has a task id, so that it can be cancelled. */
export interface EngineApi {
  /**
   * First call: where the bundled hub is, ending in "/", who wants to hear of progress, and the name of a lock to hold
   * as long as the worker lives. Resolves to whether it is held.
   */
  start(hubBase: string, listener: (event: EngineEvent) => void, life: string): Promise<boolean>
  cancel(task: number): void
  backends(): Promise<Reply<Backends>>
  setBackends(task: number, choice: BackendChoice): Promise<Reply<Backends>>
  catalogue(): Promise<Reply<CatalogueEntry[]>>
  open(task: number, options: OpenOptions): Promise<Reply<Opened>>
  tokenize(text: string): Promise<Reply<Tokenized>>
  activations(
    task: number,
    input: string | number[],
    hook: string,
  ): Promise<Reply<{ shape: [number, number]; data: Float32Array }>>
  encode(task: number, activations: Float32Array, rows: number): Promise<Reply<SparseRows>>
  /** `activations` are needed where the SAE has an affine skip. */
  decode(task: number, sparse: SparseRows, activations?: Float32Array): Promise<Reply<Float32Array>>
  run(task: number, input: string | number[]): Promise<Reply<RunResult>>
  feature(task: number, index: number): Promise<Reply<Dashboard>>
  /** The `k` features whose decoder rows are nearest by cosine, the nearest first. */
  similar(task: number, index: number, k: number): Promise<Reply<SimilarFeature[]>>
  /** The `k` tokens each feature promotes most, in the order asked. */
  promoted(task: number, indices: number[], k: number): Promise<Reply<TokenLogit[][]>>
  /** One label a feature of the open SAE: the user's own, else a published, else an imported one. */
  labels(): Promise<Reply<[number, Label][]>>
  /** The user's own labels of a source, in place of those given before; they count while it is open. */
  setOwnLabels(source: string, labels: [number, Label][]): Promise<Reply<void>>
  /** Reads labels and dashboards of Neuronpedia and its kin and keeps them; `asOpen`: whatever source they name. */
  importLabels(task: number, asked: string | File[], asOpen: boolean): Promise<Reply<ImportReport>>
  importSummary(): Promise<Reply<ImportSummary>>
  importedFeature(index: number): Promise<Reply<ImportedFeature>>
  /** The label that another host has for a feature of the open source, asked once and kept; undefined where it has none. */
  seekLabel(task: number, index: number, place: LabelPlace): Promise<Reply<Label | undefined>>
  /** Forgets everything imported for the open source. */
  clearImports(): Promise<Reply<void>>
  /** Every SAE of Gemma Scope and Gemma Scope 2. */
  publicCatalogue(): Promise<Reply<CatalogueEntry[]>>
  setHub(settings: HubSettings): Promise<Reply<void>>
  storage(): Promise<Reply<StorageState>>
  /** Hosts that were asked for anything in this visit, by count. */
  contacts(): Promise<Reply<Contact[]>>
  /** Deletes stored files by key. */
  deleteStored(keys: string[]): Promise<Reply<StorageState>>
  /** Opens a reference, an address or local files, whatever they hold. */
  openAny(task: number, asked: string | File[]): Promise<Reply<OpenedAny>>
  /** Opens activations from local files or an address; what was open stays open when it fails. */
  openActivations(task: number, asked: string | File[]): Promise<Reply<ActivationsInfo>>
  /** Encodes one sequence of the open activations. */
  runActivations(task: number, sequence: number): Promise<Reply<RunResult>>
  closeActivations(): Promise<Reply<void>>
  sourceStatistics(task: number): Promise<Reply<SourceStatistics>>
  /** The features of the open SAE in two dimensions, by their decoder directions; remembered between visits. */
  featureMap(task: number): Promise<Reply<FeatureMap>>
  /** Reads a model's configuration and headers, and nothing of its weights. */
  planModel(task: number, asked: string | File[], hooks: Hook[]): Promise<Reply<ModelPlan>>
  /** Runs the open model once and every SAE of `sources` (as `open` names them) on it; the open SAE stays open. */
  runLayers(task: number, input: string | number[], sources: string[]): Promise<Reply<LayersResult>>
  /** The `k` most probable tokens after `position` of `input`; needs all layers and the whole embedding. */
  predictions(
    task: number,
    input: string | number[],
    position: number,
    k: number,
  ): Promise<Reply<Predictions>>
  /** The activation index of the open source: built or opened here, else the one that lies beside it. */
  indexInfo(task: number): Promise<Reply<IndexInfo | undefined>>
  /** Opens an index of the open source from a folder's address or its files. */
  openIndex(task: number, asked: string | File[]): Promise<Reply<IndexInfo>>
  /** Builds the index of a corpus, or goes on with it, while other calls are answered in between. */
  buildIndex(task: number, corpus: CorpusInput, cap?: IndexCap): Promise<Reply<IndexInfo>>
  /** Removes the index that was built or opened here. */
  dropIndex(task: number): Promise<Reply<IndexInfo | undefined>>
  /** The open index's files, whole. */
  indexFiles(task: number): Promise<Reply<{ name: string; bytes: Uint8Array<ArrayBuffer> }[]>>
  /** Undefined where the open source has no index. */
  indexedFeature(task: number, index: number): Promise<Reply<IndexedFeature | undefined>>
  /** All features that a query leaves, with or without an index. */
  browse(task: number, query: BrowseQuery): Promise<Reply<BrowseResult>>
  browseRows(task: number, features: number[]): Promise<Reply<BrowseRow[]>>
  /** Everything a query leaves as a file, a line a feature. */
  browseFile(task: number, query: BrowseQuery, format: TableFormat): Promise<Reply<Blob>>
  /** Density and highest activation of features, of the index or as published; of the source in `place`, else the open one. */
  featureFigures(task: number, features: number[], place?: string): Promise<Reply<FeatureFigures>>
  /** Activations, target and reconstruction of a run as a safetensors file. */
  exportDense(task: number, input: RunInput): Promise<Reply<Uint8Array<ArrayBuffer>>>
}

/** What a run is of: a text, token ids, or a sequence of the open activations. */
export type RunInput = string | number[] | { sequence: number }

/** Errors cross the worker border as data, so that their parts survive. */
export type Reply<T> = { ok: true; value: T } | { ok: false; aborted: boolean; error: UserErrorFields }

export type EngineEvent =
  | { type: 'progress'; task: number; progress: Progress }
  | { type: 'backends'; backends: Backends }
  /** Storage began to refuse, or was found missing: `notice` is for a person. */
  | { type: 'storage'; notice: string }
  /** Downloads begin to be kept: only a page, not a worker, may ask the browser not to evict them. */
  | { type: 'keeping' }
  /** Nothing can be computed here any more: WebAssembly has aborted, or the GPU ran out of memory inside onnxruntime. */
  | { type: 'broken' }
  /** A stored file was checked: the list of them says so. */
  | { type: 'checked' }
  /** A file that was in use is not the one its hub describes: nothing reads it any more. `closed`: the open SAE's. */
  | { type: 'withdrawn'; error: UserErrorFields; closed: boolean }
  /** Everything that lived on the GPU is gone. */
  | { type: 'gpu lost' }
