// A feature's activation by token position, as bars with both axes named; the pointer reads a bar's value.
import { useState } from 'react'
import { formatNumber } from '../lib/format.ts'
import { tokenName } from '../lib/token-text.ts'
import css from './PositionChart.module.css'

interface PositionChartProps {
  /** [positions] */
  values: Float32Array
  tokens: readonly { first: number; count: number; text: string }[]
  max: number
  decimals: number
  threshold: number | undefined
}

const HEIGHT = 100

export function PositionChart({ values, tokens, max, decimals, threshold }: PositionChartProps) {
  const [at, setAt] = useState<number>()
  const gap = values.length > 160 ? 0 : 0.2
  let path = ''
  values.forEach((value, bar) => {
    if (value > 0) path += `M${bar + gap / 2} ${HEIGHT}v${-(value / max) * HEIGHT}h${1 - gap}V${HEIGHT}z`
  })
  const line = threshold !== undefined && threshold < max ? HEIGHT * (1 - threshold / max) : undefined
  return (
    <figure className={css.chart}>
      <figcaption className={css.caption}>
        <span>activation</span>
        <span className={css.reading}>
          {at === undefined
            ? threshold !== undefined && <>dashed: threshold {formatNumber(threshold, decimals)}</>
            : `${nameAt(tokens, at)}, position ${at}: ${formatNumber(values[at], 4)}`}
        </span>
      </figcaption>
      <div className={css.plot}>
        <span className={css.high}>{formatNumber(max, decimals)}</span>
        <span className={css.low}>0</span>
        <svg
          role="img"
          aria-label={`Activation by token position, highest ${formatNumber(max, decimals)}`}
          viewBox={`0 0 ${values.length} ${HEIGHT}`}
          preserveAspectRatio="none"
          onPointerMove={(event) => {
            const box = event.currentTarget.getBoundingClientRect()
            const bar = Math.floor(((event.clientX - box.left) / box.width) * values.length)
            setAt(Math.min(values.length - 1, Math.max(0, bar)))
          }}
          onPointerLeave={() => setAt(undefined)}
        >
          {at !== undefined && <rect className={css.cursor} x={at} y={0} width={1} height={HEIGHT} />}
          <path className={css.bars} d={path} />
          {line !== undefined && <path className={css.threshold} d={`M0 ${line}H${values.length}`} />}
        </svg>
      </div>
      <div className={css.axis}>
        <span>0</span>
        <span>token position</span>
        <span>{values.length - 1}</span>
      </div>
    </figure>
  )
}

function nameAt(tokens: PositionChartProps['tokens'], position: number): string {
  const token = tokens.find(({ first, count }) => position >= first && position < first + count)
  return token ? tokenName(token.text) : 'token'
}
