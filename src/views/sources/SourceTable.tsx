// The found sources as a table of which only the rows in sight exist; arrow keys walk it, Enter opens, headings sort.
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from 'react'
import type { CatalogueEntry } from '../../engine/protocol.ts'
import type { StoredFile } from '../../lib/storage-state.ts'
import { useApp } from '../../store/hooks.ts'
import { fitOf } from '../../store/source-fit.ts'
import { SORT_COLUMNS } from '../../store/source-sort.ts'
import { RowGap } from '../../ui/RowGap.tsx'
import { SourceHeading } from './SourceHeading.tsx'
import { SourceRow } from './SourceRow.tsx'
import css from './SourceTable.module.css'

/** Height of a row; the style sheet says the same. */
const ROW = 46
/** Rows kept ready beyond the edges. */
const SPARE = 8

interface SourceTableProps {
  entries: readonly CatalogueEntry[]
  stored: ReadonlyMap<string, StoredFile>
  /** Set to what moves the focus into the table. */
  focusFirst: RefObject<(() => void) | undefined>
  onOpen(entry: CatalogueEntry): void
}

export function SourceTable({ entries, stored, focusFirst, onOpen }: SourceTableProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState(0)
  const focusNext = useRef(false)
  const backends = useApp((state) => state.backends)
  const choice = useApp((state) => state.choice)
  const storage = useApp((state) => state.storage)
  const endpoint = useApp((state) => state.hub.endpoint)
  const openRepoPath = useApp(({ sae }) => sae && `${sae.repo}/${sae.path}`)
  const opening = useApp((state) => state.opening !== undefined)

  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: SPARE,
    // The heading row is in the scrolled box too.
    scrollPaddingStart: 36,
  })
  const at = Math.min(active, entries.length - 1)

  /** Gives a row the focus as soon as it exists, which may be after the table has scrolled to it. */
  const focusRow = (index: number): void => {
    const row = scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"]`)
    focusNext.current = !row
    row?.focus({ preventScroll: true })
  }
  const goTo = (index: number): void => {
    const next = Math.max(0, Math.min(entries.length - 1, index))
    setActive(next)
    virtual.scrollToIndex(next)
    focusRow(next)
  }

  // Another search begins at the top.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list itself is what changed.
  useEffect(() => {
    setActive(0)
    scroller.current?.scrollTo({ top: 0 })
  }, [entries])

  useEffect(() => {
    focusFirst.current = () => goTo(0)
    if (focusNext.current) focusRow(at)
  })

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? ROW) / ROW) - 1)
    const onRow = event.target instanceof HTMLElement && event.target.matches('[data-index]')
    const onHeading = event.target instanceof HTMLElement && event.target.closest('thead') !== null
    if (event.key === 'ArrowDown') goTo(onHeading ? at : at + 1)
    else if (event.key === 'ArrowUp') goTo(at - 1)
    else if (event.key === 'PageDown') goTo(at + page)
    else if (event.key === 'PageUp') goTo(at - page)
    else if (event.key === 'Home') goTo(0)
    else if (event.key === 'End') goTo(entries.length - 1)
    else if (event.key === 'Enter' && onRow && !opening) onOpen(entries[at])
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  const items = virtual.getVirtualItems()
  const before = items[0]?.start ?? 0
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0)
  return (
    <div ref={scroller} className={css.scroller}>
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table walked by arrow keys is the ARIA grid.
        role="grid"
        aria-label="Sources"
        aria-rowcount={entries.length + 1}
        className={css.table}
        onKeyDown={onKeyDown}
      >
        <thead>
          <tr aria-rowindex={1}>
            {SORT_COLUMNS.map((by) => (
              <SourceHeading key={by} by={by} className={css[by]} />
            ))}
            <th className={css.here}>This machine</th>
            <th className={css.links}>Elsewhere</th>
            <th className={css.action}>
              <span className="visually-hidden">Open</span>
            </th>
          </tr>
        </thead>
        <tbody>
          <RowGap height={before} />
          {items.map(({ index }) => {
            const entry = entries[index]
            const name = `${entry.repo}/${entry.path}`
            const present = stored.get(name)?.present ?? 0
            return (
              <SourceRow
                key={name}
                entry={entry}
                index={index}
                active={index === at}
                isOpen={name === openRepoPath}
                disabled={opening}
                endpoint={endpoint}
                stored={stored.get(name)}
                fit={fitOf(entry, present, { backends, choice, storage })}
                onFocus={() => setActive(index)}
                onOpen={() => onOpen(entry)}
              />
            )
          })}
          <RowGap height={after} />
        </tbody>
      </table>
    </div>
  )
}
