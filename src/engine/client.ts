// The page's side of the engine: starts the worker, hides RPC, rejects with UserError or AbortError.
import { proxy, type Remote, wrap } from 'comlink'
import type { Contact } from '../lib/contact.ts'
import { UserError } from '../lib/errors.ts'
import type { Hook } from '../lib/hook.ts'
import type { ImportedFeature, ImportReport, ImportSummary } from '../lib/imported.ts'
import type { OnProgress } from '../lib/progress.ts'
import type { SparseRows } from '../lib/sparse-rows.ts'
import type {
  ActivationsInfo,
  BackendChoice,
  Backends,
  BrowseQuery,
  BrowseResult,
  BrowseRow,
  CatalogueEntry,
  CorpusInput,
  Dashboard,
  EngineApi,
  EngineEvent,
  FeatureFigures,
  FeatureMap,
  HubSettings,
  IndexCap,
  IndexedFeature,
  IndexInfo,
  Label,
  LayersResult,
  ModelPlan,
  Opened,
  OpenedAny,
  OpenOptions,
  Predictions,
  Reply,
  RunInput,
  RunResult,
  SimilarFeature,
  SourceStatistics,
  StorageState,
  Tokenized,
  TokenLogit,
} from './protocol.ts'

export interface CallOptions {
  signal?: AbortSignal
  onProgress?: OnProgress
}

/** Everything the page asks of the engine. Rejections are `UserError`, or an `AbortError` after `signal`. */
export interface EngineClient {
  onBackends(listener: (backends: Backends) => void): () => void
  backends(): Promise<Backends>
  setBackends(choice: BackendChoice): Promise<Backends>
  catalogue(): Promise<CatalogueEntry[]>
  open(options: OpenOptions, call?: CallOptions): Promise<Opened>
  tokenize(text: string): Promise<Tokenized>
  activations(
    input: string | number[],
    hook: string,
    call?: CallOptions,
  ): Promise<{ shape: [number, number]; data: Float32Array }>
  encode(activations: Float32Array, rows: number, call?: CallOptions): Promise<SparseRows>
  /** `activations` are what was encoded: needed where the SAE has an affine skip. */
  decode(sparse: SparseRows, activations?: Float32Array, call?: CallOptions): Promise<Float32Array>
  run(input: string | number[], call?: CallOptions): Promise<RunResult>
  feature(index: number, call?: CallOptions): Promise<Dashboard>
  similar(index: number, k: number, call?: CallOptions): Promise<SimilarFeature[]>
  promoted(indices: number[], k: number, call?: CallOptions): Promise<TokenLogit[][]>
  labels(): Promise<Map<number, Label>>
  setOwnLabels(source: string, labels: [number, Label][]): Promise<void>
  importLabels(asked: string | File[], asOpen: boolean, call?: CallOptions): Promise<ImportReport>
  importSummary(): Promise<ImportSummary>
  importedFeature(index: number): Promise<ImportedFeature>
  clearImports(): Promise<void>
  publicCatalogue(): Promise<CatalogueEntry[]>
  setHub(settings: HubSettings): Promise<void>
  /** Hears why downloads are not kept, when that begins. */
  onStorageNotice(listener: (notice: string) => void): () => void
  storage(): Promise<StorageState>
  contacts(): Promise<Contact[]>
  deleteStored(keys: string[]): Promise<StorageState>
  openAny(asked: string | File[], call?: CallOptions): Promise<OpenedAny>
  openActivations(asked: string | File[], call?: CallOptions): Promise<ActivationsInfo>
  runActivations(sequence: number, call?: CallOptions): Promise<RunResult>
  closeActivations(): Promise<void>
  sourceStatistics(call?: CallOptions): Promise<SourceStatistics>
  featureMap(call?: CallOptions): Promise<FeatureMap>
  exportDense(input: RunInput, call?: CallOptions): Promise<Uint8Array<ArrayBuffer>>
  indexInfo(call?: CallOptions): Promise<IndexInfo | undefined>
  openIndex(asked: string | File[], call?: CallOptions): Promise<IndexInfo>
  /** `cap`: what is kept of each feature's postings; all without. */
  buildIndex(corpus: CorpusInput, call?: CallOptions & { cap?: IndexCap }): Promise<IndexInfo>
  dropIndex(): Promise<IndexInfo | undefined>
  indexFiles(call?: CallOptions): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }[]>
  indexedFeature(index: number, call?: CallOptions): Promise<IndexedFeature | undefined>
  browse(query: BrowseQuery, call?: CallOptions): Promise<BrowseResult>
  browseRows(features: number[], call?: CallOptions): Promise<BrowseRow[]>
  featureFigures(features: number[], call?: CallOptions): Promise<FeatureFigures>
  planModel(asked: string | File[], hooks: Hook[], call?: CallOptions): Promise<ModelPlan>
  runLayers(input: string | number[], sources: string[], call?: CallOptions): Promise<LayersResult>
  predictions(input: string | number[], position: number, k: number, call?: CallOptions): Promise<Predictions>
}

/** Starts the engine's worker. One a page. Calls reject with a UserError when the worker cannot be loaded. */
export function startEngine(): EngineClient {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'engine' })
  const unloadable = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      reject(
        new UserError({
          title: 'The engine could not be started.',
          detail: event.message || 'The browser could not load or run its worker script.',
          remedy: 'Reload the page; if it stays, this copy of Featurescope is incomplete or blocked.',
        }),
      )
    })
  })
  return connect(wrap<EngineApi>(worker), unloadable)
}

