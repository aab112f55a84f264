// What is hovered and what is locked. Locks are part of the address; hovering is not.
import { featureColumns, tokenTotals } from '../lib/feature-columns.ts'
import { formatRoute } from '../lib/route.ts'
import type { AppState, SelectionSlice, Slice } from './types.ts'

export const selectionSlice: Slice<SelectionSlice> = (set, get, { address }) => {
  /** Changes the selection and the address together, without running anything. */
  function select(partial: Partial<AppState>): void {
    set(partial)
    const { route, lockedTokens, lockedFeatures, ranking, bos } = get()
    if (route?.view !== 'explore') return
    const next = { ...route, tokens: [...lockedTokens], features: [...lockedFeatures], ranking, bos }
    set({ route: next })
    address.write(formatRoute(next), 'replace')
  }

  return {
    hoveredToken: undefined,
    hoveredFeature: undefined,
    lockedTokens: [],
    lockedFeatures: [],
    ranking: 'max',
    bos: false,
    hover: ({ token, feature }) => {
      const { hoveredToken, hoveredFeature } = get()
      if (token !== hoveredToken || feature !== hoveredFeature)
        set({ hoveredToken: token, hoveredFeature: feature })
    },
    toggleToken: (position, extend) => {
      select({ lockedTokens: toggled(get().lockedTokens, position, extend).sort((a, b) => a - b) })
    },
    toggleFeature: (index, extend) =>
      select({ lockedFeatures: toggled(get().lockedFeatures, index, extend) }),
    unlock: () => select({ lockedTokens: [], lockedFeatures: [] }),
    setRanking: (ranking) => select({ ranking }),
    setBos: (bos) => {
      select({ bos })
      const { shown } = get()
      if (!shown) return
      const columns = featureColumns(shown.result.features, bos ? [] : shown.result.windows)
      set({ shown: { ...shown, columns, totals: tokenTotals(columns) } })
    },
  }
}

/** `list` with `item` put in or taken out; without `extend` the others go. */
function toggled(list: readonly number[], item: number, extend: boolean): number[] {
  const others = extend ? list.filter((other) => other !== item) : []
  return list.includes(item) ? others : [...others, item]
}
