// The features picked on the map, all of them, of which only the lines in sight exist.
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState } from 'react'
import { formatDensity, formatNumber, plural } from '../../lib/format.ts'
import { formatRoute, type MapRoute } from '../../lib/route.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import type { MapSlice } from '../../store/map-slice.ts'
import { Announce } from '../../ui/Announce.tsx'
import { Button } from '../../ui/Button.tsx'
import css from './MapList.module.css'

/** Height of a line; the style sheet says the same. */
const LINE = 46

interface MapListProps {
  route: MapRoute
  picked: NonNullable<MapSlice['mapPicked']>
  /** A feature of the list that is looked at. */
  onPoint(feature: number | undefined): void
  onClose(): void
}

export function MapList({ route, picked, onPoint, onClose }: MapListProps) {
  const { features, how } = picked
  const { model, source, text } = route
  const scroller = useRef<HTMLDivElement>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const rows = useApp((state) => state.browseRows)
  const labels = useApp((state) => state.labels)
  const { loadBrowseRows } = useActions()
  const [said, say] = useState('')
  const virtual = useVirtualizer({
    count: features.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE,
    overscan: 8,
  })
  const inSight = virtual.getVirtualItems()
  const [first, end] = [inSight[0]?.index ?? 0, (inSight.at(-1)?.index ?? -1) + 1]

  useEffect(() => {
    const shown = features.slice(first, end)
    if (shown.some((feature) => !rows.has(feature))) void loadBrowseRows(shown)
  }, [features, first, end, rows, loadBrowseRows])

  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 })
    heading.current?.focus({ preventScroll: true })
    say(plural(features.length, 'feature'))
  }, [features])

  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(features.join(','))
      say('Copied')
    } catch {
      say('The browser would not copy.')
    }
  }
  return (
    <section className={css.panel} aria-label="Picked features">
      <div className={css.bar}>
        <h2 ref={heading} tabIndex={-1} className={css.title}>
          {formatNumber(features.length)} {how === 'lasso' ? 'encircled' : 'in view'}
        </h2>
        <Button look="pill" disabled={features.length === 0} onClick={() => void copy()}>
          {said === 'Copied' ? 'Copied' : 'Copy indices'}
        </Button>
        <Button look="icon" aria-label="Close the list" onClick={onClose}>
          <svg className={css.cross} viewBox="0 0 12 12" aria-hidden="true">
            <path d="M2 2l8 8M10 2l-8 8" />
          </svg>
        </Button>
      </div>
      <Announce>{said}</Announce>
      {features.length === 0 && <p className={css.none}>No feature lies there.</p>}
      <div ref={scroller} className={css.scroller} tabIndex={features.length > 0 ? 0 : -1}>
        <ul className={css.list} style={{ height: virtual.getTotalSize() }} aria-label="Picked features">
          {inSight.map(({ index, start }) => {
            const feature = features[index]
            const row = rows.get(feature)
            const label = labels.get(feature)?.description
            return (
              <li
                key={feature}
                className={css.line}
                style={{ transform: `translateY(${start}px)` }}
                aria-setsize={features.length}
                aria-posinset={index + 1}
                onPointerEnter={() => onPoint(feature)}
                onPointerLeave={() => onPoint(undefined)}
              >
                <a
                  href={formatRoute({ view: 'feature', model, source, index: feature, text })}
                  className={css.link}
                  onFocus={() => onPoint(feature)}
                  onBlur={() => onPoint(undefined)}
                >
                  <span className={css.index}>{feature}</span>
                  <span className={css.what} data-computed={label === undefined || undefined}>
                    {label ?? (row ? row.summary || 'no label' : '…')}
                  </span>
                  <span className={css.density}>
                    {row?.density !== undefined && formatDensity(row.density)}
                  </span>
                </a>
              </li>
            )
          })}
        </ul>
      </div>
    </section>
  )
}
