// Features by tokens, each cell as strong as the feature is there. Drawn on a canvas as large as what is in sight;
// the features' names are links beside it, and one place takes pointer and keys.
import { type KeyboardEvent, type PointerEvent, type ReactNode, useId, useRef, useState } from 'react'
import { type Cell, cellAt, type Grid, movedCell, scrolledTo } from '../lib/heat-grid.ts'
import css from './HeatMap.module.css'
import { useHeatCanvas } from './use-heat-canvas.ts'

interface HeatRow {
  index: number
  href: string
  /** What the feature is about, if that is known. */
  words: ReactNode
  locked: boolean
}

interface HeatMapProps {
  /** What it shows, in words. */
  label: string
  rows: readonly HeatRow[]
  /** [columns] names above the cells */
  names: readonly string[]
  /** [rows · columns] opacity, row by row */
  levels: Float32Array
  lockedColumns: ReadonlySet<number>
  /** Drawn as if it were pointed at, when nothing else is. */
  activeColumn: number | undefined
  tooltip(cell: Cell): ReactNode
  onHover(cell: Partial<Cell> | undefined): void
  onPick(cell: Cell): void
}

const CELL = { width: 16, height: 26 }
const HEAD = 96
/** Room for the names of features: words too, where there is room. */
const SIDE = { narrow: 62, wide: 186, widest: 300 }
const NARROW = 460
/** From here on names have more room than a text of some 40 tokens needs. */
const WIDE = 800

const sideOf = (extent: number): number =>
  extent < NARROW ? SIDE.narrow : extent < WIDE ? SIDE.wide : SIDE.widest

export function HeatMap(props: HeatMapProps) {
  const { label, rows, names, levels, lockedColumns, activeColumn, tooltip, onHover, onPick } = props
  const tipId = useId()
  const scroller = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const [pointed, setPointed] = useState<Cell>()
  const [cursor, setCursor] = useState<Cell>({ row: 0, column: 0 })
  const [focused, setFocused] = useState(false)
  const grid: Grid = { ...CELL, rows: rows.length, columns: names.length }
  const kept = {
    row: Math.min(cursor.row, rows.length - 1),
    column: Math.min(cursor.column, names.length - 1),
  }
  const looked = pointed ?? (focused ? kept : undefined)
  const isThere = looked && looked.row < rows.length && looked.column < names.length
  const cell = isThere ? looked : undefined
  const drawn = cell ?? (activeColumn === undefined ? undefined : { row: -1, column: activeColumn })
  const size = useHeatCanvas(scroller, canvas, (extent) => ({
    ...{ grid, names, levels, lockedColumns, active: drawn, head: HEAD },
    side: sideOf(extent),
  }))
  const side = sideOf(size.width)

  const point = (event: PointerEvent<HTMLElement>): void => {
    const box = event.currentTarget.getBoundingClientRect()
    const next = cellAt(event.clientX - box.left, event.clientY - box.top, grid)
    if (next?.row === pointed?.row && next?.column === pointed?.column) return
    setPointed(next)
    onHover(next)
  }
  const leave = (): void => {
    setPointed(undefined)
    onHover(undefined)
  }
  const show = (next: Cell): void => {
    setPointed(undefined)
    setCursor(next)
    onHover(next)
    const view = scroller.current
    if (!view) return
    const { width, height } = CELL
    view.scrollLeft = scrolledTo(next.column * width, width, view.scrollLeft, view.clientWidth - side)
    view.scrollTop = scrolledTo(next.row * height, height, view.scrollTop, view.clientHeight - HEAD)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const page = Math.max(1, Math.floor((size.width - side) / CELL.width) - 1)
    const next = movedCell(kept, event.key, grid, page)
    if (next) show(next)
    else if (event.key === 'Enter' || event.key === ' ') onPick(kept)
    else return
    event.preventDefault()
  }
  const tip = cell && tipPlace(cell, side, scroller.current)
  return (
    <div
      className={css.frame}
      data-narrow={side === SIDE.narrow || undefined}
      style={
        {
          ...{ '--side': `${side}px`, '--head': `${HEAD}px` },
          '--index-width': `${String(Math.max(...rows.map(({ index }) => index))).length}ch`,
        } as React.CSSProperties
      }
    >
      <div ref={scroller} className={css.scroller}>
        <div
          className={css.sheet}
          style={{ width: side + names.length * CELL.width, height: HEAD + rows.length * CELL.height }}
        >
          <canvas ref={canvas} className={css.canvas} style={size} />
          <ol
            // biome-ignore lint/a11y/noRedundantRoles: WebKit drops the role of a list without markers.
            role="list"
            aria-label="Features of the heat map"
            className={css.rows}
            onPointerOver={(event) => onHover(rowOf(event.target))}
            onPointerLeave={() => onHover(undefined)}
            onFocus={(event) => onHover(rowOf(event.target))}
            onBlur={() => onHover(undefined)}
          >
            {rows.map(({ index, href, words, locked }, row) => (
              <li
                key={index}
                className={css.row}
                data-feature={index}
                data-row={row}
                data-locked={locked || undefined}
                data-active={cell?.row === row || undefined}
              >
                <a href={href} className={css.link}>
                  <span className={css.index}>{index}</span> <span className={css.words}>{words}</span>
                </a>
              </li>
            ))}
          </ol>
          <div className={css.corner} aria-hidden="true">
            <span>feature</span> <span className={css.token}>token</span>
          </div>
          <div
            role="application"
            aria-label={label}
            aria-describedby={tipId}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it is walked by arrow keys.
            tabIndex={0}
            className={css.plane}
            onPointerMove={point}
            onPointerLeave={leave}
            onFocus={() => {
              setFocused(true)
              if (!pointed) show(kept)
            }}
            onBlur={() => {
              setFocused(false)
              onHover(undefined)
            }}
            onClick={() => {
              if (!pointed) return
              setCursor(pointed)
              onPick(pointed)
            }}
            onKeyDown={onKeyDown}
          />
        </div>
      </div>
      <div id={tipId} role="tooltip" className={css.tip} style={tip} hidden={!tip}>
        {cell && tooltip(cell)}
      </div>
    </div>
  )
}

function rowOf(target: EventTarget): Partial<Cell> | undefined {
  const item = target instanceof Element ? target.closest<HTMLElement>('[data-row]') : null
  return item ? { row: Number(item.dataset.row) } : undefined
}

const TIP = { width: 236, height: 88 }

/** Below the cell, or above it where there is no room below; kept inside the frame. */
function tipPlace({ row, column }: Cell, side: number, view: HTMLElement | null): React.CSSProperties {
  if (!view) return {}
  const left = side + column * CELL.width - view.scrollLeft
  const top = HEAD + row * CELL.height - view.scrollTop
  const below = top + CELL.height + 6
  const fits = below + TIP.height <= view.clientHeight || top < TIP.height
  return {
    left: Math.max(4, Math.min(left, view.clientWidth - TIP.width)),
    ...(fits ? { top: below } : { bottom: view.offsetHeight - top + 6 }),
  }
}
