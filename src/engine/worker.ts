// The worker's entry: offers the Engine over Comlink, one call after another, errors as data.
import { expose } from 'comlink'
import { Engine } from './engine.ts'
import type { EngineApi, EngineEvent } from './protocol.ts'
import { answer, TaskQueue } from './tasks.ts'
import '../lib/trusted-urls.ts'

const listeners = new Set<(event: EngineEvent) => void>()
const emit = (event: EngineEvent): void => {
  for (const listener of listeners) listener(event)
}

const tasks = new TaskQueue(emit)
let engine: Engine | undefined

/** Takes a lock that only the end of this worker gives back; false where the browser has none. */
function heldForLife(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const held = navigator.locks?.request(name, () => {
      resolve(true)
      return new Promise<never>(() => undefined)
    })
    if (held) held.catch(() => resolve(false))
    else resolve(false)
  })
}

function started(): Engine {
  if (!engine) throw new Error('the engine was asked before it was started')
  return engine
}

const api: EngineApi = {
  start(hubBase, listener, life) {
    listeners.add(listener)
    engine ??= new Engine(hubBase, {
      onBackends: (backends) => emit({ type: 'backends', backends }),
      onStorageNotice: (notice) => emit({ type: 'storage', notice }),
      onKeeping: () => emit({ type: 'keeping' }),
      onWaiting: (waiting) => tasks.setWaiting(waiting),
      onChecked: () => emit({ type: 'checked' }),
      onWithdrawn: ({ title, detail, remedy }, closed) =>
        emit({ type: 'withdrawn', error: { title, detail, remedy }, closed }),
      onGpuLost: () => emit({ type: 'gpu lost' }),
    })
    return heldForLife(life)
  },
  cancel: (task) => tasks.cancel(task),
  backends: () => answer(() => started().backends()),
  catalogue: () => answer(() => started().catalogue()),
  labels: () => answer(() => started().labelling.primary()),
  setOwnLabels: (source, labels) => answer(async () => started().labelling.setOwn(source, labels)),
  importLabels: (task, asked, asOpen) =>
    tasks.beside(task, (context) => started().labelling.import(asked, asOpen, context)),
  importSummary: () => answer(() => started().labelling.summary()),
  importedFeature: (index) => answer(() => started().labelling.feature(index)),
  seekLabel: (task, index, place) =>
    tasks.beside(task, ({ signal }) => started().labelling.seek(index, place, signal)),
  clearImports: () => answer(() => started().labelling.clear()),
  tokenize: (text) => answer(async () => started().tokenize(text)),
  setBackends: (task, choice) => tasks.run(task, () => started().setBackends(choice)),
  open: (task, options) => tasks.run(task, (context) => started().open(options, context)),
  activations: (task, input, hook) =>
    tasks.run(task, (context) => started().activations(input, hook, context)),
  encode: (task, data, rows) => tasks.run(task, (context) => started().encode(data, rows, context)),
  decode: (task, sparse, activations) =>
    tasks.run(task, (context) => started().decode(sparse, activations, context)),
  run: (task, input) => tasks.run(task, (context) => started().run(input, context)),
  feature: (task, index) => tasks.run(task, (context) => started().features.dashboard(index, context)),
  similar: (task, index, k) => tasks.run(task, (context) => started().features.similar(index, k, context)),
  promoted: (task, indices, k) =>
    tasks.run(task, (context) => started().features.promoted(indices, k, context)),
  publicCatalogue: () => answer(() => started().publicCatalogue()),
  setHub: (settings) => answer(async () => started().setHub(settings)),
  storage: () => answer(() => started().storage()),
  contacts: () => answer(async () => started().contacts()),
  deleteStored: (keys) => answer(() => started().deleteStored(keys)),
  openAny: (task, asked) => tasks.run(task, (context) => started().openAny(asked, context)),
  openActivations: (task, asked) => tasks.run(task, (context) => started().openActivations(asked, context)),
  runActivations: (task, sequence) =>
    tasks.run(task, (context) => started().runActivations(sequence, context)),
  closeActivations: () => answer(async () => started().closeActivations()),
  sourceStatistics: (task) => tasks.beside(task, async (context) => started().features.statistics(context)),
  featureMap: (task) => tasks.beside(task, async (context) => started().features.map(context)),
  planModel: (task, asked, hooks) =>
    tasks.beside(task, (context) => started().planModel(asked, hooks, context)),
  runLayers: (task, input, sources) =>
    tasks.run(task, (context) => started().runLayers(input, sources, context)),
  predictions: (task, input, position, k) =>
    tasks.run(task, (context) => started().predictions(input, position, k, context)),
  // What only reads files is answered beside the queue; a build waits in it step by step.
  indexInfo: (task) => tasks.beside(task, (context) => started().index.info(context)),
  openIndex: (task, asked) => tasks.beside(task, (context) => started().index.open(asked, context)),
  buildIndex: (task, corpus, cap) =>
    tasks.beside(task, (context) =>
      started().index.build(corpus, { cap, inTurn: (step) => tasks.inTurn(step) }, context),
    ),
  dropIndex: (task) => tasks.beside(task, (context) => started().index.drop(context)),
  indexFiles: (task) => tasks.beside(task, (context) => started().index.files(context)),
  indexedFeature: (task, index) => tasks.beside(task, (context) => started().index.feature(index, context)),
  browse: (task, query) => tasks.beside(task, (context) => started().index.browse(query, context)),
  browseRows: (task, features) => tasks.beside(task, (context) => started().index.rows(features, context)),
  browseFile: (task, query, format) =>
    tasks.beside(task, (context) => started().index.browseFile(query, format, context)),
  featureFigures: (task, features, place) =>
    tasks.beside(task, (context) => started().index.figures(features, place, context)),
  exportDense: (task, input) => tasks.run(task, (context) => started().exportDense(input, context)),
}

expose(api)
