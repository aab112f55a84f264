// The page's side of the engine: starts the worker, hides RPC, rejects with UserError or AbortError.
import type { Remote } from 'comlink'
import type { Contact } from '../lib/contact.ts'
import { UserError } from '../lib/errors.ts'
import type { Hook } from '../lib/hook.ts'
import type { ImportedFeature, ImportReport, ImportSummary } from '../lib/imported.ts'
import type { OnProgress } from '../lib/progress.ts'
import type { SparseRows } from '../lib/sparse-rows.ts'
import type { TableFormat } from '../lib/table-file.ts'
import { LastingEngine } from './lasting-engine.ts'
import { OpenState } from './open-state.ts'
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
  LabelPlace,
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

type OnWithdrawn = (error: UserError, closed: boolean) => void

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
  seekLabel(index: number, place: LabelPlace, call?: CallOptions): Promise<Label | undefined>
  clearImports(): Promise<void>
  publicCatalogue(): Promise<CatalogueEntry[]>
  setHub(settings: HubSettings): Promise<void>
  /** Hears why downloads are not kept, when that begins. */
  onStorageNotice(listener: (notice: string) => void): () => void
  /** Hears that a stored file was checked. */
  onChecked(listener: () => void): () => void
  /** Hears that a file that was in use is not the one its hub describes; `closed`: it was the open SAE's. */
  onWithdrawn(listener: OnWithdrawn): () => void
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
  browseFile(query: BrowseQuery, format: TableFormat, call?: CallOptions): Promise<Blob>
  /** `place`: another source than the open one, as "repo/path". */
  featureFigures(features: number[], call?: CallOptions & { place?: string }): Promise<FeatureFigures>
  planModel(asked: string | File[], hooks: Hook[], call?: CallOptions): Promise<ModelPlan>
  runLayers(input: string | number[], sources: string[], call?: CallOptions): Promise<LayersResult>
  predictions(input: string | number[], position: number, k: number, call?: CallOptions): Promise<Predictions>
}

/**
 * Starts the engine's worker. One a page. When the worker ends or the GPU is lost, another one is started at the next
 * call, opens what was open, and what was being asked is asked once more. Calls reject with a UserError when the
 * worker cannot be loaded, or has ended twice at the same call.
 */
