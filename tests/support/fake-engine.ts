// A small EngineClient for tests of the page's state: deterministic, no worker, calls recorded and delayable.
import type { FeatureList } from '../../src/activation-index/browse.ts'
import type { CallOptions, EngineClient } from '../../src/engine/client.ts'
import type {
  ActivationsInfo,
  CatalogueEntry,
  IndexInfo,
  Label,
  StorageState,
} from '../../src/engine/protocol.ts'
import { UserError } from '../../src/lib/errors.ts'
import { fakeIndex, fakeIndexedFeature, fakeList, fakeRow } from './fake-index.ts'
import { fakeMap } from './fake-map.ts'
import {
  dashboardOf,
  hash,
  layerFake,
  planOf,
  runFake,
  spansOf,
  sparse,
  tokenizeFake,
  tokensOf,
} from './fake-run.ts'
import {
  activationsFake,
  CATALOGUE,
  distribution,
  entry,
  importReport,
  LABELS,
  opened,
  PUBLIC_CATALOGUE,
  WIDTH,
} from './fake-sources.ts'

export interface FakeEngine {
  client: EngineClient
  /** Names of the calls made, with their main argument. */
  calls: string[]
  /** When set, the next calls of this name wait for the promise. */
  hold: Map<string, Promise<void>>
  /** When set, the next call of this name rejects with it. */
  fail: Map<string, UserError>
  /** What `storage()` tells and `deleteStored()` takes from; tests may put files in. */
  stored: StorageState
  /** Tells the page's listeners that downloads are not kept. */
  tellStorageNotice(notice: string): void
  /** A file that was in use is found to be wrong; `closed`: the open source's. */
  withdraw(error: UserError, closed: boolean): void
}

