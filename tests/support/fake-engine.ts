// A small EngineClient for tests of the page's state: deterministic, no worker, calls recorded and delayable.
import type { FeatureList } from '../../src/activation-index/browse.ts'
import type { CallOptions, EngineClient } from '../../src/engine/client.ts'
import type {
  ActivationsInfo,
  CatalogueEntry,
  Dashboard,
  Distribution,
  IndexInfo,
  Label,
  LayersResult,
  ModelPlan,
  Opened,
  RunResult,
  StorageState,
  TokenSpan,
} from '../../src/engine/protocol.ts'
import { UserError } from '../../src/lib/errors.ts'
import type { Hook } from '../../src/lib/hook.ts'
import type { ImportReport } from '../../src/lib/imported.ts'
import type { SparseRows } from '../../src/lib/sparse-rows.ts'
import { fakeIndex, fakeIndexedFeature, fakeList, fakeRow } from './fake-index.ts'
import { fakeMap } from './fake-map.ts'

const WIDTH = 4096
const CONTEXT = 1024

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
}

/** A fake engine over two residual sources and one transcoder. */
export function fakeEngine(): FakeEngine {
  const calls: string[] = []
  const hold = new Map<string, Promise<void>>()
  const fail = new Map<string, UserError>()
  const backends = { sae: 'webgpu', model: 'wasm', adapter: 'Fake adapter', software: true } as const
  const storageListeners = new Set<(notice: string) => void>()
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
  return { client, calls, hold, fail, stored, tellStorageNotice }
}

function nameOf(asked: string | File[]): string {
  return typeof asked === 'string' ? asked : asked.map(({ name }) => name).join(',')
}

/** Two sequences of five and three tokens, with their strings. */
function activationsFake(name: string): ActivationsInfo {
  return {
    name,
    array: 'activations',
    dtype: '<f4',
    sequences: 2,
    lengths: [5, 3],
    width: 144,
    hook: 'blocks.3.hook_resid_post',
    tokens: 'strings',
    notices: [],
  }
}

/** Even counts in four bins. */
function distribution(min: number, max: number): Distribution {
  const mean = (min + max) / 2
  const edges = [0, 1, 2, 3, 4].map((at) => min + ((max - min) * at) / 4)
  return { min, median: mean, mean, max, edges, counts: [1024, 1024, 1024, 1024] }
}

const LABELS: [number, Label][] = [
  [7, { description: 'time and its machinery', author: 'a person', method: 'by hand' }],
  [1200, { description: 'the word time in speeches', author: 'a person', method: 'by hand' }],
]

function entry(layer: number, site: CatalogueEntry['site'], isDefault = false): CatalogueEntry {
  return {
    release: 'bundled',
    repo: `fake/scope-${site}`,
    path: `layer_${layer}/params.npz`,
    model: 'fake-mini',
    modelRepo: 'fake/fake-mini',
    source: `${layer}-fakescope-${site}-4k`,
    site,
    layer,
    width: WIDTH,
    dIn: 144,
    hookIn: `blocks.${layer}.hook_resid_post`,
    hookOut: `blocks.${layer}.hook_resid_post`,
    l0: 28,
    bytes: 4_000_000,
    default: isDefault,
  }
}

const CATALOGUE = [entry(2, 'res'), entry(3, 'res', true), entry(3, 'transcoder')]

function publicEntry(layer: number, l0: number, canonical: boolean): CatalogueEntry {
  const source = `${layer}-gemmascope-res-16k${canonical ? '' : `__l0-${l0}`}`
  return {
    release: 'gemma-scope',
    repo: 'google/gemma-scope-2b-pt-res',
    path: `layer_${layer}/width_16k/average_l0_${l0}/params.npz`,
    model: 'gemma-2-2b',
    modelRepo: 'unsloth/gemma-2-2b',
    source,
    site: 'res',
    layer,
    width: 16384,
    dIn: 2304,
    hookIn: `blocks.${layer}.hook_resid_post`,
    hookOut: `blocks.${layer}.hook_resid_post`,
    l0,
    bytes: 302_131_416,
    canonical,
    neuronpedia: canonical ? `gemma-2-2b/${source}` : undefined,
  }
}