export function startEngine(): EngineClient {
  const progressOf = new Map<number, OnProgress>()
  const backendListeners = new Set<(backends: Backends) => void>()
  const storageListeners = new Set<(notice: string) => void>()
  const checkedListeners = new Set<() => void>()
  const withdrawnListeners = new Set<OnWithdrawn>()
  const open = new OpenState()
  let lastTask = 0
  const nextTask = (): number => {
    lastTask += 1
    return lastTask
  }

  const onEvent = (event: EngineEvent): void => {
    if (event.type === 'progress') {
      const own = progressOf.get(event.task)
      const heard = own ? [own] : engine.restoring ? progressOf.values() : []
      for (const listener of heard) listener(event.progress)
    } else if (event.type === 'backends') for (const listener of backendListeners) listener(event.backends)
    else if (event.type === 'keeping') void navigator.storage?.persist?.().catch(() => false)
    else if (event.type === 'storage') for (const listener of storageListeners) listener(event.notice)
    else if (event.type === 'checked') for (const listener of checkedListeners) listener()
    else if (event.type === 'withdrawn') {
      if (event.closed) open.closedSae()
      for (const listener of withdrawnListeners) listener(new UserError(event.error), event.closed)
    }
  }
  const engine = new LastingEngine({
    ...{ hubBase: new URL('./hub/', document.baseURI).href, onEvent, open, nextTask },
  })
  const ask = async <T>(
    start: (api: Remote<EngineApi>) => Promise<Reply<T>>,
    signal?: AbortSignal,
  ): Promise<T> => unwrap(await engine.ask(() => start(engine.api), signal))

  async function call<T>(
    options: CallOptions | undefined,
    start: (task: number, api: Remote<EngineApi>) => Promise<Reply<T>>,
  ): Promise<T> {
    options?.signal?.throwIfAborted()
    const task = nextTask()
    const cancel = (): void => void engine.api.cancel(task)
    options?.signal?.addEventListener('abort', cancel, { once: true })
    if (options?.onProgress) progressOf.set(task, options.onProgress)
    try {
      return await ask((api) => start(task, api), options?.signal)
    } finally {
      options?.signal?.removeEventListener('abort', cancel)
      progressOf.delete(task)
    }
  }

  return {
    onBackends: joining(backendListeners),
    backends: () => ask((api) => api.backends()),
    setBackends: async (choice) => {
      const backends = await call(undefined, (task, api) => api.setBackends(task, choice))
      open.choice = choice
      return backends
    },
    catalogue: () => ask((api) => api.catalogue()),
    open: async (options, o) => {
      const opened = await call(o, (task, api) => api.open(task, options))
      open.opened(options)
      return opened
    },
    tokenize: (text) => ask((api) => api.tokenize(text)),
    activations: (input, hook, o) => call(o, (task, api) => api.activations(task, input, hook)),
    encode: (x, rows, o) => call(o, (task, api) => api.encode(task, x, rows)),
    decode: (sparse, activations, o) => call(o, (task, api) => api.decode(task, sparse, activations)),
    run: (input, o) => call(o, (task, api) => api.run(task, input)),
    feature: (index, o) => call(o, (task, api) => api.feature(task, index)),
    similar: (index, k, o) => call(o, (task, api) => api.similar(task, index, k)),
    promoted: (indices, k, o) => call(o, (task, api) => api.promoted(task, indices, k)),
    labels: async () => new Map(await ask((api) => api.labels())),
    setOwnLabels: async (source, labels) => {
      await ask((api) => api.setOwnLabels(source, labels))
      open.ownLabels = { source, labels }
    },
    importLabels: (asked, asOpen, o) => call(o, (task, api) => api.importLabels(task, asked, asOpen)),
    importSummary: () => ask((api) => api.importSummary()),
    importedFeature: (index) => ask((api) => api.importedFeature(index)),
    seekLabel: (index, place, o) => call(o, (task, api) => api.seekLabel(task, index, place)),
    clearImports: () => ask((api) => api.clearImports()),
    publicCatalogue: () => ask((api) => api.publicCatalogue()),
    setHub: async (settings) => {
      await ask((api) => api.setHub(settings))
      open.hub = settings
    },
    onStorageNotice: joining(storageListeners),
    onChecked: joining(checkedListeners),
    onWithdrawn: joining(withdrawnListeners),
    storage: () => ask((api) => api.storage()),
    contacts: () => ask((api) => api.contacts()),
    deleteStored: (keys) => ask((api) => api.deleteStored(keys)),
    openAny: async (asked, o) => {
      const found = await call(o, (task, api) => api.openAny(task, asked))
      open.openedAny(asked, found)
      return found
    },
    openActivations: async (asked, o) => {
      const info = await call(o, (task, api) => api.openActivations(task, asked))
      open.activations = asked
      return info
    },
    runActivations: (sequence, o) => call(o, (task, api) => api.runActivations(task, sequence)),
    closeActivations: () => {
      open.activations = undefined
      return ask((api) => api.closeActivations())
    },
    sourceStatistics: (o) => call(o, (task, api) => api.sourceStatistics(task)),
    featureMap: (o) => call(o, (task, api) => api.featureMap(task)),
    planModel: (asked, hooks, o) => call(o, (task, api) => api.planModel(task, asked, hooks)),
    runLayers: (input, sources, o) => call(o, (task, api) => api.runLayers(task, input, sources)),
    predictions: (input, position, k, o) => call(o, (task, api) => api.predictions(task, input, position, k)),
    exportDense: (input, o) => call(o, (task, api) => api.exportDense(task, input)),
    indexInfo: (o) => call(o, (task, api) => api.indexInfo(task)),
    openIndex: async (asked, o) => {
      const info = await call(o, (task, api) => api.openIndex(task, asked))
      open.index = asked
      return info
    },
    buildIndex: async (corpus, o) => {
      const info = await call(o, (task, api) => api.buildIndex(task, corpus, o?.cap))
      open.index = undefined
      return info
    },
    dropIndex: () => {
      open.index = undefined
      return call(undefined, (task, api) => api.dropIndex(task))
    },
    indexFiles: (o) => call(o, (task, api) => api.indexFiles(task)),
    indexedFeature: (index, o) => call(o, (task, api) => api.indexedFeature(task, index)),
    browse: (query, o) => call(o, (task, api) => api.browse(task, query)),
    browseRows: (features, o) => call(o, (task, api) => api.browseRows(task, features)),
    browseFile: (query, format, o) => call(o, (task, api) => api.browseFile(task, query, format)),
    featureFigures: (features, o) => call(o, (task, api) => api.featureFigures(task, features, o?.place)),
  }
}

/** Adds listeners to `listeners`; what that returns takes them out again. */
function joining<T>(listeners: Set<T>): (listener: T) => () => void {
  return (listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
}

function unwrap<T>(reply: Reply<T>): T {
  if (reply.ok) return reply.value
  if (reply.aborted) throw new DOMException('Cancelled', 'AbortError')
  throw new UserError(reply.error)
}
