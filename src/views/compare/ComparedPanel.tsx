// One of the three lists: features that the first text has, the second, or both, with their figures in each.
import { useMemo, useState } from 'react'
import type { ComparedFeature, Comparison } from '../../lib/compare.ts'
import { decimalsFor, formatNumber } from '../../lib/format.ts'
import type { Measure } from '../../lib/listing.ts'
import type { CompareRoute } from '../../lib/route.ts'
import { pieceText, shortToken } from '../../lib/token-text.ts'
import { useApp } from '../../store/hooks.ts'
import { summariesOf } from '../../store/summaries-slice.ts'
import { Button } from '../../ui/Button.tsx'
import { Computed } from '../../ui/Computed.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { useFeatureAddress } from '../explore/use-feature-address.ts'
import { usePromoted } from '../explore/use-promoted.ts'
import css from './ComparedPanel.module.css'

/** Rows shown first, and added by each "more". */
const FIRST = 20
const MORE = 100

interface ComparedPanelProps {
  title: string
  list: keyof Comparison
  features: readonly ComparedFeature[]
  measure: Measure
  route: CompareRoute
  busy: boolean
  onPoint(feature: number | undefined): void
}

export function ComparedPanel(props: ComparedPanelProps) {
  const { title, list, features, measure, route, busy, onPoint } = props
  const labels = useApp((state) => state.labels)
  const summaries = useApp(summariesOf)
  const promoted = useApp((state) => state.promoted)
  const [limit, setLimit] = useState(FIRST)
  const rows = useMemo(() => features.slice(0, limit), [features, limit])
  usePromoted(rows, busy)
  const { model, source, text, with: second } = route
  const hrefOf = useFeatureAddress({ model, source, text: list === 'second' ? second : text })
  const most = rows.reduce((a, row) => Math.max(a, row.first, row.second), 0)
  const decimals = measure === 'count' ? 0 : decimalsFor(most)
  const more = features.length - rows.length
  const pointedAt = (target: EventTarget): number | undefined => {
    const row = target instanceof Element ? target.closest<HTMLElement>('[data-index]') : null
    return row ? Number(row.dataset.index) : undefined
  }
  return (
    <Panel title={title} actions={<span className={css.count}>{formatNumber(features.length)}</span>}>
      {rows.length === 0 ? (
        <p className={css.empty}>None.</p>
      ) : (
        <table
          className={css.table}
          data-both={list === 'both' || undefined}
          style={
            {
              '--index-width': `${String(Math.max(...rows.map(({ index }) => index))).length}ch`,
            } as React.CSSProperties
          }
          onPointerOver={(event) => onPoint(pointedAt(event.target))}
          onPointerLeave={() => onPoint(undefined)}
          onFocus={(event) => onPoint(pointedAt(event.target))}
          onBlur={() => onPoint(undefined)}
        >
          <caption className="visually-hidden">{title}</caption>
          <thead>
            <tr>
              <th scope="col" className={css.index}>
                feature
              </th>
              <th scope="col">about</th>
              {list !== 'second' && (
                <th scope="col" className={css.number}>
                  {list === 'both' ? 'first' : measure}
                </th>
              )}
              {list !== 'first' && (
                <th scope="col" className={css.number}>
                  {list === 'both' ? 'second' : measure}
                </th>
              )}
              {list === 'both' && (
                <th scope="col" className={css.number} title="The first text’s figure over the second’s">
                  ratio
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ index, first, second: other }) => {
              const label = labels.get(index)?.description
              const summary = summaries.get(index)
              return (
                <tr key={index} data-index={index}>
                  <th scope="row" className={css.index} data-feature={index}>
                    <a href={hrefOf(index)}>{index}</a>
                  </th>
                  <td className={css.words} title={label}>
                    {label ??
                      (summary ? (
                        <Computed text={summary} brief />
                      ) : (
                        <Promotes tokens={promoted.get(index)} />
                      ))}
                  </td>
                  {list !== 'second' && <td className={css.number}>{formatNumber(first, decimals)}</td>}
                  {list !== 'first' && <td className={css.number}>{formatNumber(other, decimals)}</td>}
                  {list === 'both' && <td className={css.ratio}>{formatRatio(first / other)}</td>}
                </tr>
              )
            })}
          </tbody>
        </table>
      )}
      {more > 0 && (
        <p className={css.foot}>
          <Button look="pill" onClick={() => setLimit(limit + MORE)}>
            {formatNumber(more)} more
          </Button>
        </p>
      )}
    </Panel>
  )
}

function Promotes({ tokens }: { tokens: readonly { token: string }[] | undefined }) {
  if (!tokens || tokens.length === 0) return tokens ? 'no label' : '…'
  return (
    <span className={css.promotes}>
      {tokens.map(({ token }) => shortToken(pieceText(token))).join(' · ')}
    </span>
  )
}

/** "1.3×", "0.04×", "120×": two digits that count. */
function formatRatio(ratio: number): string {
  return `${ratio.toLocaleString('en', { maximumSignificantDigits: ratio >= 100 ? 3 : 2, minimumSignificantDigits: 2 })}×`
}
