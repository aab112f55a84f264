// What was imported, by source and feature, in the browser's database: labels of a source together, as they are
// searched, dashboards one by one, as they are shown. Memory where the browser gives no storage.
import { createStore, promisifyRequest, type UseStore } from 'idb-keyval'
import type { ImportedDashboard, ImportedLabel, ImportSummary } from '../lib/imported.ts'

/** Labels of one source, by feature. */
export type LabelsByFeature = Map<number, ImportedLabel[]>

/** What a host said about one feature when it was asked; no label is an answer, too. */
export interface FetchedLabels {
  labels: ImportedLabel[]
  /** `Date.now()` */
  at: number
}

export interface ImportStore {
  /** False where it lasts only as long as the page. */
  readonly kept: boolean
  labels(place: string): Promise<LabelsByFeature>
  setLabels(place: string, labels: LabelsByFeature): Promise<void>
  /** In the order asked; undefined for features without. */
  dashboards(place: string, indices: readonly number[]): Promise<(ImportedDashboard | undefined)[]>
  setDashboards(place: string, dashboards: ReadonlyMap<number, ImportedDashboard>): Promise<void>
  /** What was fetched feature by feature. */
  fetched(place: string): Promise<Map<number, FetchedLabels>>
  setFetched(place: string, index: number, fetched: FetchedLabels): Promise<void>
  summary(place: string): Promise<ImportSummary>
  clear(place: string): Promise<void>
}

/** The browser's own; memory where it is refused, as in frames without an origin. */
export async function importStore(): Promise<ImportStore> {
  try {
    const db = createStore('featurescope-imports', 'imported')
    await db('readonly', (store) => promisifyRequest(store.count()))
    return storedImports(db)
  } catch {
    return memoryImports()
  }
}

// Keys are ["labels", place], ["dashboard", place, index] and ["fetched", place, index].
function storedImports(db: UseStore): ImportStore {
  const labelsKey = (place: string): IDBValidKey => ['labels', place]
  const dashboardKey = (place: string, index: number): IDBValidKey => ['dashboard', place, index]
  const range = (place: string, kind = 'dashboard'): IDBKeyRange =>
    IDBKeyRange.bound([kind, place, 0], [kind, place, Number.MAX_SAFE_INTEGER])
  const labels = async (place: string): Promise<LabelsByFeature> =>
    asLabels(await db('readonly', (store) => promisifyRequest(store.get(labelsKey(place)))))
  const fetched = async (place: string): Promise<Map<number, FetchedLabels>> => {
    const all: (FetchedLabels & { index: number })[] = await db('readonly', (store) =>
      promisifyRequest(store.getAll(range(place, 'fetched'))),
    )
    return new Map(all.map(({ index, labels: own, at }) => [index, { labels: own, at }]))
  }
  return {
    kept: true,
    labels,
    setLabels: (place, all) =>
      db('readwrite', (store) => {
        store.put(all, labelsKey(place))
        return promisifyRequest(store.transaction)
      }),
    dashboards: (place, indices) =>
      db('readonly', (store) =>
        Promise.all(indices.map((index) => promisifyRequest(store.get(dashboardKey(place, index))))),
      ),
    setDashboards: (place, dashboards) =>
      db('readwrite', (store) => {
        for (const [index, dashboard] of dashboards) store.put(dashboard, dashboardKey(place, index))
        return promisifyRequest(store.transaction)
      }),
    fetched,
    setFetched: (place, index, own) =>
      db('readwrite', (store) => {
        store.put({ index, ...own }, ['fetched', place, index])
        return promisifyRequest(store.transaction)
      }),
    summary: async (place) => ({
      labels: labelled(await labels(place), await fetched(place)),
      dashboards: await db('readonly', (store) => promisifyRequest(store.count(range(place)))),
      kept: true,
    }),
    clear: (place) =>
      db('readwrite', (store) => {
        store.delete(labelsKey(place))
        store.delete(range(place))
        store.delete(range(place, 'fetched'))
        return promisifyRequest(store.transaction)
      }),
  }
}

/** Features with a label of either kind. */
function labelled(imported: LabelsByFeature, fetched: ReadonlyMap<number, FetchedLabels>): number {
  const found = [...fetched].flatMap(([index, { labels }]) => (labels.length > 0 ? [index] : []))
  return new Set([...imported.keys(), ...found]).size
}

/** None where another version wrote something else. */
function asLabels(kept: unknown): LabelsByFeature {
  return kept instanceof Map ? kept : new Map()
}

/** For tests, and for browsers that keep nothing. */
export function memoryImports(): ImportStore {
  const imported = new Map<string, LabelsByFeature>()
  const asked = new Map<string, Map<number, FetchedLabels>>()
  const shown = new Map<string, Map<number, ImportedDashboard>>()
  return {
    kept: false,
    labels: async (place) => imported.get(place) ?? new Map(),
    setLabels: async (place, all) => void imported.set(place, all),
    dashboards: async (place, indices) => indices.map((index) => shown.get(place)?.get(index)),
    setDashboards: async (place, dashboards) => {
      shown.set(place, new Map([...(shown.get(place) ?? []), ...dashboards]))
    },
    fetched: async (place) => new Map(asked.get(place)),
    setFetched: async (place, index, own) => {
      asked.set(place, new Map(asked.get(place)).set(index, own))
    },
    summary: async (place) => ({
      labels: labelled(imported.get(place) ?? new Map(), asked.get(place) ?? new Map()),
      dashboards: shown.get(place)?.size ?? 0,
      kept: false,
    }),
    clear: async (place) => {
      imported.delete(place)
      asked.delete(place)
      shown.delete(place)
    },
  }
}
