// The text's tokens, coloured by the hovered or locked feature, else by the sum of all activations.
import { memo, type ReactNode, useCallback, useMemo } from 'react'
import { featureValues } from '../../lib/feature-columns.ts'
import { formatNumber } from '../../lib/format.ts'
import { spanValues } from '../../lib/spans.ts'
import { featureColour, type TokenColour, totalColour } from '../../lib/token-colour.ts'
import { tokenName } from '../../lib/token-text.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import type { RunShown } from '../../store/types.ts'
import { ColourLegend } from '../../ui/ColourLegend.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { TokenStrip } from '../../ui/TokenStrip.tsx'
import { RunFacts } from '../RunFacts.tsx'
import css from './TokensPanel.module.css'

export function TokensPanel() {
  const shown = useApp((state) => state.shown)
  const busy = useApp((state) => Boolean(state.opening ?? state.running))
  const failed = useApp((state) => Boolean(state.openError ?? state.runError))
  if (!shown) {
    return (
      <Panel title="Tokens" busy={busy}>
        {busy || !failed ? <Waiting busy={busy} /> : <p className={css.empty}>Nothing to show yet.</p>}
      </Panel>
    )
  }
  return <ShownTokens shown={shown} busy={busy} />
}

function Waiting({ busy }: { busy: boolean }) {
  const draft = useApp((state) => state.draft)
  const ready = useApp((state) => Boolean(state.sae) && !busy)
  if (ready)
    return (
      <p className={css.empty}>{draft ? 'Press Run to see its tokens.' : 'An empty text has no tokens.'}</p>
    )
  return <Skeleton lines={4} />
}

function ShownTokens({ shown, busy }: { shown: RunShown; busy: boolean }) {
  const hovered = useApp((state) => state.hoveredFeature)
  const lockedFeatures = useApp((state) => state.lockedFeatures)
  const lockedTokens = useApp((state) => state.lockedTokens)
  const { hover, toggleToken } = useActions()
  const features = hovered === undefined ? lockedFeatures : [hovered]
  const colour = useColour(shown, features)

  const tooltip = useCallback(
    (at: number): ReactNode => {
      const { first, text, count } = shown.result.spans[at]
      const { rowPtr } = shown.result.features
      const active = rowPtr[first + count] - rowPtr[first]
      return (
        <>
          <b>{tokenName(text)}</b>
          <br />
          position {first}
          {count > 1 && ` – ${first + count - 1}`} · {formatNumber(active)} active
          <br />
          {colour.name}: <b>{formatNumber(colour.values[at], 4)}</b>
        </>
      )
    },
    [shown, colour],
  )
  return (
    <Panel title="Tokens" busy={busy} actions={<ColourLegend {...colour} />}>
      <div className={busy ? css.stale : undefined}>
        <TokenStrip
          tokens={shown.result.spans}
          levels={colour.levels}
          locked={lockedTokens}
          tooltip={tooltip}
          onHover={(token) => hover({ token })}
          onPick={toggleToken}
        />
      </div>
      <Facts shown={shown} />
    </Panel>
  )
}

/** Hovering changes none of them. */
const Facts = memo(RunFacts)

/** Several locked features share the colour. */
function useColour({ result, columns, totals }: RunShown, features: readonly number[]): TokenColour {
  const key = features.join(',')
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for `features`, a new list on every hover.
  return useMemo(() => {
    const { spans } = result
    if (features.length === 0) return totalColour('total activation', spanValues(spans, totals))
    const lists = features.map((feature) => spanValues(spans, featureValues(columns, feature)))
    return featureColour(nameOf(features), lists, spans.length)
  }, [result, columns, totals, key])
}

function nameOf(features: readonly number[]): string {
  return features.length === 1 ? `feature ${features[0]}` : `${features.length} features`
}
