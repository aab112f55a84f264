// The highest density that a comparison keeps, and what has to be known of both sides for it.
import { useEffect, useMemo } from 'react'
import type { BeyondTwo } from '../../lib/compare.ts'
import { beyondOfTwo, comparedFiguresOf, type Figures, figuresOf } from '../../store/figures-slice.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import type { Known } from '../../store/types.ts'

/** What a density filter uses of figures from beyond the text. */
export const DENSITY_USED = { density: true, max: false }

export interface Density {
  beyond: BeyondTwo
  first: Known<Figures> | undefined
  second: Known<Figures> | undefined
  /** These figures are on their way. */
  waiting: boolean
}

/** `ran`: the second side has run. Figures are asked for once the filter uses them. */
export function useDensity(dense: number | undefined, ran: boolean): Density {
  const first = useApp(figuresOf)
  const second = useApp(comparedFiguresOf)
  const isShown = useApp((state) => state.shown !== undefined)
  const { loadFigures, loadComparedFigures } = useActions()
  const needsFirst = dense !== undefined && isShown && first === undefined
  const needsSecond = dense !== undefined && isShown && ran && second === undefined
  useEffect(() => {
    if (needsFirst) void loadFigures()
  }, [needsFirst, loadFigures])
  useEffect(() => {
    if (needsSecond) void loadComparedFigures()
  }, [needsSecond, loadComparedFigures])
  const beyond = useMemo(
    () => beyondOfTwo(ran ? [first, second] : [first], dense),
    [first, second, ran, dense],
  )
  const isWaiting = needsFirst || needsSecond || first === 'loading' || (ran && second === 'loading')
  return { beyond, first, second, waiting: dense !== undefined && isWaiting }
}
