// What is hovered and what is locked, and how features are listed. All but hovering is part of the address.

import { featureColumns, tokenTotals } from '../lib/feature-columns.ts'
import { PLAIN_LIST } from '../lib/listing.ts'
import { formatRoute } from '../lib/route.ts'
import type { AppState, SelectionSlice, Slice } from './types.ts'

export const selectionSlice: Slice<SelectionSlice> = (set, get, { address }) => {
  /** Changes the selection and the address together, without running anything. */
  function select(partial: Partial<AppState>): void {
    set(partial)
    const { route, page, lockedTokens, lockedFeatures, listing, bos } = get()
    // A page in front has an address of its own.
    if (page || route?.view !== 'explore') return
    const next = { ...route, ...listing, tokens: [...lockedTokens], features: [...lockedFeatures], bos }
    set({ route: next })
    address.write(formatRoute(next), 'replace')
  }

  return {
    hoveredToken: undefined,
    hoveredFeature: undefined,
    lockedTokens: [],
    lockedFeatures: [],
    listing: PLAIN_LIST,
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
    togglePair: (position, index) => {
      const { lockedTokens, lockedFeatures } = get()
      const isLocked = lockedTokens.includes(position) && lockedFeatures.includes(index)
      select({ lockedTokens: isLocked ? [] : [position], lockedFeatures: isLocked ? [] : [index] })
    },
    unlock: () => select({ lockedTokens: [], lockedFeatures: [] }),
    setListing: (next) => select({ listing: { ...get().listing, ...next } }),
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
