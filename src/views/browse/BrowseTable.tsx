// The found features as a table of which only the rows in sight exist; arrow keys, j and k walk it, Enter opens.
import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from 'react'
import { BROWSE_SORTS, type BrowseSort } from '../../lib/browse-query.ts'
import { isTyping } from '../../lib/keys.ts'
import { type BrowseRoute, formatRoute } from '../../lib/route.ts'
import type { BrowseFound } from '../../store/browse-slice.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { RowGap } from '../../ui/RowGap.tsx'
import { SortHeading } from '../../ui/SortHeading.tsx'
import { LabelsInSight } from '../labels/LabelsInSight.tsx'
import { BrowseLine } from './BrowseLine.tsx'
import css from './BrowseTable.module.css'
import { COLUMN_NAMES, COLUMN_TITLES, nextOrder } from './browse-sort.ts'
import { useTallRows } from './use-tall-rows.ts'

/** Heights of a row, on wide and on narrow pages, and of the heading; the style sheet says the same. */
const ROW = 37
const NARROW_ROW = 60
const HEAD = 37
const NARROW = '(max-width: 700px)'

interface BrowseTableProps {
  route: BrowseRoute
  found: BrowseFound
  /** Whether it is known how often features fire. */
  counted: boolean
  /** Set to what moves the focus into the table. */
  focusFirst: RefObject<(() => void) | undefined>
}

export function BrowseTable({ route, found, counted, focusFirst }: BrowseTableProps) {
  const { features } = found
  const scroller = useRef<HTMLDivElement>(null)
  const focusNext = useRef(false)
  const rows = useApp((state) => state.browseRows)
  const labels = useApp((state) => state.labels)
  const active = useApp((state) => state.browseActive)
  const offset = useApp((state) => state.browseOffset)
  const { loadBrowseRows, setBrowsePlace, openFound } = useActions()
  const row = useMatches(NARROW) ? NARROW_ROW : ROW
  const [onScroll] = useState(() => (next: number) => setBrowsePlace({ offset: next }))
  const tall = useTallRows({ scroller, count: features.length, row, head: HEAD, offset, onScroll })
  const { first, end } = tall
  const at = Math.min(active, features.length - 1)

  // Also after the lines were emptied, as when an index was built.
  useEffect(() => {
    const inSight = features.subarray(first, end)
    if (inSight.some((feature) => !rows.has(feature))) void loadBrowseRows([...inSight])
  }, [features, first, end, rows, loadBrowseRows])

  /** Gives a row the focus as soon as it exists, which may be after the table has scrolled to it. */
  const focusRow = (place: number): void => {
    const line = scroller.current?.querySelector<HTMLElement>(`[data-index="${place}"]`)
    focusNext.current = !line
    line?.focus({ preventScroll: true })
  }
  const goTo = (place: number): void => {
    const next = Math.max(0, Math.min(features.length - 1, place))
    setBrowsePlace({ active: next })
    tall.show(next)
    focusRow(next)
  }

  // Another question begins at the top; coming back from a feature does not ask one.
  const shown = useRef(found.features)
  useEffect(() => {
    if (shown.current === features) return
    shown.current = features
    tall.scrollTo(0)
  })
  useEffect(() => {
    focusFirst.current = () => goTo(0)
    if (focusNext.current) focusRow(at)
  })
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent): void => {
      const step = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0
      if (step === 0 || isTyping(event)) return
      event.preventDefault()
      // The first press shows where the keys begin.
      goTo(scroller.current?.contains(document.activeElement) ? at + step : at)
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  })

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const page = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? row) - HEAD) / row) - 1)
    const onRow = event.target instanceof HTMLElement && event.target.matches('[data-index]')
    const onHeading = event.target instanceof HTMLElement && event.target.closest('thead') !== null
    if (event.key === 'ArrowDown') goTo(onHeading ? at : at + 1)
    else if (event.key === 'ArrowUp') goTo(at - 1)
    else if (event.key === 'PageDown') goTo(at + page)
    else if (event.key === 'PageUp') goTo(at - page)
    else if (event.key === 'Home') goTo(0)
    else if (event.key === 'End') goTo(features.length - 1)
    else if (event.key === 'Enter' && onRow) openFound(at)
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  const { model, source, text } = route
  return (
    <>
      <LabelsInSight indices={Array.from(features.subarray(first, end))} inset />
      <div ref={scroller} className={css.scroller}>
        <table
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table walked by arrow keys is the ARIA grid.
          role="grid"
          aria-label="Features"
          aria-rowcount={features.length + 1}
          className={css.table}
          data-counted={counted}
          data-indexed={found.index !== undefined}
          onKeyDown={onKeyDown}
        >
          <thead>
            <tr aria-rowindex={1}>
              <Heading by="index" />
              <th scope="col" className={css.feature}>
                Feature
              </th>
              {BROWSE_SORTS.filter((by) => by !== 'index').map((by) => (
                <Heading key={by} by={by} />
              ))}
              <th scope="col" className={css.activations} title="Firings by activation, as square roots">
                Activations
              </th>
            </tr>
          </thead>
          <tbody>
            <RowGap height={tall.before} />
            {Array.from(features.subarray(first, end), (feature, after) => {
              const place = first + after
              return (
                <BrowseLine
                  key={feature}
                  feature={feature}
                  place={place}
                  active={place === at}
                  href={formatRoute({ view: 'feature', model, source, index: feature, text })}
                  row={rows.get(feature)}
                  label={labels.get(feature)}
                  onFocus={() => setBrowsePlace({ active: place })}
                  onOpen={() => openFound(place)}
                />
              )
            })}
            <RowGap height={tall.after} />
          </tbody>
        </table>
      </div>
    </>
  )
}

function Heading({ by }: { by: BrowseSort }) {
  const order = useApp(({ route }) => (route?.view === 'browse' ? route.query : undefined))
  const { setBrowseQuery } = useActions()
  const own = order?.sort === by ? (order.descending ? 'descending' : 'ascending') : undefined
  return (
    <SortHeading
      name={COLUMN_NAMES[by]}
      order={own}
      toEnd={by !== 'index'}
      className={css[by]}
      title={COLUMN_TITLES[by]}
      onSort={() => order && setBrowseQuery(nextOrder(order, by), 'choice')}
    />
  )
}

function useMatches(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches)
  useEffect(() => {
    const list = matchMedia(query)
    const tell = (): void => setMatches(list.matches)
    list.addEventListener('change', tell)
    return () => list.removeEventListener('change', tell)
  }, [query])
  return matches
}
