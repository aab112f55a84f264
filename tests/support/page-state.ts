// The page's state over a fake engine and an address bar that is a variable.
import type { Kept } from '../../src/lib/kept.ts'
import { type AppStore, createAppStore } from '../../src/store/app-store.ts'
import { type FakeEngine, fakeEngine } from './fake-engine.ts'

export interface PageState {
  engine: FakeEngine
  store: AppStore
  /** What stands in the address bar. */
  hash(): string
  /** Types an address and goes there. */
  go(address: string): Promise<void>
}

/** `kept`: what the browser remembers; nothing without. */
export function pageState(kept?: Kept): PageState {
  const engine = fakeEngine()
  let hash = ''
  const store = createAppStore({
    client: engine.client,
    kept,
    address: {
      read: () => hash,
      write: (next) => {
        hash = next
      },
    },
  })
  return {
    engine,
    store,
    hash: () => hash,
    async go(address) {
      hash = address
      await store.getState().followAddress()
    },
  }
}
