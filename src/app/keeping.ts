// Once the page has nothing else to do, what it needs without a connection is kept; not where data is to be saved.
import { keepBuild } from '../lib/offline.ts'
import type { AppStore } from '../store/app-store.ts'

/** How long nothing may have been loading or running, in milliseconds. */
const QUIET = 3000

/** Waits for the first quiet moment of this visit. */
export function startKeeping(store: AppStore): void {
  const connection: { saveData?: boolean } | undefined = Reflect.get(navigator, 'connection')
  if (connection?.saveData) return
  const isBusy = (): boolean => {
    const { opening, running, indexing } = store.getState()
    return [opening, running, indexing].some((work) => work !== undefined)
  }
  let timer: ReturnType<typeof setTimeout> | undefined
  const look = (): void => {
    clearTimeout(timer)
    if (isBusy()) return
    timer = setTimeout(() => {
      stop()
      void keepBuild()
    }, QUIET)
  }
  const stop = store.subscribe((state, before) => {
    const { opening, running, indexing } = state
    if (opening !== before.opening || running !== before.running || indexing !== before.indexing) look()
  })
  look()
}
