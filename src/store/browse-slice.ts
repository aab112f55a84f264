// The list of all features: what is asked of it is in the address, what is found and the lines in sight are here.
import type { CallOptions } from '../engine/client.ts'
import type { BrowseRow, IndexInfo, SaeInfo } from '../engine/protocol.ts'
import { type BrowseQuery, EVERY_FEATURE } from '../lib/browse-query.ts'
import { toUserError, type UserError } from '../lib/errors.ts'
import type { BrowseRoute } from '../lib/route.ts'
import type { TableFormat } from '../lib/table-file.ts'
import { questionAddress } from './question-address.ts'
import type { Slice } from './types.ts'

/** Lines kept; far more than are ever in sight. */
const KEPT = 2000
/** Lines that the search of the top bar shows. */
const HITS = 8

export interface BrowseFound {
  query: BrowseQuery
  /** [found] in the order asked for */
  features: Uint32Array
  milliseconds: number
  /** What it was found in; undefined without an index. */
  index: IndexInfo | undefined
  /** How many features never fire; undefined where that is not known. */
  dead: number | undefined
}

export interface BrowseSlice {
  /** What was found last; a newer question may be under way. */
  browse: BrowseFound | undefined
  browseBusy: boolean
  browseError: UserError | undefined
  /** Lines by feature: those in sight, and some that were. */
  browseRows: ReadonlyMap<number, BrowseRow>
  /** Place of the active line among the found ones. */
  browseActive: number
  /** How far the list is scrolled, in pixels of the list. */
  browseOffset: number
  /** The list that was shown last, to go back to. */
  listRoute: BrowseRoute | undefined
  /** What the top bar's search found in the same texts. */
  featureHits: { text: string; count: number; rows: BrowseRow[] } | undefined

  /** Changes the question. Typing replaces the address a little later, choices are a step to go back from. */
  setBrowseQuery(next: Partial<BrowseQuery>, how: 'typing' | 'choice'): void
  /** Asks the address's question unless it is answered; while one is being answered, only the newest waits. */
  loadBrowse(): Promise<void>
  /** Fetches the lines of features that are not here; as with questions, only the newest wish waits. */
  loadBrowseRows(features: readonly number[]): Promise<void>
  /** All found features as a file; undefined before any were. Rejects with UserError or AbortError. */
  browseFile(format: TableFormat, call: CallOptions): Promise<Blob | undefined>
  setBrowsePlace(place: { active?: number; offset?: number }): void
  /** Goes to a found feature. */
  openFound(place: number): void
  /** Searches for the top bar; the newest text wins. */
  searchFeatures(text: string): Promise<void>
}

/** What belongs to the source or index that was open before, emptied. */
export function forgetBrowse() {
  return {
    ...{ browse: undefined, browseError: undefined, featureHits: undefined },
    ...{ browseRows: new Map<number, BrowseRow>(), browseActive: 0, browseOffset: 0 },
  }
}

