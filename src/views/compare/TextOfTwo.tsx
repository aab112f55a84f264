// One of two texts: its tokens, coloured by the feature that is pointed at on a scale that both share, and its figures.
import { type ReactNode, useCallback, useMemo } from 'react'
import type { RunResult } from '../../engine/protocol.ts'
import { type FeatureColumns, featureValues, tokenTotals } from '../../lib/feature-columns.ts'
import { formatNumber } from '../../lib/format.ts'
import { heat } from '../../lib/heat.ts'
import { type CompareRoute, exploreRoute } from '../../lib/route.ts'
import { spanValues } from '../../lib/spans.ts'
import { type TokenColour, totalColour } from '../../lib/token-colour.ts'
import { tokenName } from '../../lib/token-text.ts'
import { useActions } from '../../store/hooks.ts'
import { ColourLegend } from '../../ui/ColourLegend.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { TokenStrip } from '../../ui/TokenStrip.tsx'
import css from './CompareView.module.css'

interface TextRun {
  spans: RunResult['spans']
  columns: FeatureColumns
}

interface TextOfTwoProps {
  /** Of the list of tokens. */
  name: string
  title: string
  own: TextRun
  /** The other text, where it has run. */
  beside: TextRun | undefined
  figures: Pick<RunResult, 'l0' | 'fvu'>
  feature: number | undefined
  route: CompareRoute
  text: string | undefined
}

export function TextOfTwo({ name, title, own, beside, figures, feature, route, text }: TextOfTwoProps) {
  const { visit } = useActions()
  const { spans, columns } = own
  const others = beside?.columns
  const colour = useMemo(() => colourOf(spans, columns, others, feature), [spans, columns, others, feature])
  const tooltip = useCallback(
    (at: number): ReactNode => (
      <>
        <b>{tokenName(spans[at].text)}</b>
        <br />
        position {spans[at].first}
        <br />
        {colour.name}: <b>{formatNumber(colour.values[at], 4)}</b>
      </>
    ),
    [spans, colour],
  )
  // A token is looked at closer where all features of its text are listed.
  const pick = (position: number): void => {
    void visit({ ...exploreRoute(route.model, route.source, text), tokens: [position] })
  }
  return (
    <Panel title={title} actions={<ColourLegend {...colour} />}>
      <TokenStrip label={name} tokens={spans} levels={colour.levels} tooltip={tooltip} onPick={pick} />
      <p className={css.figures}>
        <span>
          <b>{formatNumber(columns.rows)}</b> tokens
        </span>
        <span title="Mean active features a token, position 0 excluded">
          L0 <b>{formatNumber(figures.l0, 1)}</b>
        </span>
        <span title="Fraction of variance unexplained, position 0 excluded">
          FVU <b>{formatNumber(figures.fvu, 3)}</b>
        </span>
        <span>
          <b>{formatNumber(columns.features.length)}</b> active features
        </span>
      </p>
    </Panel>
  )
}

function colourOf(
  spans: TextRun['spans'],
  columns: FeatureColumns,
  others: FeatureColumns | undefined,
  feature: number | undefined,
): TokenColour {
  if (feature === undefined) return totalColour('total activation', spanValues(spans, tokenTotals(columns)))
  const highest = (list: Float32Array): number => list.reduce((a, b) => Math.max(a, b), 0)
  const values = spanValues(spans, featureValues(columns, feature))
  const max = Math.max(highest(values), others ? highest(featureValues(others, feature)) : 0)
  return {
    ...{ name: `feature ${feature}`, values, min: 0, max },
    levels: values.map((value) => heat(value, max)),
  }
}
