// Which features are listed: those active on the chosen tokens, without the dense ones, ranked, and of these the first.
import { useDeferredValue, useEffect, useMemo } from 'react'
import { type Beyond, type RankedFeature, rankFeatures, topOfEach } from '../../lib/feature-columns.ts'
import { spanPositions } from '../../lib/spans.ts'
import { type Figures, figuresOf } from '../../store/figures-slice.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import type { Known, RunShown } from '../../store/types.ts'

export interface Ranked {
  /** Tokens looked at, hovered before locked; all when empty. */
  chosen: readonly number[]
  /** The listed ones, of `total` that could be. */
  top: RankedFeature[]
  total: number
  /** Active, but denser than `dense`. */
  hidden: number
  dense: number | undefined
  /** What the order and the filter use of figures from beyond the text; undefined for nothing. */
  used: { density: boolean; max: boolean } | undefined
  known: Known<Figures> | undefined
  /** These figures are on their way. */
  waiting: boolean
}

/** `extra`: features listed beyond the first k. */
export function useRanked({ columns, result }: RunShown, extra: number): Ranked {
  const { ranking, dense, k, show } = useApp((state) => state.listing)
  const hovered = useDeferredValue(useApp((state) => state.hoveredToken))
  const locked = useApp((state) => state.lockedTokens)
  const known = useApp(figuresOf)
  const { loadFigures } = useActions()
  const needsMax = ranking === 'ratio'
  const needsDensity = dense !== undefined
  const needed = needsMax || needsDensity
  useEffect(() => {
    if (needed && known === undefined) void loadFigures()
  }, [needed, known, loadFigures])

  // Rows that changed under the pointer would lead nowhere: the heat map follows locks alone.
  const chosen = hovered === undefined || show === 'heat' ? locked : [hovered]
  const key = chosen.join(',')
  const figures = known && known !== 'loading' && 'value' in known ? known.value : undefined
  const beyond = useMemo<Beyond>(() => ({ figures, dense }), [figures, dense])
  const limit = show === 'heat' ? k : k + extra

  const { spans } = result
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for `chosen`, a new list on every hover.
  const found = useMemo(() => {
    const groups = chosen.map((token) => spanPositions(spans, [token]))
    const tokens = chosen.length > 0 ? spanPositions(spans, chosen) : undefined
    const ranked = rankFeatures(columns, ranking, tokens, beyond)
    const all = beyond.dense === undefined ? ranked.length : rankFeatures(columns, 'max', tokens).length
    return { ranked, groups, hidden: all - ranked.length }
  }, [columns, spans, ranking, beyond, key])
  const top = useMemo(
    () => topOfEach(columns, found.ranked, ranking, found.groups, limit, beyond),
    [columns, found, ranking, limit, beyond],
  )
  return {
    ...{ chosen, top, total: found.ranked.length, hidden: found.hidden, dense, known },
    used: needed ? { density: needsDensity, max: needsMax } : undefined,
    waiting: needed && (known === undefined || known === 'loading'),
  }
}
