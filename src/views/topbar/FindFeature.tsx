// "Find feature": a number goes there, an address opens, words search the labels.
import { useEffect, useId, useMemo, useState } from 'react'
import type { BrowseRow } from '../../engine/protocol.ts'
import { parseFind, searchLabels } from '../../lib/find.ts'
import { formatNumber, plural } from '../../lib/format.ts'
import { browseRoute, formatRoute, type Route } from '../../lib/route.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { Announce } from '../../ui/Announce.tsx'
import { SearchField } from '../../ui/SearchField.tsx'
import css from './FindFeature.module.css'

/** Hits shown; all of them are in the list. */
const LIMIT = 8
/** Searching begins so many milliseconds after the last key. */
const PAUSE = 120

interface Hit {
  key: string
  index: string
  text: string
  /** Put together from counts, not written by anybody. */
  computed?: boolean
  route: Route
}

export function FindFeature() {
  const id = useId()
  const [query, setQuery] = useState('')
  const [active, setActive] = useState(0)
  const [open, setOpen] = useState(false)
  const { visit } = useActions()
  const { hits, note } = useHits(query)
  const at = Math.min(active, hits.length - 1)

  useEffect(() => {
    if (at >= 0) document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' })
  }, [id, at])

  const go = (hit: Hit | undefined): void => {
    if (!hit) return
    setQuery('')
    setOpen(false)
    void visit(hit.route)
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
  }
  const onKey = (key: string, input: HTMLInputElement): boolean => {
    if (key === 'Enter') go(hits[at])
    else if (key === 'ArrowDown') setActive(Math.min(hits.length - 1, at + 1))
    else if (key === 'ArrowUp') setActive(Math.max(0, at - 1))
    else if (key === 'Escape') {
      setQuery('')
      input.blur()
    } else return false
    return true
  }
  const showList = open && query.trim() !== ''
  return (
    <SearchField
      id="find-feature"
      className={css.find}
      label="Find feature"
      placeholder="Find feature"
      value={query}
      onChange={(next) => {
        setQuery(next)
        setActive(0)
        setOpen(true)
      }}
      onKey={onKey}
      aria-keyshortcuts="/ Control+K"
      aria-controls={showList && hits.length > 0 ? `${id}-list` : undefined}
      aria-activedescendant={showList && at >= 0 ? `${id}-${at}` : undefined}
      onFocus={() => setOpen(true)}
      onBlur={() => setOpen(false)}
    >
      <span className={css.key} aria-hidden="true">
        /
      </span>
      {showList && (
        <div className={css.drop}>
          {hits.length > 0 && (
            <div id={`${id}-list`} role="listbox" aria-label="Found" className={css.list}>
              {hits.map((hit, which) => (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the search box above handles the keys.
                <div
                  key={hit.key}
                  id={`${id}-${which}`}
                  role="option"
                  tabIndex={-1}
                  aria-selected={which === at}
                  className={css.hit}
                  onPointerDown={(event) => event.preventDefault()}
                  onClick={() => go(hit)}
                  onPointerMove={() => setActive(which)}
                >
                  <span className={css.index}>{hit.index}</span>
                  <span className={css.label} data-computed={hit.computed}>
                    {hit.text}
                  </span>
                </div>
              ))}
            </div>
          )}
          {note && <p className={css.note}>{note}</p>}
        </div>
      )}
      <Announce>{showList ? `${plural(hits.length, 'result')}. ${note ?? ''}` : ''}</Announce>
    </SearchField>
  )
}

function useHits(query: string): { hits: Hit[]; note: string | undefined } {
  const route = useApp((state) => state.route)
  const found = useFound(query)
  const width = useApp((state) => state.sae?.dSae)
  const labels = useApp((state) => state.labels)
  const text = useApp((state) => state.shown?.text)
  return useMemo(() => {
    const asked = parseFind(query)
    if (!asked || !route) return { hits: [], note: undefined }
    const { model, source } = route
    const hitOf = (index: number): Hit => ({
      key: String(index),
      index: String(index),
      text: labels.get(index)?.description ?? 'go to this feature',
      route: { view: 'feature', model, source, index, text },
    })
    if (asked.kind === 'index') {
      if (width !== undefined && asked.index >= width) {
        return { hits: [], note: `${source} has features 0 to ${formatNumber(width - 1)}.` }
      }
      return { hits: [hitOf(asked.index)], note: undefined }
    }
    if (asked.kind === 'route') {
      const address = formatRoute(asked.route)
      const index = asked.route.view === 'feature' ? String(asked.route.index) : '→'
      return {
        hits: [
          { key: address, index, text: `${asked.route.model} › ${asked.route.source}`, route: asked.route },
        ],
        note: undefined,
      }
    }
    if (asked.kind === 'lists') {
      const hits = asked.routes.map((list) => ({
        key: formatRoute(list),
        index: '→',
        text: `${list.name}: ${plural(list.features.length, 'feature')} of ${list.model} › ${list.source}`,
        route: list,
      }))
      return { hits, note: undefined }
    }
    const named = searchLabels(labels, asked.words, LIMIT)
    const others = found?.rows.filter(({ feature }) => !named.includes(feature)) ?? []
    const hits = named.map(hitOf)
    for (const { feature, label, summary } of others.slice(0, LIMIT - hits.length)) {
      hits.push({ ...hitOf(feature), text: label?.description ?? summary, computed: label === undefined })
    }
    if (found && found.count > hits.length) {
      const list = browseRoute(model, source, text, { text: query.trim() })
      hits.push({ key: 'all', index: '→', text: `All ${formatNumber(found.count)} results`, route: list })
    }
    if (hits.length > 0) return { hits, note: undefined }
    if (found)
      return { hits, note: 'Nothing known of its features has these words. A number goes to a feature.' }
    return {
      hits,
      note:
        labels.size > 0
          ? `None of the ${plural(labels.size, 'label')} has these words. A number goes to a feature.`
          : 'This source has no labels to search. A number goes to a feature.',
    }
  }, [query, route, width, labels, text, found])
}

/** What all texts about features hold of the words, a moment later than their labels. */
function useFound(query: string): { count: number; rows: BrowseRow[] } | undefined {
  const found = useApp((state) => state.featureHits)
  const { searchFeatures } = useActions()
  const words = parseFind(query)?.kind === 'words' ? query : ''
  useEffect(() => {
    const timer = setTimeout(() => void searchFeatures(words), words === '' ? 0 : PAUSE)
    return () => clearTimeout(timer)
  }, [words, searchFeatures])
  return found?.text === words ? found : undefined
}
