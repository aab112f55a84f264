// The map of the open source's features: computed when it is first looked at, coloured by what the address says, and
// the features picked on it.
import type { FeatureMap, SaeInfo } from '../engine/protocol.ts'
import { EVERY_FEATURE } from '../lib/browse-query.ts'
import { isAbort, toUserError, type UserError } from '../lib/errors.ts'
import type { MapQuery } from '../lib/map-query.ts'
import { questionAddress } from './question-address.ts'
import type { Slice, Work } from './types.ts'

/** What is known of one source's map. */
export type MapShown = { of: SaeInfo } & (
  | ({ status: 'loading' } & Work)
  | {
      status: 'ready'
      value: FeatureMap
      /** [points] share of tokens each fires on, NaN where it is not known; undefined until it was asked. */
      density: Float32Array | undefined
    }
  | { status: 'failed'; error: UserError }
  | { status: 'cancelled' }
)

export interface MapSlice {
  map: MapShown | undefined
  /** Features that the words of the search were found in. */
  mapHits: { of: SaeInfo; text: string; features: ReadonlySet<number> } | undefined
  mapError: UserError | undefined
  /** Features picked on the map, ascending, and how. */
  mapPicked: { of: SaeInfo; how: 'lasso' | 'view'; features: readonly number[] } | undefined
  /** Computes the open source's map unless that is done or going on. */
  loadMap(): Promise<void>
  cancelMap(): void
  /** Changes what is looked at. Typing replaces the address a little later, choices are a step to go back from. */
  setMapQuery(next: Partial<MapQuery>, how: 'typing' | 'choice'): void
  /** Searches the words of the address; the newest win. */
  loadMapHits(): Promise<void>
  /** `undefined` closes the list. */
  pickOnMap(features: readonly number[] | undefined, how?: 'lasso' | 'view'): void
}

export const mapSlice: Slice<MapSlice> = (set, get, { client, address }) => {
  let current: AbortController | undefined
  const showQuestion = questionAddress(set, get, { address })
  let searches = 0

  async function loadDensity(of: SaeInfo, value: FeatureMap): Promise<void> {
    // Which index there is may still be being looked for.
    await get().loadIndex()
    const { density } = await client.featureFigures([...value.features])
    const { map } = get()
    if (map?.status === 'ready' && map.value === value && get().sae === of) set({ map: { ...map, density } })
  }

  return {
    map: undefined,
    mapHits: undefined,
    mapError: undefined,
    mapPicked: undefined,

    loadMap: async () => {
      const { sae, map } = get()
      if (!sae || (map?.of === sae && (map.status === 'loading' || map.status === 'ready'))) return
      current?.abort()
      const abort = new AbortController()
      current = abort
      const since = performance.now()
      const put = (next: MapShown): void => {
        if (get().sae === sae && current === abort) set({ map: next })
      }
      put({ of: sae, status: 'loading', label: 'Reading decoder directions', progress: undefined, since })
      try {
        const value = await client.featureMap({
          signal: abort.signal,
          onProgress: (progress) => {
            // The map of a source that another has taken the place of is not worth computing on.
            if (get().sae !== sae) abort.abort()
            put({ of: sae, status: 'loading', label: progress.label, progress, since })
          },
        })
        put({ of: sae, status: 'ready', value, density: undefined })
        loadDensity(sae, value).catch((thrown) => set({ mapError: toUserError(thrown) }))
      } catch (thrown) {
        put(
          isAbort(thrown)
            ? { of: sae, status: 'cancelled' }
            : { of: sae, status: 'failed', error: toUserError(thrown) },
        )
      }
    },

    cancelMap: () => current?.abort(),

    setMapQuery: (next, how) => {
      const { route } = get()
      if (route?.view !== 'map') return
      showQuestion({ ...route, query: { ...route.query, ...next } }, how)
      void get().loadMapHits()
    },

    loadMapHits: async () => {
      const { route, sae, mapHits } = get()
      searches += 1
      const search = searches
      if (route?.view !== 'map' || sae?.source !== route.source) return
      const { text } = route.query
      if (text.trim() === '') return set({ mapHits: undefined, mapError: undefined })
      if (mapHits?.of === sae && mapHits.text === text) return
      try {
        const { features } = await client.browse({ ...EVERY_FEATURE, text })
        if (search !== searches || get().sae !== sae) return
        set({ mapHits: { of: sae, text, features: new Set(features) }, mapError: undefined })
      } catch (thrown) {
        if (search === searches) set({ mapError: toUserError(thrown) })
      }
    },

    pickOnMap: (features, how = 'lasso') => {
      const { sae } = get()
      set({ mapPicked: features && sae && { of: sae, how, features } })
    },
  }
}
