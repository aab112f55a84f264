// Whenever a source opens, its activation index is looked for; bundled sources without one get it in the background.
import type { AppStore } from '../store/app-store.ts'

/** Watches what is open, as long as the page lives. */
export function startIndexing(store: AppStore): void {
  let seen = store.getState().sae
  let callOff = (): void => {}
  store.subscribe(async ({ sae }) => {
    if (sae === seen) return
    seen = sae
    callOff()
    if (!sae) return
    await store.getState().loadIndex()
    if (store.getState().sae === sae) callOff = store.getState().buildUnasked()
  })
}
