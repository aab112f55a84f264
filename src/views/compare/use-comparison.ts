// What the shown run is compared with, and the asking for it.
import { useEffect } from 'react'
import { comparisonOf, questionOf } from '../../store/compare-slice.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import type { AppState } from '../../store/types.ts'

/** Runs what the address asks for once the first run is shown. `may`: whether it can be run at all. */
export function useComparison(may: boolean): AppState['comparison'] {
  const comparison = useApp(comparisonOf)
  const ready = useApp(
    ({ route, shown, opening, running }) =>
      route?.view === 'compare' &&
      questionOf(route) !== undefined &&
      shown?.origin === 'text' &&
      shown.source === route.source &&
      !opening &&
      !running,
  )
  const { runComparison } = useActions()
  const unasked = may && ready && !comparison
  useEffect(() => {
    if (unasked) void runComparison()
  }, [unasked, runComparison])
  return comparison
}
