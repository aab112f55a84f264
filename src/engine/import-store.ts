// What was imported, by source and feature, in the browser's database: labels of a source together, as they are
// searched, dashboards one by one, as they are shown. Memory where the browser gives no storage.
import { createStore, promisifyRequest, type UseStore } from 'idb-keyval'
import type { ImportedDashboard, ImportedLabel, ImportSummary } from '../lib/imported.ts'

/** Labels of one source, by feature. */
export type LabelsByFeature = Map<number, ImportedLabel[]>

export interface ImportStore {
  /** False where it lasts only as long as the page. */
  readonly kept: boolean
  labels(place: string): Promise<LabelsByFeature>
  setLabels(place: string, labels: LabelsByFeature): Promise<void>
  /** In the order asked; undefined for features without. */
  dashboards(place: string, indices: readonly number[]): Promise<(ImportedDashboard | undefined)[]>
  setDashboards(place: string, dashboards: ReadonlyMap<number, ImportedDashboard>): Promise<void>
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

// Keys are ["labels", place] and ["dashboard", place, index].
function storedImports(db: UseStore): ImportStore {
  const labelsKey = (place: string): IDBValidKey => ['labels', place]
  const dashboardKey = (place: string, index: number): IDBValidKey => ['dashboard', place, index]
  const range = (place: string): IDBKeyRange =>
    IDBKeyRange.bound(dashboardKey(place, 0), dashboardKey(place, Number.MAX_SAFE_INTEGER))
  const labels = async (place: string): Promise<LabelsByFeature> =>
    (await db('readonly', (store) => promisifyRequest(store.get(labelsKey(place))))) ?? new Map()
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
    summary: async (place) => ({
      labels: (await labels(place)).size,
      dashboards: await db('readonly', (store) => promisifyRequest(store.count(range(place)))),
      kept: true,
    }),
    clear: (place) =>
      db('readwrite', (store) => {
        store.delete(labelsKey(place))
        store.delete(range(place))
        return promisifyRequest(store.transaction)
      }),
  }
}

/** For tests, and for browsers that keep nothing. */
export function memoryImports(): ImportStore {
  const labelled = new Map<string, LabelsByFeature>()
  const shown = new Map<string, Map<number, ImportedDashboard>>()
  return {
    kept: false,
    labels: async (place) => labelled.get(place) ?? new Map(),
    setLabels: async (place, all) => void labelled.set(place, all),
    dashboards: async (place, indices) => indices.map((index) => shown.get(place)?.get(index)),
    setDashboards: async (place, dashboards) => {
      shown.set(place, new Map([...(shown.get(place) ?? []), ...dashboards]))
    },
    summary: async (place) => ({
      labels: labelled.get(place)?.size ?? 0,
      dashboards: shown.get(place)?.size ?? 0,
      kept: false,
    }),
    clear: async (place) => {
      labelled.delete(place)
      shown.delete(place)
    },
  }
}
