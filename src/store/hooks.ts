// How components reach the store.
import { createContext, useContext } from 'react'
import { useStore } from 'zustand'
import type { CountScale } from '../lib/histogram-shape.ts'
import type { AppStore } from './app-store.ts'
import { type ChartName, scaleOf } from './charts-slice.ts'
import type { AppState } from './types.ts'

export const StoreContext = createContext<AppStore | undefined>(undefined)

/** The store itself, for event handlers. */
export function useAppStore(): AppStore {
  const store = useContext(StoreContext)
  if (!store) throw new Error('StoreContext is missing above this component.')
  return store
}

/** A part of the state; the component renders again when that part changes. */
export function useApp<T>(select: (state: AppState) => T): T {
  return useStore(useAppStore(), select)
}

/** The state's functions, which never change; reading values from it would miss their changes. */
export function useActions(): AppState {
  return useAppStore().getState()
}

/** The axis that charts of this kind count on, and how it is changed: props of a `Histogram`. */
export function useScale(chart: ChartName): { scale: CountScale; onScale(next: CountScale): void } {
  const scale = useApp((state) => scaleOf(state, chart))
  const { setScale } = useActions()
  return { scale, onScale: (next) => setScale(chart, next) }
}