const PUBLIC_CATALOGUE = [publicEntry(19, 73, true), publicEntry(20, 71, true), publicEntry(20, 139, false)]

/** Of an import of one label. */
function importReport(name: string): ImportReport {
  const sources = [{ place: 'fake-mini/3-fakescope-res-4k', count: 1 }]
  return { name, labels: 1, dashboards: 0, examples: 0, sources, skipped: [], skippedCount: 0 }
}

function opened(row: CatalogueEntry, withModel: boolean): Opened {
  return {
    model: withModel
      ? {
          id: row.model,
          repo: row.modelRepo,
          layers: 6,
          hiddenSize: 144,
          headsWidth: 192,
          vocabSize: 4096,
          contextLength: CONTEXT,
          architecture: 'gemma2',
          bosTokenId: 2,
          hasTokenizer: true,
        }
      : undefined,
    sae: {
      source: row.source,
      repo: row.repo,
      path: row.path,
      model: row.model,
      site: row.site,
      layer: row.layer,
      hookIn: row.hookIn,
      hookOut: row.hookOut,
      dIn: row.dIn,
      dSae: row.width,
      dOut: row.dIn,
      activation: { kind: 'jumprelu' },
      thresholdRange: [0.1, 2],
      decoderNormRange: [1, 1],
      published: undefined,
    },
  }
}

function hash(...parts: (string | number)[]): number {
  let h = 2166136261
  for (const character of parts.join('\u0001')) h = Math.imul(h ^ (character.codePointAt(0) ?? 0), 16777619)
  return (h ^ (h >>> 15)) >>> 0
}

/** Words of at most six letters a piece; characters outside the basic plane are four byte tokens. */
function spansOf(text: string): TokenSpan[] {
  const spans: TokenSpan[] = [{ first: 0, count: 1, text: '<bos>', special: true }]
  let first = 1
  for (const piece of text.match(/\p{Extended_Pictographic}| ?[^\s]{1,6}|\s/gu) ?? []) {
    const count = /\p{Extended_Pictographic}/u.test(piece) ? 4 : 1
    spans.push({ first, count, text: piece, special: false })
    first += count
  }
  return spans
}

function tokenizeFake(text: string): { ids: number[]; tokens: string[] } {
  const pieces = spansOf(text).flatMap(({ text: piece, count }) =>
    Array<string>(count).fill(piece.replaceAll(' ', '▁')),
  )
  return { ids: pieces.map((piece) => hash(piece) % 4096), tokens: pieces }
}

function sparse(rows: [index: number, value: number][][]): SparseRows {
  const flat = rows.flat()
  const rowPtr = new Uint32Array(rows.length + 1)
  rows.forEach((row, at) => {
    rowPtr[at + 1] = rowPtr[at] + row.length
  })
  return {
    rows: rows.length,
    width: WIDTH,
    rowPtr,
    indices: Uint32Array.from(flat, ([index]) => index),
    values: Float32Array.from(flat, ([, value]) => value),
  }
}

function runFake(text: string, open: CatalogueEntry | undefined): RunResult {
  if (!open?.hookIn || !open.hookOut)
    throw new UserError({ title: 'No SAE is open.', detail: 'This needs an SAE.', remedy: 'Open one first.' })
  const { hookIn, hookOut } = open
  const all = spansOf(text)
  const spans = all.filter(({ first, count }) => first + count <= CONTEXT)
  const { ids, tokens } = tokenizeFake(text)
  const length = spans.reduce((sum, { count }) => sum + count, 0)
  const rows = tokens.slice(0, length).map((token, position) => {
    const own = new Map<number, number>()
    for (let k = 0; k < 14; k += 1) {
      const index = hash(open.source, token.trim().toLowerCase().slice(0, 3), k) % WIDTH
      own.set(index, (1 + (hash(index, token, position % 7) % 9000) / 100) * (k < 3 ? 1 : 0.3))
    }
    own.set(7, /time|trave|machi/i.test(token) ? 93.1 : 0.5 + (position % 5))
    return [...own].sort(([a], [b]) => a - b)
  })
  return {
    ids: ids.slice(0, length),
    tokens: tokens.slice(0, length),
    spans,
    features: sparse(rows),
    l0: 14.7,
    fvu: 0.274,
    hookIn,
    hookOut,
    backends: { sae: 'webgpu', model: 'wasm', adapter: 'Fake adapter', software: true },
    milliseconds: { model: 31, encode: 9, total: 44 },
    droppedTokens: tokens.length - length,
    windows: [0],
  }
}

