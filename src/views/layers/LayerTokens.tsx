// The text's tokens, coloured by the feature that is pointed at, else by how many features of all layers are active.
import { type ReactNode, useCallback, useMemo } from 'react'
import type { UserErrorFields } from '../../lib/errors.ts'
import { featureValues } from '../../lib/feature-columns.ts'
import { decimalsFor, formatNumber } from '../../lib/format.ts'
import { spanValues } from '../../lib/spans.ts'
import { featureColour, totalColour } from '../../lib/token-colour.ts'
import { tokenName } from '../../lib/token-text.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import type { RunShown } from '../../store/types.ts'
import { ColourLegend } from '../../ui/ColourLegend.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { TokenStrip } from '../../ui/TokenStrip.tsx'
import css from './LayersView.module.css'
import { activeCounts, type LayerRow } from './layer-rows.ts'

/** A feature of one of the sources. */
export interface Pointed {
  source: string
  index: number
}

/** A source's row, or why there is none. */
export type Row = LayerRow | { source: string; error: UserErrorFields }

interface LayerTokensProps {
  shown: RunShown | undefined
  rows: readonly Row[]
  pointed: Pointed | undefined
}

export function LayerTokens({ shown, ...rest }: LayerTokensProps) {
  const busy = useApp((state) => Boolean(state.opening ?? state.running))
  if (shown) return <ShownTokens shown={shown} {...rest} />
  return (
    <Panel title="Tokens" busy={busy}>
      {busy ? <Skeleton lines={4} /> : <p className={css.note}>Nothing to show yet.</p>}
    </Panel>
  )
}

function ShownTokens({ shown, rows, pointed }: LayerTokensProps & { shown: RunShown }) {
  const locked = useApp((state) => state.lockedTokens)
  const { hover, toggleToken } = useActions()
  const { spans } = shown.result
  const colour = useMemo(() => {
    const good = rows.flatMap((row) => ('error' in row ? [] : [row]))
    const row = good.find(({ run }) => run.source === pointed?.source)
    if (!row || !pointed) return totalColour('active features, all sources', activeCounts(good, spans))
    const values = spanValues(spans, featureValues(row.columns, pointed.index))
    return featureColour(`feature ${pointed.index} of ${pointed.source}`, [values], spans.length)
  }, [rows, pointed, spans])
  const tooltip = useCallback(
    (at: number): ReactNode => (
      <>
        <b>{tokenName(spans[at].text)}</b>
        <br />
        position {spans[at].first}
        <br />
        {colour.name}: <b>{formatNumber(colour.values[at], pointed ? decimalsFor(colour.max) : 0)}</b>
      </>
    ),
    [spans, colour, pointed],
  )
  return (
    <Panel title="Tokens" actions={<ColourLegend {...colour} decimals={pointed ? undefined : 0} />}>
      <TokenStrip
        tokens={spans}
        levels={colour.levels}
        locked={locked}
        tooltip={tooltip}
        onHover={(token) => hover({ token })}
        onPick={toggleToken}
      />
    </Panel>
  )
}
