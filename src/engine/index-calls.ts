// The engine's calls on the activation index of the open source: which there is, building one, features of it, lists.
import { version } from '../../package.json'
import { FeatureList } from '../activation-index/browse.ts'
import { requireSource } from '../activation-index/manifest.ts'
import { ActivationIndex } from '../activation-index/reader.ts'
import type { IndexFiles } from '../activation-index/store.ts'
import type { FileSet } from '../hub/file-set.ts'
import type { Hub } from '../hub/hub.ts'
import type { BrowseQuery } from '../lib/browse-query.ts'
import { UserError } from '../lib/errors.ts'
import type { TableFormat } from '../lib/table-file.ts'
import { readSaeShape } from '../sae/weights.ts'
import { browseFile } from './browse-file.ts'
import type { Lists } from './catalogues.ts'
import { publishedStatistic, requireFeature } from './feature.ts'
import { KnownFigures, readFigures } from './feature-figures.ts'
import { featureTexts } from './feature-texts.ts'
import { type BuildOptions, buildIndex } from './index-build.ts'
import type {
  BrowseResult,
  BrowseRow,
  CorpusInput,
  FeatureFigures,
  IndexedFeature,
  IndexInfo,
  IndexOrigin,
} from './index-results.ts'
import { indexedRows } from './index-rows.ts'
import { sourceIndexes } from './index-store.ts'
import { indexedFeature } from './indexed-feature.ts'
import { firstLabels, labelTexts } from './labelling.ts'
import type { Label } from './protocol.ts'
import { openSaeFiles, type SaeFiles } from './sae-files.ts'
import type { Session } from './session.ts'
import type { TaskContext } from './tasks.ts'

interface IndexCallsOptions {
  hub: Hub
  lists: Lists
  session: Session
  /** Address of the bundled texts. */
  corpus: string
  /** All of the open source; the first of a feature is the one to show. */
  labels(): Promise<[number, Label][]>
}

interface OpenIndex {
  origin: IndexOrigin
  index: ActivationIndex
}

export class IndexCalls {
  readonly #with: IndexCallsOptions
  /** Of one source: another one's is looked for anew. */
  #open: { of: SaeFiles; found: Promise<OpenIndex | undefined> } | undefined
  #list: { of: SaeFiles; list: Promise<FeatureList> } | undefined
  readonly #figures = new KnownFigures()

  constructor(options: IndexCallsOptions) {
    this.#with = options
  }

  async info({ signal }: TaskContext): Promise<IndexInfo | undefined> {
    const found = await this.#find(signal)
    return found && infoOf(found)
  }

  /** Opens an index of the open source; the one before stays when it is none. */
  async open(asked: string | File[], { signal }: TaskContext): Promise<IndexInfo> {
    const files = this.#with.session.requireSaeFiles()
    const place = typeof asked === 'string' ? asked.replace(/(manifest\.json)?$/, '') : asked
    const { set } = await this.#with.hub.locate(place, signal)
    const index = await ActivationIndex.open(filesOf(set, ''), signal)
    if (!index) {
      throw new UserError({
        title: 'There is no activation index.',
        detail: `No manifest.json in ${set.name}.`,
        remedy: 'Give the folder that manifest.json is in, or all of its files.',
      })
    }
    requireSource(index.manifest, files.source, widthOf(files))
    return this.#take(files, { origin: 'opened', index })
  }

  /** Builds, or goes on building, the index of a corpus; it then counts for this source. */
  async build(
    input: CorpusInput,
    options: Pick<BuildOptions, 'inTurn' | 'cap'>,
    context: TaskContext,
  ): Promise<IndexInfo> {
    const { session, corpus } = this.#with
    const files = session.requireSaeFiles()
    const stores = await sourceIndexes(keyOf(files))
    const code = `featurescope ${version}`
    const { manifest, fingerprint } = await buildIndex(
      input,
      { ...options, session, stores, bundled: corpus, code },
      context,
    )
    const index = await ActivationIndex.open(await stores.corpus(fingerprint), context.signal)
    if (!index) throw new Error(`the index of ${manifest.source} is gone as soon as it was built`)
    return this.#take(files, { origin: 'stored', index })
  }

