// Arrow keys among the tokens: one of them is in the tab order, left and right follow the text, up and down its lines.
import { type KeyboardEvent, type RefObject, useCallback, useEffect } from 'react'

/** A key handler for a list whose items carry `data-at`; `reset` starts again at the first token when it changes. */
export function useRovingTokens(
  list: RefObject<HTMLElement | null>,
  reset: unknown,
): (event: KeyboardEvent) => void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new text is what resets the tab order.
  useEffect(() => {
    const [first, ...rest] = items(list.current)
    if (first) first.tabIndex = 0
    for (const item of rest) item.tabIndex = -1
  }, [list, reset])

  return useCallback(
    (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return
      const all = items(list.current)
      const from = event.target instanceof HTMLElement ? all.indexOf(event.target) : -1
      if (from < 0) return
      const to = target(event.key, all, from)
      if (to === undefined) return
      event.preventDefault()
      all[from].tabIndex = -1
      all[to].tabIndex = 0
      all[to].focus()
    },
    [list],
  )
}

function items(list: HTMLElement | null): HTMLElement[] {
  return list ? [...list.querySelectorAll<HTMLElement>('[data-at]')] : []
}

function target(key: string, all: HTMLElement[], from: number): number | undefined {
  const rightToLeft = getComputedStyle(all[from]).direction === 'rtl'
  if (key === 'ArrowLeft' || key === 'ArrowRight') {
    const step = (key === 'ArrowRight') !== rightToLeft ? 1 : -1
    return Math.min(all.length - 1, Math.max(0, from + step))
  }
  if (key === 'Home') return 0
  if (key === 'End') return all.length - 1
  if (key === 'ArrowDown') return lineNeighbour(all, from, 1)
  if (key === 'ArrowUp') return lineNeighbour(all, from, -1)
  return undefined
}

/** The token nearest in x on the next line up or down. */
function lineNeighbour(all: HTMLElement[], from: number, step: 1 | -1): number | undefined {
  const here = all[from].getBoundingClientRect()
  const x = here.left + here.width / 2
  let best: { at: number; distance: number; top: number } | undefined
  for (let at = from + step; at >= 0 && at < all.length; at += step) {
    const box = all[at].getBoundingClientRect()
    if (step * (box.top - here.top) < here.height / 2) continue
    if (best && Math.abs(box.top - best.top) > box.height / 2) break
    const distance = Math.abs(box.left + box.width / 2 - x)
    if (!best || distance < best.distance) best = { at, distance, top: box.top }
  }
  return best?.at
}
