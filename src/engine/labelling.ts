// What is written about the features of the open source: the user's own labels, those published beside it, and those
// imported from elsewhere, with the dashboards that came along.
import type { FileSet } from '../hub/file-set.ts'
import { openHttpSource } from '../hub/http-source.ts'
import type { Hub } from '../hub/hub.ts'
import type { ByteSource } from '../lib/byte-source.ts'
import { UserError } from '../lib/errors.ts'
import type { ImportedFeature, ImportedLabel, ImportReport, ImportSummary } from '../lib/imported.ts'
import { readSaeShape } from '../sae/weights.ts'
import { readLabels } from './feature.ts'
import { importInto } from './import-into.ts'
import { type FetchedLabels, type ImportStore, importStore } from './import-store.ts'
import { LabelSeeking, stillHolds } from './label-seeking.ts'
import type { Label, LabelPlace } from './protocol.ts'
import type { SaeFiles } from './sae-files.ts'
import type { Session } from './session.ts'
import type { TaskContext } from './tasks.ts'

interface LabellingOptions {
  hub: Hub
  session: Session
  /** Told that other texts are to be searched from now on. */
  onChange(): void
}

/** Files that labels and dashboards come in. */
const NAMES = /\.jsonl?(\.gz)?$/i

export class Labelling {
  readonly #with: LabellingOptions
  readonly #seeking: LabelSeeking
  #store: Promise<ImportStore> | undefined
  /** Of one source, read once; `own` is what the page gave last. */
  #known:
    | {
        of: SaeFiles
        published: Promise<[number, Label][]>
        imported: Promise<[number, Label][]>
        fetched: Promise<Map<number, FetchedLabels>>
      }
    | undefined
  #own: { source: string; labels: [number, Label][] } | undefined

  constructor(options: LabellingOptions) {
    this.#with = options
    this.#seeking = new LabelSeeking(options.hub)
  }

  /** Every label of the open source, the user's own first, then published, imported and fetched ones. */
  async all(): Promise<[number, Label][]> {
    const { files, published, imported, fetched } = this.#of()
    const own = this.#own?.source === files.source ? this.#own.labels : []
    const found = [...(await fetched)].flatMap(([index, { labels, at }]) =>
      labels.map((label): [number, Label] => [index, fetchedLabel(label, at)]),
    )
    return [...own, ...(await published), ...(await imported), ...found]
  }

  /** One label a feature: the first of all. */
  async primary(): Promise<[number, Label][]> {
    return [...firstLabels(await this.all())]
  }

  /** The user's own labels of a source, in place of those given before; nothing when another is open. */
  setOwn(source: string, labels: [number, Label][]): void {
    this.#own = { source, labels }
    this.#with.onChange()
  }

