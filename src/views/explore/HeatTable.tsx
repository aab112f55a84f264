// What the heat map shows, for those who cannot see it: each feature and the tokens it is strongest on.
import { memo } from 'react'
import type { RankedFeature } from '../../lib/feature-columns.ts'
import { decimalsFor, formatNumber } from '../../lib/format.ts'
import { tokenName } from '../../lib/token-text.ts'
import type { RunShown } from '../../store/types.ts'

/** Tokens named of each feature. */
const NAMED = 5

interface HeatTableProps {
  ranked: readonly RankedFeature[]
  /** [features][spans] */
  values: readonly Float32Array[]
  spans: RunShown['result']['spans']
  wordsOf(index: number): string
}

export const HeatTable = memo(function HeatTable({ ranked, values, spans, wordsOf }: HeatTableProps) {
  return (
    // A table is as wide as its words, hidden or not: what holds it is clipped.
    <div className="visually-hidden">
      <table>
        <caption>The heat map as a table</caption>
        <thead>
          <tr>
            <th scope="col">Feature</th>
            <th scope="col">About</th>
            <th scope="col">Active on</th>
            <th scope="col">Strongest tokens</th>
          </tr>
        </thead>
        <tbody>
          {ranked.map(({ index, count, max }, row) => (
            <tr key={index}>
              <th scope="row">{index}</th>
              <td>{wordsOf(index)}</td>
              <td>{formatNumber(count)} tokens</td>
              <td>{strongest(values[row], spans, decimalsFor(max))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
})

function strongest(values: Float32Array, spans: HeatTableProps['spans'], decimals: number): string {
  return Array.from(values, (value, at) => ({ value, at }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value)
    .slice(0, NAMED)
    .map(
      ({ value, at }) =>
        `${tokenName(spans[at].text)} at ${spans[at].first}: ${formatNumber(value, decimals)}`,
    )
    .join(', ')
}