function connect(api: Remote<EngineApi>, unloadable: Promise<never>): EngineClient {
  const progressOf = new Map<number, OnProgress>()
  const backendListeners = new Set<(backends: Backends) => void>()
  const storageListeners = new Set<(notice: string) => void>()
  let lastTask = 0

  const onEvent = (event: EngineEvent): void => {
    if (event.type === 'progress') progressOf.get(event.task)?.(event.progress)
    else if (event.type === 'backends') for (const listener of backendListeners) listener(event.backends)
    else if (event.type === 'keeping') void navigator.storage?.persist?.().catch(() => false)
    else for (const listener of storageListeners) listener(event.notice)
  }
  // Once the worker has answered, an error event is no longer about loading it: every call has its own reply.
  const started = Promise.race([
    api.start(new URL('./hub/', document.baseURI).href, proxy(onEvent)),
    unloadable,
  ])
  started.catch(() => {})
  const ask = async <T>(start: () => Promise<Reply<T>>): Promise<T> => {
    await started
    return unwrap(await start())
  }

  async function call<T>(
    options: CallOptions | undefined,
    start: (task: number) => Promise<Reply<T>>,
  ): Promise<T> {
    options?.signal?.throwIfAborted()
    lastTask += 1
    const task = lastTask
    const cancel = (): void => void api.cancel(task)
    options?.signal?.addEventListener('abort', cancel, { once: true })
    if (options?.onProgress) progressOf.set(task, options.onProgress)
    try {
      return await ask(() => start(task))
    } finally {
      options?.signal?.removeEventListener('abort', cancel)
      progressOf.delete(task)
    }
  }

  return {
    onBackends: (listener) => {
      backendListeners.add(listener)
      return () => backendListeners.delete(listener)
    },
    backends: () => ask(() => api.backends()),
    setBackends: (choice) => call(undefined, (task) => api.setBackends(task, choice)),
    catalogue: () => ask(() => api.catalogue()),
    open: (options, o) => call(o, (task) => api.open(task, options)),
    tokenize: (text) => ask(() => api.tokenize(text)),
    activations: (input, hook, o) => call(o, (task) => api.activations(task, input, hook)),
    encode: (x, rows, o) => call(o, (task) => api.encode(task, x, rows)),
    decode: (sparse, activations, o) => call(o, (task) => api.decode(task, sparse, activations)),
    run: (input, o) => call(o, (task) => api.run(task, input)),
    feature: (index, o) => call(o, (task) => api.feature(task, index)),
    similar: (index, k, o) => call(o, (task) => api.similar(task, index, k)),
    promoted: (indices, k, o) => call(o, (task) => api.promoted(task, indices, k)),
    labels: async () => new Map(await ask(() => api.labels())),
    setOwnLabels: (source, labels) => ask(() => api.setOwnLabels(source, labels)),
    importLabels: (asked, asOpen, o) => call(o, (task) => api.importLabels(task, asked, asOpen)),
    importSummary: () => ask(() => api.importSummary()),
    importedFeature: (index) => ask(() => api.importedFeature(index)),
    clearImports: () => ask(() => api.clearImports()),
    publicCatalogue: () => ask(() => api.publicCatalogue()),
    setHub: (settings) => ask(() => api.setHub(settings)),
    onStorageNotice: (listener) => {
      storageListeners.add(listener)
      return () => storageListeners.delete(listener)
    },
    storage: () => ask(() => api.storage()),
    contacts: () => ask(() => api.contacts()),
    deleteStored: (keys) => ask(() => api.deleteStored(keys)),
    openAny: (asked, o) => call(o, (task) => api.openAny(task, asked)),
    openActivations: (asked, o) => call(o, (task) => api.openActivations(task, asked)),
    runActivations: (sequence, o) => call(o, (task) => api.runActivations(task, sequence)),
    closeActivations: () => ask(() => api.closeActivations()),
    sourceStatistics: (o) => call(o, (task) => api.sourceStatistics(task)),
    featureMap: (o) => call(o, (task) => api.featureMap(task)),
    planModel: (asked, hooks, o) => call(o, (task) => api.planModel(task, asked, hooks)),
    runLayers: (input, sources, o) => call(o, (task) => api.runLayers(task, input, sources)),
    predictions: (input, position, k, o) => call(o, (task) => api.predictions(task, input, position, k)),
    exportDense: (input, o) => call(o, (task) => api.exportDense(task, input)),
    indexInfo: (o) => call(o, (task) => api.indexInfo(task)),
    openIndex: (asked, o) => call(o, (task) => api.openIndex(task, asked)),
    buildIndex: (corpus, o) => call(o, (task) => api.buildIndex(task, corpus, o?.cap)),
    dropIndex: () => call(undefined, (task) => api.dropIndex(task)),
    indexFiles: (o) => call(o, (task) => api.indexFiles(task)),
    indexedFeature: (index, o) => call(o, (task) => api.indexedFeature(task, index)),
    browse: (query, o) => call(o, (task) => api.browse(task, query)),
    browseRows: (features, o) => call(o, (task) => api.browseRows(task, features)),
    featureFigures: (features, o) => call(o, (task) => api.featureFigures(task, features)),
  }
}

function unwrap<T>(reply: Reply<T>): T {
  if (reply.ok) return reply.value
  if (reply.aborted) throw new DOMException('Cancelled', 'AbortError')
  throw new UserError(reply.error)
}
