// Which rows of a long list are in sight in a scrolled box, rows being of one height, however long the list is.
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { TallScroll } from '../../lib/tall-scroll.ts'

/** Rows kept ready beyond the edges. */
const SPARE = 8
/** Nothing moves any more after so many milliseconds without a scroll event. */
const RESTED = 160

interface TallRowsOptions {
  scroller: RefObject<HTMLElement | null>
  count: number
  /** Pixels of a row, and of the heading above them that stays in sight. */
  row: number
  head: number
  /** Where it is scrolled to at first. */
  offset: number
  onScroll(offset: number): void
}

export interface TallRows {
  /** First row to draw, and the one after the last. */
  first: number
  end: number
  /** Pixels of empty room before and after them. */
  before: number
  after: number
  /** Scrolls until a row is in sight. */
  show(index: number): void
  scrollTo(offset: number): void
}

export function useTallRows(options: TallRowsOptions): TallRows {
  const { scroller, count, row, head, offset: initial, onScroll } = options
  const tall = useRef<TallScroll>(undefined)
  tall.current ??= new TallScroll()
  const map = tall.current
  const [seen, setSeen] = useState({ offset: initial, shift: 0, view: 600 })

  const look = useCallback(() => {
    const { offset, shift } = map
    setSeen((before) =>
      before.offset === offset && before.shift === shift ? before : { ...before, offset, shift },
    )
  }, [map])

  // Rows are drawn for a place before the box stands there, so that nothing empty is ever shown.
  const standAt = useRef<number>(undefined)
  const stand = useCallback(
    (place: number) => {
      standAt.current = place
      const { offset, shift } = map
      setSeen((before) => ({ ...before, offset, shift }))
    },
    [map],
  )
  useLayoutEffect(() => {
    const [box, place] = [scroller.current, standAt.current]
    standAt.current = undefined
    if (box && place !== undefined && Math.abs(box.scrollTop - place) >= 1) box.scrollTop = place
  })

  const scrollTo = useCallback(
    (offset: number) => {
      stand(map.goTo(offset))
      onScroll(map.offset)
    },
    [map, stand, onScroll],
  )

  const start = useRef(initial)
  const placed = useRef(false)
  useLayoutEffect(() => {
    const box = scroller.current
    if (!box) return
    const measure = (): void => {
      const view = Math.max(row, box.clientHeight - head)
      map.resize(count * row, view)
      if (!placed.current) standAt.current = map.goTo(start.current)
      placed.current = true
      setSeen({ offset: map.offset, shift: map.shift, view })
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(box)
    return () => observer.disconnect()
  }, [scroller, map, count, row, head])

  useEffect(() => {
    const box = scroller.current
    if (!box) return
    let rest: ReturnType<typeof setTimeout> | undefined
    const moved = (): void => {
      onScroll(map.moved(box.scrollTop))
      // Not a frame later: the rows are there when the box has moved.
      flushSync(look)
      clearTimeout(rest)
      rest = setTimeout(() => {
        if (map.shift !== 0) stand(map.settle())
      }, RESTED)
    }
    box.addEventListener('scroll', moved, { passive: true })
    return () => {
      clearTimeout(rest)
      box.removeEventListener('scroll', moved)
    }
  }, [scroller, map, look, stand, onScroll])

  const first = Math.max(0, Math.min(count, Math.floor(seen.offset / row)) - SPARE)
  const end = Math.min(count, Math.ceil((seen.offset + seen.view) / row) + SPARE)
  const before = Math.max(0, first * row - seen.shift)
  return {
    first,
    end,
    before,
    after: Math.max(0, map.boxHeight - before - (end - first) * row),
    show: (index) => {
      const [top, bottom] = [index * row, (index + 1) * row]
      if (top < map.offset) scrollTo(top)
      else if (bottom > map.offset + seen.view) scrollTo(bottom - seen.view)
    },
    scrollTo,
  }
}
