// How components reach the store.
import { createContext, useContext } from 'react'
import { useStore } from 'zustand'
import type { AppStore } from './app-store.ts'
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