/** A fake engine over two residual sources and one transcoder. */
export function fakeEngine(): FakeEngine {
  const calls: string[] = []
  const hold = new Map<string, Promise<void>>()
  const fail = new Map<string, UserError>()
  const backends = { sae: 'webgpu', model: 'wasm', adapter: 'Fake adapter', software: true } as const
  const storageListeners = new Set<(notice: string) => void>()
  const withdrawnListeners = new Set<(error: UserError, closed: boolean) => void>()
  const stored: StorageState = { available: true, persisted: false, usage: 0, quota: 10e9, files: [] }
  let open: CatalogueEntry | undefined
  let activations: ActivationsInfo | undefined
  let index: IndexInfo | undefined
  let list: FeatureList | undefined
  let importedLabels: [number, Label][] = []
  let ownLabels: [number, Label][] = []
  const listOf = (): FeatureList => {
    list ??= fakeList(WIDTH, new Map(LABELS))
    return list
  }
  const takeIndex = (): IndexInfo => {
    index = fakeIndex(open?.source ?? '', WIDTH)
    return index
  }

  async function answer<T>(
    name: string,
    detail: string,
    call: CallOptions | undefined,
    value: () => T,
  ): Promise<T> {
    calls.push(detail ? `${name} ${detail}` : name)
    call?.signal?.throwIfAborted()
    call?.onProgress?.({ label: `Fake ${name}`, done: 1, total: 2, unit: 'bytes' })
    const waiting = hold.get(name)
    if (waiting) {
      const cancelled = new Promise<never>((_, reject) => {
        call?.signal?.addEventListener('abort', () => reject(new DOMException('Cancelled', 'AbortError')))
      })
      await Promise.race([waiting, cancelled])
    }
    const error = fail.get(name)
    if (error) throw error
    return value()
  }

  const client: EngineClient = {
    onBackends: () => () => undefined,
    backends: () => answer('backends', '', undefined, () => backends),
    setBackends: (choice) =>
      answer('setBackends', `${choice.sae}/${choice.model}`, undefined, () => backends),
    catalogue: () => answer('catalogue', '', undefined, () => CATALOGUE),
    open: (options, call) =>
      answer('open', `${options.model ?? '–'} ${options.sae}`, call, () => {
        open = [...CATALOGUE, ...PUBLIC_CATALOGUE].find(
          (entry) => `${entry.repo}/${entry.path}` === options.sae,
        )
        if (!open)
          throw new UserError({
            title: 'No such SAE.',
            detail: String(options.sae),
            remedy: 'Choose another.',
          })
        return opened(open, options.model !== undefined)
      }),
    tokenize: (text) => answer('tokenize', text, undefined, () => tokenizeFake(text)),
    activations: () =>
      answer('activations', '', undefined, () => ({ shape: [0, 0], data: new Float32Array() })),
    encode: () => answer('encode', '', undefined, () => sparse([])),
    decode: () => answer('decode', '', undefined, () => new Float32Array()),
    run: (input, call) => answer('run', String(input), call, () => runFake(String(input), open)),
    feature: (index, call) => answer('feature', String(index), call, () => dashboardOf(index)),
    similar: (index, k, call) =>
      answer('similar', `${index} ${k}`, call, () =>
        Array.from({ length: k }, (_, at) => ({ feature: hash(index, at) % WIDTH, cosine: 0.9 - at * 0.05 })),
      ),
    promoted: (indices, k, call) =>
      answer('promoted', indices.join(','), call, () => indices.map((index) => tokensOf(index, k))),
    planModel: (asked, hooks, call) =>
      answer('planModel', String(asked), call, () => planOf(String(asked), hooks)),
    runLayers: (input, sources, call) =>
      answer('runLayers', `${input} ${sources.join(' ')}`, call, () => ({
        ...tokenizeFake(String(input)),
        ...{ spans: spansOf(String(input)), windows: [0], milliseconds: 12 },
        layers: sources.map((source) => layerFake(String(input), source)),
      })),
    predictions: (_, position, k, call) =>
      answer('predictions', String(position), call, () => ({
        position,
        top: tokensOf(position, k).map((one, at) => ({ ...one, probability: 0.5 / 2 ** at })),
        ...{ actual: undefined, entropy: 2.1 },
      })),
    indexInfo: (call) => answer('indexInfo', '', call, () => index),
    openIndex: (asked, call) => answer('openIndex', String(asked), call, () => takeIndex()),
    buildIndex: (corpus, call) => answer('buildIndex', corpus.kind, call, () => takeIndex()),
    dropIndex: () =>
      answer('dropIndex', '', undefined, () => {
        index = undefined
        return index
      }),
    indexFiles: (call) => answer('indexFiles', '', call, () => []),
    indexedFeature: (feature, call) =>
      answer('indexedFeature', String(feature), call, () =>
        index ? fakeIndexedFeature(feature) : undefined,
      ),
    browse: (query, call) =>
      answer('browse', JSON.stringify(query), call, () => ({
        ...{ features: listOf().query(query), milliseconds: 1 },
      })),
    browseRows: (features, call) =>
      answer('browseRows', features.join(','), call, () => features.map((one) => fakeRow(listOf(), one))),
    browseFile: (query, format, call) =>
      answer(
        'browseFile',
        `${format} ${JSON.stringify(query)}`,
        call,
        () => new Blob([listOf().query(query).join()]),
      ),
    featureFigures: (features, call) =>
      answer(
        'featureFigures',
        `${features.join(',')}${call?.place ? ` of ${call.place}` : ''}`,
        call,
        () => ({
          density: Float32Array.from(features, (one) => listOf().value('density', one) ?? Number.NaN),
          max: Float32Array.from(features, (one) => listOf().value('max', one) || Number.NaN),
        }),
      ),
    labels: () =>
      answer('labels', '', undefined, () => new Map([...LABELS, ...importedLabels, ...ownLabels])),
    setOwnLabels: (source, labels) =>
      answer('setOwnLabels', `${source} ${labels.map(([one]) => one).join(',')}`, undefined, () => {
        ownLabels = source === open?.source ? labels : []
        list = undefined
      }),
    importLabels: (asked, asOpen, call) =>
      answer('importLabels', `${nameOf(asked)}${asOpen ? ' as open' : ''}`, call, () => {
        importedLabels = [[12, { description: 'imported words', author: 'a model', method: 'imported' }]]
        return importReport(nameOf(asked))
      }),
    importSummary: () =>
      answer('importSummary', '', undefined, () => ({
        ...{ labels: importedLabels.length, dashboards: 0, kept: true },
      })),
    seekLabel: (feature, { from, source }, call) =>
      answer('seekLabel', `${feature} ${from}/${source}`, call, () =>
        feature % 2 === 0
          ? { description: `sought ${feature}`, author: 'a model', method: 'sought' }
          : undefined,
      ),
    importedFeature: (feature) =>
      answer('importedFeature', String(feature), undefined, () => ({
        labels: importedLabels
          .filter(([one]) => one === feature)
          .map(([, label]) => ({ ...label, scores: [], origin: 'Neuronpedia' as const })),
        dashboard: undefined,
      })),
    clearImports: () =>
      answer('clearImports', '', undefined, () => {
        importedLabels = []
      }),
    publicCatalogue: () => answer('publicCatalogue', '', undefined, () => PUBLIC_CATALOGUE),
    setHub: ({ endpoint, token }) =>
      answer('setHub', `${endpoint}${token ? ' with a token' : ''}`, undefined, () => undefined),
    onChecked: () => () => undefined,
    onWithdrawn: (listener) => {
      withdrawnListeners.add(listener)
      return () => withdrawnListeners.delete(listener)
    },
    onStorageNotice: (listener) => {
      storageListeners.add(listener)
      return () => storageListeners.delete(listener)
    },
    contacts: () => answer('contacts', '', undefined, () => []),
    storage: () => answer('storage', '', undefined, () => structuredClone(stored)),
    deleteStored: (keys) =>
      answer('deleteStored', keys.join(','), undefined, () => {
        stored.files = stored.files.filter(({ key }) => !keys.includes(key))
        stored.usage = stored.files.reduce((sum, { present }) => sum + present, 0)
        return structuredClone(stored)
      }),
    openAny: (asked, call) =>
      answer('openAny', nameOf(asked), call, () => {
        if (/\.npy$/.test(nameOf(asked))) {
          activations = activationsFake(nameOf(asked))
          return { kind: 'activations', activations }
        }
        open = { ...entry(4, 'res'), source: nameOf(asked), repo: 'elsewhere', path: nameOf(asked) }
        return { kind: 'weights', opened: opened(open, false) }
      }),
    openActivations: (asked, call) =>
      answer('openActivations', nameOf(asked), call, () => {
        activations = activationsFake(nameOf(asked))
        return activations
      }),
    runActivations: (sequence, call) =>
      answer('runActivations', String(sequence), call, () => {
        if (activations && sequence < activations.sequences)
          return runFake(`a sequence numbered ${sequence}`, open)
        throw new UserError({
          title: `There is no sequence ${sequence}.`,
          detail: activations ? `There are ${activations.sequences}.` : 'No activations are open.',
          remedy: 'Choose another.',
        })
      }),
    closeActivations: () =>
      answer('closeActivations', '', undefined, () => {
        activations = undefined
      }),
    featureMap: (call) => answer('featureMap', '', call, () => fakeMap()),
    sourceStatistics: (call) =>
      answer('sourceStatistics', '', call, () => ({
        threshold: distribution(0.1, 2),
        decoderNorm: distribution(0.999, 1.001),
        encoderNorm: distribution(0.5, 3),
        cosine: distribution(0.2, 0.98),
      })),
    exportDense: (input, call) =>
      answer(
        'exportDense',
        JSON.stringify(input),
        call,
        () => new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0, 123, 125]),
      ),
  }
  const tellStorageNotice = (notice: string): void => {
    for (const listener of storageListeners) listener(notice)
  }
  const withdraw = (error: UserError, closed: boolean): void => {
    for (const listener of withdrawnListeners) listener(error, closed)
  }
  return { client, calls, hold, fail, stored, tellStorageNotice, withdraw }
}

function nameOf(asked: string | File[]): string {
  return typeof asked === 'string' ? asked : asked.map(({ name }) => name).join(',')
}
