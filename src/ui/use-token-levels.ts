// Colours a list's tokens. Of a long text only those in sight or near it change at once, the others when they come near:
// styles and paint of a thousand tokens on every hover would hold the page's thread too long.
import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react'
import { levelClass, levelStep } from './token-levels.ts'

/** Tokens that change all at once. */
const SHORT = 160
/** How far beyond the window tokens are coloured, in its heights. */
const BEYOND = 0.3
/** Margins of the window within which other tokens are too near: one that a jump passed over is so as well. */
const FROM_ABOVE = '10% 0px 10000000px'
const FROM_BELOW = '10000000px 0px 10%'

/** A token list's elements, the steps of colour they have, and the levels they should have. */
interface Painted {
  tokens: readonly unknown[]
  elements: readonly HTMLElement[]
  drawn: Int8Array
  levels: Float32Array
  /** Of the tokens kept coloured, the first, and the one after the last. */
  from: number
  to: number
  /** Tell when the tokens just outside come near. */
  watches?: readonly IntersectionObserver[]
}

/**
 * Gives the `elements` of `tokens` in `list` their class `base` and the class of their level; `levels` is [tokens],
 * 0 … 1. New tokens have theirs before they are laid out, and a page that is printed has all.
 */
export function useTokenLevels(
  list: RefObject<HTMLElement | null>,
  tokens: readonly unknown[],
  levels: Float32Array,
  base: string,
): void {
  const painted = useRef<Painted>(undefined)
  useLayoutEffect(() => {
    const before = painted.current
    if (before?.tokens === tokens) {
      before.levels = levels
      // All may have been taken for near while the text was shown bit by bit.
      const all = before.to - before.from === before.elements.length
      if (tokens.length > SHORT && (all || !before.watches)) follow(before, base)
      else draw(before, base, before.from, before.to)
      return
    }
    unwatch(before)
    const elements = [...(list.current?.querySelectorAll<HTMLElement>('[data-at]') ?? [])]
    const drawn = new Int8Array(elements.length).fill(-1)
    const now: Painted = { tokens, elements, drawn, levels, from: 0, to: elements.length }
    draw(now, base, 0, elements.length)
    painted.current = now
  }, [list, tokens, levels, base])

  useEffect(() => {
    const all = (): void => {
      if (painted.current) draw(painted.current, base, 0, painted.current.elements.length)
    }
    addEventListener('beforeprint', all)
    return () => {
      removeEventListener('beforeprint', all)
      unwatch(painted.current)
    }
  }, [base])
}

function draw({ elements, drawn, levels }: Painted, base: string, from: number, to: number): void {
  for (let at = from; at < to; at += 1) {
    const step = levelStep(levels[at] ?? 0)
    if (drawn[at] === step) continue
    drawn[at] = step
    elements[at].className = `${base} ${levelClass(step)}`
  }
}

/** Finds which tokens are near, colours them, and does so again when others come near. */
function follow(painted: Painted, base: string): void {
  unwatch(painted)
  const { elements } = painted
  const height = document.documentElement.clientHeight
  painted.from = firstOf(elements, (box) => box.bottom >= -BEYOND * height)
  painted.to = firstOf(elements, (box) => box.top > (1 + BEYOND) * height)
  draw(painted, base, painted.from, painted.to)
  painted.watches = [
    whenNear(elements[painted.from - 1], FROM_ABOVE, () => follow(painted, base)),
    whenNear(elements[painted.to], FROM_BELOW, () => follow(painted, base)),
  ]
}

/** Calls back when the element, if there is one, comes within the margins of the window. */
function whenNear(
  element: HTMLElement | undefined,
  rootMargin: string,
  then: () => void,
): IntersectionObserver {
  const observer = new IntersectionObserver(
    (entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) then()
    },
    // Not the default, which in a frame has no margins where the page around it is of another origin.
    { root: document, rootMargin },
  )
  if (element) observer.observe(element)
  return observer
}

function unwatch(painted: Painted | undefined): void {
  for (const watch of painted?.watches ?? []) watch.disconnect()
  if (painted) painted.watches = undefined
}

/** The first element that is so, after which all are; the number of elements where none is. */
function firstOf(elements: readonly HTMLElement[], isSo: (box: DOMRect) => boolean): number {
  let [low, high] = [0, elements.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (isSo(elements[middle].getBoundingClientRect())) high = middle
    else low = middle + 1
  }
  return low
}