  /** Reads labels and dashboards from files or an address and keeps them. */
  async import(asked: string | File[], asOpen: boolean, context: TaskContext): Promise<ImportReport> {
    const files = this.#with.session.requireSaeFiles()
    const sources = await this.#sources(asked, context.signal)
    const target = { open: this.#placeOf(files), dSae: readSaeShape(files.arrays, files.path).dSae, asOpen }
    try {
      return await importInto(await this.#stored(), sources, target, context)
    } finally {
      this.#known = undefined
      this.#with.onChange()
    }
  }

  /** The label that the host of `place` has for a feature; what it said before counts, that it has none for a week. */
  async seek(index: number, place: LabelPlace, signal: AbortSignal): Promise<Label | undefined> {
    const { files, fetched } = this.#of()
    const known = (await fetched).get(index)
    if (known && stillHolds(known, Date.now())) return firstFetched(known)
    const labels = await this.#seeking.labels(place, index, signal)
    if (!labels) return undefined
    const found = { labels, at: Date.now() }
    ;(await fetched).set(index, found)
    if (labels.length > 0) this.#with.onChange()
    // Without room it holds until the page is closed.
    await (await this.#stored()).setFetched(this.#placeOf(files), index, found).catch(() => undefined)
    return firstFetched(found)
  }

  /** What was imported about one feature of the open source. */
  async feature(index: number): Promise<ImportedFeature> {
    const place = this.#placeOf(this.#with.session.requireSaeFiles())
    const store = await this.#stored()
    const [labels, [dashboard]] = await Promise.all([store.labels(place), store.dashboards(place, [index])])
    return { labels: labels.get(index) ?? [], dashboard }
  }

  async summary(): Promise<ImportSummary> {
    return (await this.#stored()).summary(this.#placeOf(this.#with.session.requireSaeFiles()))
  }

  /** Forgets everything imported for the open source. */
  async clear(): Promise<void> {
    await (await this.#stored()).clear(this.#placeOf(this.#with.session.requireSaeFiles()))
    this.#known = undefined
    this.#with.onChange()
  }

  /** What is known of the open source. */
  #of() {
    const files = this.#with.session.requireSaeFiles()
    if (this.#known?.of !== files) {
      const fetched = this.#stored().then((store) => store.fetched(this.#placeOf(files)))
      const known = { of: files, published: readLabels(files), imported: this.#imported(files), fetched }
      this.#known = known
      // What could not be read is asked for again.
      Promise.all([known.published, known.imported, fetched]).catch(() => {
        if (this.#known === known) this.#known = undefined
      })
    }
    const { published, imported, fetched } = this.#known
    return { files, published, imported, fetched }
  }

  async #imported(files: SaeFiles): Promise<[number, Label][]> {
    const labels = await (await this.#stored()).labels(this.#placeOf(files))
    return [...labels].flatMap(([index, list]) =>
      list.map((label): [number, Label] => [index, shownLabel(label)]),
    )
  }

  async #sources(asked: string | File[], signal: AbortSignal): Promise<ByteSource[]> {
    if (typeof asked === 'string' && /^https?:/i.test(asked.trim())) {
      return [await openHttpSource(asked.trim(), undefined, signal)]
    }
    const { set, file } = await this.#with.hub.locate(asked, signal)
    const names = file ? [file] : (set.paths ?? []).filter((path) => NAMES.test(path))
    const sources = await Promise.all(names.map((path) => set.find(path, signal)))
    const found = sources.filter((source) => source !== undefined)
    if (found.length === 0) throw nothingToRead(set)
    return found
  }

  #placeOf(files: SaeFiles): string {
    return `${files.model ?? this.#with.session.modelFiles?.id ?? 'unknown'}/${files.source}`
  }

  #stored(): Promise<ImportStore> {
    this.#store ??= importStore()
    return this.#store
  }
}

/** The first label of each feature. */
export function firstLabels(labels: readonly [number, Label][]): Map<number, Label> {
  const first = new Map<number, Label>()
  for (const [index, label] of labels) if (!first.has(index)) first.set(index, label)
  return first
}

/** All that is written about each feature, in one text. */
export function labelTexts(labels: readonly [number, Label][]): Map<number, string> {
  const texts = new Map<number, string>()
  for (const [index, { description }] of labels) {
    const before = texts.get(index)
    texts.set(index, before === undefined ? description : `${before} ${description}`)
  }
  return texts
}

function shownLabel({ description, author, method, origin }: ImportedLabel): Label {
  return { description, author, method: `${method}, imported from ${origin}` }
}

function firstFetched({ labels: [label], at }: FetchedLabels): Label | undefined {
  return label && fetchedLabel(label, at)
}

function fetchedLabel({ description, author, method }: ImportedLabel, at: number): Label {
  const day = new Date(at).toISOString().slice(0, 10)
  return { description, author, method: `${method}, Neuronpedia API, fetched ${day}` }
}

function nothingToRead({ name, paths }: FileSet): UserError {
  return new UserError({
    title: `${name} holds no labels or dashboards.`,
    detail: `There is ${paths?.slice(0, 8).join(', ') || 'no file'}.`,
    remedy: 'Give .json, .jsonl or .jsonl.gz files of Neuronpedia, SAEDashboard or circuit-tracer.',
  })
}
