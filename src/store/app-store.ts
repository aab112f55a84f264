// Puts the slices together into the page's one store.
import { createStore, type StoreApi } from 'zustand/vanilla'
import { activationsSlice } from './activations-slice.ts'
import { browseSlice } from './browse-slice.ts'
import { chartsSlice } from './charts-slice.ts'
import { compareSlice } from './compare-slice.ts'
import { depthSlice } from './depth-slice.ts'
import { featureSlice } from './feature-slice.ts'
import { figuresSlice } from './figures-slice.ts'
import { importsSlice } from './imports-slice.ts'
import { indexSlice } from './index-slice.ts'
import { indexedSlice } from './indexed-slice.ts'
import { librarySlice } from './library-slice.ts'
import { mapSlice } from './map-slice.ts'
import { modelSlice } from './model-slice.ts'
import { notebookSlice } from './notebook-slice.ts'
import { openSlice } from './open-slice.ts'
import { openings } from './opening.ts'
import { routeSlice } from './route-slice.ts'
import { runSlice } from './run-slice.ts'
import { seekSlice } from './seek-slice.ts'
import { selectionSlice } from './selection-slice.ts'
import { sessionSlice } from './session-slice.ts'
import { sourceSlice } from './source-slice.ts'
import { summariesSlice } from './summaries-slice.ts'
import type { AppState, Services } from './types.ts'
import { verifySlice } from './verify-slice.ts'

export type AppStore = StoreApi<AppState>

/** The store over one engine client and one address; it starts by calling `followAddress`. */
export function createAppStore(services: Services): AppStore {
  return createStore<AppState>((set, get) => {
    const own = { ...services, openings: openings(set) }
    return {
      ...routeSlice(set, get, own),
      ...sessionSlice(set, get, own),
      ...librarySlice(set, get, own),
      ...indexSlice(set, get, own),
      ...openSlice(set, get, own),
      ...depthSlice(set, get, own),
      ...compareSlice(set, get, own),
      ...modelSlice(set, get, own),
      ...runSlice(set, get, own),
      ...activationsSlice(set, get, own),
      ...selectionSlice(set, get, own),
      ...featureSlice(set, get, own),
      ...indexedSlice(set, get, own),
      ...figuresSlice(set, get, own),
      ...summariesSlice(set, get, own),
      ...importsSlice(set, get, own),
      ...seekSlice(set, get, own),
      ...notebookSlice(set, get, own),
      ...browseSlice(set, get, own),
      ...mapSlice(set, get, own),
      ...sourceSlice(set, get, own),
      ...chartsSlice(set, get, own),
      ...verifySlice(set, get, own),
    }
  })
}
