// Starts the page: one engine, one store, one root.
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { startEngine } from '../engine/client.ts'
import { browserKept } from '../lib/kept.ts'
import { startTheme } from '../lib/theme.ts'
import { createAppStore } from '../store/app-store.ts'
import { StoreContext } from '../store/hooks.ts'
import { App } from './App.tsx'
import { startIndexing } from './indexing.ts'
import { createScripting } from './scripting.ts'
import { startShortcuts } from './shortcuts.ts'
import './theme.css'

startTheme()
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
