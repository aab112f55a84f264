// The page's single keys, each a shortcut to something that can also be clicked.
import { isTyping } from '../lib/keys.ts'
import type { AppStore } from '../store/app-store.ts'

/** Listens on the whole page for as long as it lives. */
export function startShortcuts(store: AppStore): void {
  addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault()
      focusSearch()
      return
    }
    if (isTyping(event)) return
    const { route, page, stepFeature, randomFeature, unlock } = store.getState()
    const step = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0
    if (event.key === '/') focusSearch('find-in-list')
    // The others are about what a page in front hides.
    else if (page) return
    else if (event.key === 'Escape') unlock()
    else if (event.key === 'r') randomFeature()
    else if (step !== 0 && route?.view === 'feature') stepFeature(step)
    // The list of features walks by itself.
    else if (step !== 0 && route?.view !== 'browse') focusRow(step)
    else return
    event.preventDefault()
  })
}

/** The page's own search, `first`, before the one of the top bar. */
function focusSearch(first?: string): void {
  const own = first === undefined ? null : document.getElementById(first)
  const box = own ?? document.getElementById('find-feature')
  if (box instanceof HTMLInputElement) {
    box.focus()
    box.select()
  }
}

/** Among the active features, the next or previous row. */
function focusRow(step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>('[data-feature] > a')]
  const at = links.findIndex((link) => link.parentElement?.contains(document.activeElement))
  const next = at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + step))
  links[next]?.focus()
}