export const browseSlice: Slice<BrowseSlice> = (set, get, { client, address }) => {
  const showQuestion = questionAddress(set, get, { address })
  let asking = false
  let fetching = false
  let wanted: readonly number[] = []
  let searches = 0

  const isOpen = (sae: SaeInfo): boolean => get().sae === sae

  const indexNow = (): IndexInfo | undefined => {
    const { index } = get()
    return index.status === 'known' ? index.info : undefined
  }

  /** The question of the address, once its source is open and unless it is answered. */
  function open(): { query: BrowseQuery; sae: SaeInfo } | undefined {
    const { route, sae, browse } = get()
    if (route?.view !== 'browse' || sae?.source !== route.source) return undefined
    const answered = browse?.query === route.query && browse.index === indexNow()
    return answered ? undefined : { query: route.query, sae }
  }

  async function ask(): Promise<void> {
    asking = true
    set({ browseBusy: true })
    try {
      await get().loadIndex()
      for (let asked = open(); asked; asked = open()) await answer(asked.query, asked.sae)
    } catch (thrown) {
      set({ browseError: toUserError(thrown) })
    } finally {
      asking = false
      set({ browseBusy: false })
    }
  }

  async function answer(query: BrowseQuery, sae: SaeInfo): Promise<void> {
    const index = indexNow()
    const before = get().browse
    const same = before?.index === index
    // The same question in a new route, as when one comes back.
    if (before && same && JSON.stringify(before.query) === JSON.stringify(query)) {
      return set({ browse: { ...before, query } })
    }
    const { features, milliseconds } = await client.browse(query)
    const dead = before && same ? before.dead : await deadIn(index)
    const { route, browse } = get()
    // Another source or index was opened meanwhile, or something newer was asked.
    if (!isOpen(sae) || browse !== before || indexNow() !== index) return
    if (route?.view === 'browse' && route.query !== query) return
    set({ browse: { query, features, milliseconds, index, dead }, browseError: undefined })
    if (before) set({ browseActive: 0, browseOffset: 0 })
    if (!same) set({ browseRows: new Map() })
  }

  async function deadIn(index: IndexInfo | undefined): Promise<number | undefined> {
    if (!index) return undefined
    const { features } = await client.browse({ ...EVERY_FEATURE, dead: 'only' })
    return features.length
  }

  async function fetchRows(): Promise<void> {
    fetching = true
    try {
      while (wanted.length > 0) {
        const { sae, browseRows } = get()
        const missing = wanted.filter((feature) => !browseRows.has(feature))
        wanted = []
        if (!sae || missing.length === 0) return
        const rows = await client.browseRows(missing)
        // Another source or index was opened meanwhile.
        if (!isOpen(sae) || get().browseRows !== browseRows) continue
        const kept = new Map(browseRows)
        for (const row of rows) kept.set(row.feature, row)
        for (const oldest of kept.keys()) {
          if (kept.size <= KEPT) break
          kept.delete(oldest)
        }
        set({ browseRows: kept })
      }
    } catch (thrown) {
      set({ browseError: toUserError(thrown) })
    } finally {
      fetching = false
    }
  }

  return {
    ...forgetBrowse(),
    browseBusy: false,
    listRoute: undefined,

    setBrowseQuery: (next, how) => {
      const { route } = get()
      if (route?.view !== 'browse') return
      showQuestion({ ...route, query: { ...route.query, ...next } }, how)
      void get().loadBrowse()
    },

    loadBrowse: async () => {
      const { route } = get()
      if (route?.view === 'browse') set({ listRoute: route })
      if (!asking && open()) await ask()
    },

    loadBrowseRows: async (features) => {
      wanted = features
      if (!fetching) await fetchRows()
    },

    browseFile: async (format, call) => {
      const { browse } = get()
      return browse && client.browseFile(browse.query, format, call)
    },

    setBrowsePlace: ({ active, offset }) => {
      if (active !== undefined && active !== get().browseActive) set({ browseActive: active })
      if (offset !== undefined) set({ browseOffset: offset })
    },

    openFound: (place) => {
      const { route, browse, shown, visit } = get()
      const index = browse?.features[place]
      if (route?.view !== 'browse' || index === undefined) return
      const { model, source } = route
      set({ browseActive: place })
      void visit({ view: 'feature', model, source, index, text: route.text ?? shown?.text })
    },

    searchFeatures: async (text) => {
      searches += 1
      const search = searches
      const { sae } = get()
      if (!sae || text.trim() === '') return set({ featureHits: undefined })
      try {
        const { features } = await client.browse({ ...EVERY_FEATURE, text })
        if (search !== searches) return
        const rows = await client.browseRows([...features.subarray(0, HITS)])
        if (search === searches && isOpen(sae)) {
          set({ featureHits: { text, count: features.length, rows } })
        }
      } catch {
        // The labels that the page has are searched without it.
      }
    },
  }
}
