// The listed features over the tokens of the text: which of them are active where, and how strongly.
import { useCallback, useMemo } from 'react'
import { featureValues, type RankedFeature } from '../../lib/feature-columns.ts'
import { decimalsFor, formatNumber, plural } from '../../lib/format.ts'
import { heat } from '../../lib/heat.ts'
import type { Cell } from '../../lib/heat-grid.ts'
import { spanValues } from '../../lib/spans.ts'
import { pieceText, shortToken, tokenName } from '../../lib/token-text.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { summariesOf } from '../../store/summaries-slice.ts'
import type { RunShown } from '../../store/types.ts'
import { HeatMap } from '../../ui/HeatMap.tsx'
import css from './FeaturesPanel.module.css'
import { HeatTable } from './HeatTable.tsx'
import { useFeatureAddress } from './use-feature-address.ts'
import { usePromoted } from './use-promoted.ts'

interface FeatureHeatProps {
  ranked: readonly RankedFeature[]
  shown: RunShown
  busy: boolean
}

export function FeatureHeat({ ranked, shown, busy }: FeatureHeatProps) {
  const labels = useApp((state) => state.labels)
  const summaries = useApp(summariesOf)
  const promoted = useApp((state) => state.promoted)
  const lockedFeatures = useApp((state) => state.lockedFeatures)
  const lockedTokens = useApp((state) => state.lockedTokens)
  const hoveredToken = useApp((state) => state.hoveredToken)
  const { hover, togglePair } = useActions()
  usePromoted(ranked, busy)
  const hrefOf = useFeatureAddress(shown)
  const { columns, result } = shown
  const { spans } = result

  const values = useMemo(
    () => ranked.map(({ index }) => spanValues(spans, featureValues(columns, index))),
    [ranked, columns, spans],
  )
  const levels = useMemo(() => {
    const all = new Float32Array(values.length * spans.length)
    values.forEach((list, row) => {
      const max = list.reduce((a, b) => Math.max(a, b), 0)
      list.forEach((value, column) => {
        all[row * spans.length + column] = heat(value, max)
      })
    })
    return all
  }, [values, spans])
  const names = useMemo(() => spans.map(({ text }) => shortToken(text)), [spans])
  const lockedColumns = useMemo(
    () => new Set(lockedTokens.map((token) => columnOf(spans, token)).filter((column) => column >= 0)),
    [spans, lockedTokens],
  )
  const wordsOf = useCallback(
    (index: number): string => {
      const label = labels.get(index)?.description ?? summaries.get(index)
      const tokens = promoted.get(index)
      return label ?? (tokens ? tokens.map(({ token }) => shortToken(pieceText(token))).join(' · ') : '…')
    },
    [labels, summaries, promoted],
  )
  const rows = ranked.map(({ index }) => ({
    ...{ index, href: hrefOf(index), words: wordsOf(index), locked: lockedFeatures.includes(index) },
  }))
  const at = hoveredToken === undefined ? -1 : columnOf(spans, hoveredToken)
  const tooltip = ({ row, column }: Cell) => {
    const value = values[row][column]
    return (
      <>
        <b>{tokenName(spans[column].text)}</b> position {spans[column].first}
        <br />
        feature {ranked[row].index}: <b>{value > 0 ? formatNumber(value, 4) : 'not active'}</b>
        <br />
        {wordsOf(ranked[row].index)}
      </>
    )
  }
  return (
    <>
      <HeatMap
        label={`Heat map of ${plural(ranked.length, 'feature')} by ${plural(spans.length, 'token')}: arrow keys walk the cells, Enter locks token and feature`}
        rows={rows}
        names={names}
        levels={levels}
        lockedColumns={lockedColumns}
        activeColumn={at < 0 ? undefined : at}
        tooltip={tooltip}
        onHover={(cell) =>
          hover({
            token: cell?.column === undefined ? undefined : spans[cell.column].first,
            feature: cell?.row === undefined ? undefined : ranked[cell.row]?.index,
          })
        }
        onPick={({ row, column }) => togglePair(spans[column].first, ranked[row].index)}
      />
      <p className={css.note}>
        Each row’s colour goes from 0 to its highest value on this text, {formatNumber(lowest(ranked), 1)} to{' '}
        {formatNumber(highest(ranked), decimalsFor(highest(ranked)))}. Click a cell to lock its token and
        feature.
      </p>
      <HeatTable ranked={ranked} values={values} spans={spans} wordsOf={wordsOf} />
    </>
  )
}

function columnOf(spans: RunShown['result']['spans'], token: number): number {
  return spans.findIndex(({ first, count }) => token >= first && token < first + count)
}

function lowest(ranked: readonly RankedFeature[]): number {
  return ranked.reduce((least, { max }) => Math.min(least, max), Number.POSITIVE_INFINITY)
}

function highest(ranked: readonly RankedFeature[]): number {
  return ranked.reduce((most, { max }) => Math.max(most, max), 0)
}