  /** Forgets the index that was built or opened here; a bundled one counts again. */
  async drop({ signal }: TaskContext): Promise<IndexInfo | undefined> {
    const files = this.#with.session.requireSaeFiles()
    await (await sourceIndexes(keyOf(files))).clear()
    this.#open = undefined
    this.#list = undefined
    const found = await this.#find(signal)
    return found && infoOf(found)
  }

  /** Looks for the open source's index anew: stored ones were deleted. */
  forgetStored(): void {
    this.#open = undefined
    this.#list = undefined
  }

  /** Names and bytes of the open index's files, for saving. */
  async files({ signal }: TaskContext): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }[]> {
    const found = await this.#find(signal)
    if (!found) return []
    const { index } = found
    const names = ['manifest.json', 'features.parquet', 'documents.parquet', 'tokens.parquet']
    for (let file = 0; file < index.manifest.postingsFiles; file += 1) names.push(`postings-${file}.parquet`)
    const all = []
    for (const name of names) {
      const source = await index.files.source(name, signal)
      if (source) all.push({ name, bytes: await source.read(0, source.size, signal) })
    }
    return all
  }

  async feature(number: number, { signal }: TaskContext): Promise<IndexedFeature | undefined> {
    const found = await this.#find(signal)
    if (!found) return undefined
    requireFeature(number, { dSae: found.index.manifest.dSae })
    return indexedFeature(found.index, number)
  }

  async browse(query: BrowseQuery, context: TaskContext): Promise<BrowseResult> {
    const list = await this.#features(context.signal)
    const start = performance.now()
    const features = list.query(query)
    return { features, milliseconds: performance.now() - start }
  }

  /** All that a query finds, as a file. */
  async browseFile(query: BrowseQuery, format: TableFormat, context: TaskContext): Promise<Blob> {
    const { session, labels } = this.#with
    const { source, model } = session.requireSaeFiles()
    const list = await this.#features(context.signal)
    const [found, all] = await Promise.all([this.#find(context.signal), labels()])
    const labelOf = firstLabels(all)
    const texts = found && (await featureTexts(found.index))
    const { corpus, countedTokens = 0 } = found?.index.manifest ?? {}
    const file = {
      ...{ format, model: session.modelFiles?.id ?? model, source, query, features: list.query(query) },
      corpus: corpus && { name: corpus.name, countedTokens },
      lineOf: (feature: number) => ({
        ...{ label: labelOf.get(feature), summary: texts?.summary(feature) ?? '' },
        ...{ density: list.value('density', feature), max: list.value('max', feature) },
        ...{ mean: list.value('mean', feature), skew: list.value('skew', feature) },
      }),
    }
    return browseFile(file, context)
  }

  /** Lines of the list, in the order asked. */
  async rows(features: readonly number[], { signal }: TaskContext): Promise<BrowseRow[]> {
    const [labels, found] = await Promise.all([this.#with.labels(), this.#find(signal)])
    const labelOf = firstLabels(labels)
    // An index has the lines themselves: the list of all features is not made for a few.
    if (found) return indexedRows(found.index, features, labelOf)
    const list = await this.#features(signal)
    return features.map((feature) => ({
      ...{ feature, label: labelOf.get(feature), summary: '', histogram: [], promoted: [] },
      density: list.value('density', feature),
      max: list.value('max', feature),
      ...{ mean: undefined, skew: undefined },
    }))
  }

  /** Density and highest activation of features of the open source, or of the one in `place`, in their order. */
  async figures(
    features: readonly number[],
    place: string | undefined,
    { signal }: TaskContext,
  ): Promise<FeatureFigures> {
    const { session, hub, lists } = this.#with
    const files = session.requireSaeFiles()
    if (place === undefined || place === `${files.repo}/${files.path}`) {
      const found = await this.#find(signal)
      return this.#figures.of(features, files, found?.index, signal)
    }
    const other = await openSaeFiles(place, lists, hub, signal)
    const found = await this.#look(other, signal)
    return readFigures(features, other, found?.index, signal)
  }

  /** Labels have changed: the list is made again when it is next asked. */
  forgetTexts(): void {
    this.#list = undefined
  }

  #features(signal: AbortSignal): Promise<FeatureList> {
    const files = this.#with.session.requireSaeFiles()
    if (this.#list?.of !== files) {
      const list = this.#makeList(files, signal)
      this.#list = { of: files, list }
      list.catch(() => {
        if (this.#list?.list === list) this.#list = undefined
      })
    }
    return this.#list.list
  }

  async #makeList(files: SaeFiles, signal: AbortSignal): Promise<FeatureList> {
    const found = await this.#find(signal)
    const labels = labelTexts(await this.#with.labels())
    const dSae = widthOf(files)
    if (!found) {
      const [density, max] = await Promise.all([
        publishedStatistic(files, files.row?.density, signal),
        publishedStatistic(files, files.row?.maxActivation, signal),
      ])
      return new FeatureList({ density, max }, dSae, 0, (feature) => ({
        label: labels.get(feature),
        others: [],
      }))
    }
    const { index } = found
    const [columns, { summary, named }] = await Promise.all([
      index.columns(['count', 'max', 'sum', 'logitSkew']),
      featureTexts(index),
    ])
    const { count, max, sum, logitSkew } = columns
    const skew = index.manifest.logits ? logitSkew : undefined
    return new FeatureList({ count, max, sum, skew }, dSae, index.manifest.countedTokens, (feature) => ({
      label: labels.get(feature),
      others: [summary(feature), ...named(feature)],
    }))
  }

  /** Built or opened here first, then what lies beside the SAE. */
  #find(signal: AbortSignal): Promise<OpenIndex | undefined> {
    const files = this.#with.session.requireSaeFiles()
    if (this.#open?.of !== files) {
      const found = this.#look(files, signal)
      this.#open = { of: files, found }
      found.catch(() => {
        if (this.#open?.found === found) this.#open = undefined
      })
    }
    return this.#open.found
  }

  async #look(files: SaeFiles, signal: AbortSignal): Promise<OpenIndex | undefined> {
    const dSae = widthOf(files)
    const fits = ({ manifest }: ActivationIndex): boolean =>
      manifest.source === files.source && manifest.dSae === dSae
    const own = await (await sourceIndexes(keyOf(files))).current()
    // One that an older version wrote is built again, not complained of.
    const stored = own && (await ActivationIndex.open(own, signal).catch(() => undefined))
    if (stored && fits(stored)) return { origin: 'stored', index: stored }
    if (files.row?.index === undefined) return undefined
    const bundled = await ActivationIndex.open(filesOf(files.beside, files.row.index), signal)
    return bundled && fits(bundled) ? { origin: 'bundled', index: bundled } : undefined
  }

  #take(of: SaeFiles, opened: OpenIndex): IndexInfo {
    // Another source may have been opened meanwhile.
    if (this.#with.session.saeFiles === of) {
      this.#open = { of, found: Promise.resolve(opened) }
      this.#list = undefined
    }
    return infoOf(opened)
  }
}

function infoOf({ origin, index }: OpenIndex): IndexInfo {
  return { origin, manifest: index.manifest }
}

function widthOf({ arrays, path }: SaeFiles): number {
  return readSaeShape(arrays, path).dSae
}

/** What names a source among all that were ever open here. */
function keyOf({ repo, path, source }: SaeFiles): string {
  return `${repo}/${path} ${source}`
}

/** An index's files in a folder of a repo, a place of the web, or among local files. */
function filesOf(set: FileSet, folder: string): IndexFiles {
  return { source: (name, signal) => set.find(`${folder}${name}`, signal) }
}
