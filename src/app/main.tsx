// Starts the page: one engine, one store, one root.
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { startEngine } from '../engine/client.ts'
import { browserKept } from '../lib/kept.ts'
import { startOffline } from '../lib/offline.ts'
import { startTheme } from '../lib/theme.ts'
import '../lib/trusted-urls.ts'
import { createAppStore } from '../store/app-store.ts'
import { StoreContext } from '../store/hooks.ts'
import { App } from './App.tsx'
import { startIndexing } from './indexing.ts'
import { startKeeping } from './keeping.ts'
import { createScripting } from './scripting.ts'
import { startShortcuts } from './shortcuts.ts'
import './theme.css'

startTheme()
// What a browser lacks was said before this was read: public/needed.js.
if (!('lacking' in document.documentElement.dataset)) {
  // The dev server's files change under the page, and are kept by nobody.
  if (import.meta.env.PROD) void startOffline().then(startPage)
  else startPage()
}

function startPage(): void {
  const client = startEngine()
  const store = createAppStore({
    client,
    kept: browserKept,
    address: {
      read: () => location.hash,
      write: (hash, how) => {
        if (hash === location.hash) return
        history[how === 'push' ? 'pushState' : 'replaceState'](null, '', hash)
      },
    },
  })
  window.featurescope = createScripting(client, (opened) => store.getState().adopt(opened))
  addEventListener('hashchange', () => void store.getState().followAddress())
  startShortcuts(store)
  startIndexing(store)
  startKeeping(store)
  void store.getState().followAddress()

  const root = document.getElementById('root')
  if (root) {
    createRoot(root).render(
      <StrictMode>
        <StoreContext value={store}>
          <App />
        </StoreContext>
      </StrictMode>,
    )
  }
}
