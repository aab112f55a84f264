// What the open index says of features nobody has labelled: asked for once, kept as long as that index is open.
import type { BrowseRow, IndexInfo } from '../engine/protocol.ts'
import { openIndex } from './indexed-slice.ts'
import type { AppState, Slice } from './types.ts'

export interface SummariesSlice {
  /** Summaries by feature, all of one index. */
  summaries: { of: IndexInfo; known: ReadonlyMap<number, string> } | undefined
  /**
   * Asks what unlabelled features are about, for those not known yet: their summaries where an index of the source is
   * open, the tokens they promote where there is none. Nothing while it is not known whether there is one.
   */
  loadWords(features: readonly number[]): Promise<void>
}

const NONE: ReadonlyMap<number, string> = new Map()

export const summariesSlice: Slice<SummariesSlice> = (set, get, { client }) => {
  const asked = new WeakMap<IndexInfo, Set<number>>()

  async function loadSummaries(info: IndexInfo, features: readonly number[]): Promise<void> {
    const already = asked.get(info) ?? new Set<number>()
    asked.set(info, already)
    const missing = features.filter((feature) => !already.has(feature))
    if (missing.length === 0) return
    for (const feature of missing) already.add(feature)
    const isOpen = (): boolean => openIndex(get()) === info
    let rows: BrowseRow[]
    try {
      rows = await client.browseRows(missing)
    } catch {
      // The next list asks again; until then there is what they promote.
      for (const feature of missing) already.delete(feature)
      if (isOpen()) await get().loadPromoted(missing)
      return
    }
    if (!isOpen()) {
      asked.delete(info)
      return
    }
    const known = new Map(summariesOf(get()))
    for (const { feature, summary } of rows) known.set(feature, summary)
    set({ summaries: { of: info, known } })
  }

  return {
    summaries: undefined,

    loadWords: async (features) => {
      const { index, loadPromoted } = get()
      if (index.status !== 'known') return
      const info = openIndex(get())
      await (info ? loadSummaries(info, features) : loadPromoted(features))
    },
  }
}

/** Summaries by feature, of the index that is open now. */
export function summariesOf(
  state: Pick<AppState, 'summaries' | 'index' | 'sae'>,
): ReadonlyMap<number, string> {
  const { summaries } = state
  return summaries && summaries.of === openIndex(state) ? summaries.known : NONE
}