function layerFake(text: string, source: string): LayersResult['layers'][number] {
  const row = [...CATALOGUE, ...PUBLIC_CATALOGUE].find(({ repo, path }) => `${repo}/${path}` === source)
  if (!row?.hookIn || !row.hookOut) {
    return { source, error: { title: 'No such SAE.', detail: source, remedy: 'Choose another.' } }
  }
  const { features, l0, fvu } = runFake(text, row)
  const { hookIn, hookOut, layer = 0 } = row
  return { source: row.source, layer, hookIn, hookOut, features, l0, fvu, labels: [] }
}

/** Every precision of a model that 8 bits fit and float32 does not. */
function planOf(repo: string, hooks: Hook[]): ModelPlan {
  const common = { layers: 21, cached: 0, embeddingRow: 4608 }
  const reason = { title: 'Too large.', detail: 'It takes 6.5 GB.', remedy: 'Choose fewer bits.' }
  return {
    model: {
      ...{ id: repo.split('/')[1], repo, layers: 26, hiddenSize: 2304, headsWidth: 2048 },
      ...{
        vocabSize: 256_000,
        contextLength: 8192,
        bosTokenId: 2,
        architecture: 'gemma2',
        hasTokenizer: true,
      },
    },
    backend: 'wasm',
    hooks,
    tokenizerBytes: 17.5e6,
    vocabularyBytes: 1.18e9,
    precisions: [
      { ...common, precision: 'f32', download: 3.27e9, memory: 6.5e9, refused: { reason, deepestLayer: 9 } },
      { ...common, precision: 'q8', download: 3.27e9, memory: 1.84e9, refused: undefined },
    ],
    automatic: 'q8',
  }
}

const WORDS = [
  '▁the',
  '▁time',
  '▁machine',
  'ing',
  '▁travel',
  '\n',
  '▁año',
  'ß',
  '▁',
  '▁return',
  '▁wolf',
  ' été',
]

function tokensOf(index: number, k: number): { id: number; token: string; logit: number }[] {
  return Array.from({ length: k }, (_, at) => ({
    id: at,
    token: WORDS[(hash(index) + at) % WORDS.length],
    logit: 0.7 - at * 0.04,
  }))
}

function dashboardOf(index: number): Dashboard {
  return {
    model: 'fake-mini',
    source: '3-fakescope-res-4k',
    index,
    threshold: 0.4312,
    encoderBias: -0.0123,
    decoderNorm: 1,
    encoderNorm: 1.2841,
    encoderDecoderCosine: 0.871,
    logits: {
      top: tokensOf(index, 10),
      bottom: tokensOf(index + 5, 10).map((row) => ({ ...row, logit: -row.logit })),
      mean: 0.0011,
      sd: 0.13,
      skew: 1.84,
      kurtosis: 2.1,
      histogram: { edges: [-0.6, -0.2, 0.2, 0.7], counts: [40, 4000, 56] },
      formula: 'W_dec[f] · W_U',
    },
    alignment: [
      { dimension: 41, value: 0.31, share: 0.04 },
      { dimension: 7, value: -0.27, share: 0.035 },
    ],
    density: 0.0037,
    maxActivation: 93.1,
    label: undefined,
  }
}
