// The tokens a feature fires on, strongest first, each in its place in the text.
import { useMemo, useState } from 'react'
import type { TokenSpan } from '../../engine/protocol.ts'
import { formatNumber } from '../../lib/format.ts'
import { Button } from '../../ui/Button.tsx'
import { Chip } from '../../ui/Chip.tsx'
import css from './FiringTokens.module.css'

/** Tokens of context on either side. */
const CONTEXT = 6
const FIRST = 12

interface FiringTokensProps {
  spans: readonly TokenSpan[]
  values: Float32Array
  levels: Float32Array
  decimals: number
}

export function FiringTokens({ spans, values, levels, decimals }: FiringTokensProps) {
  const [limit, setLimit] = useState(FIRST)
  const firing = useMemo(
    () => [...spans.keys()].filter((at) => values[at] > 0).sort((a, b) => values[b] - values[a] || a - b),
    [spans, values],
  )
  return (
    <div className={css.part}>
      <h3 className={css.name}>Tokens it fires on</h3>
      <ol>
        {firing.slice(0, limit).map((at) => (
          <li key={spans[at].first} className={css.row}>
            <b className={css.value}>{formatNumber(values[at], decimals)}</b>
            <span className={css.position}>{spans[at].first}</span>
            <p className={css.context}>
              {spans.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).map((span, k) => {
                const here = Math.max(0, at - CONTEXT) + k
                return (
                  <Chip key={span.first} piece={span.text} level={levels[here]} bare marked={here === at} />
                )
              })}
            </p>
          </li>
        ))}
      </ol>
      {firing.length > limit && (
        <p className={css.more}>
          <Button look="pill" onClick={() => setLimit(firing.length)}>
            {firing.length - limit} more
          </Button>
        </p>
      )}
    </div>
  )
}
