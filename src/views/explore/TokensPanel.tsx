// The text's tokens, coloured by the hovered or locked feature, else by the sum of all activations.
import { type ReactNode, useCallback, useMemo } from 'react'
import { featureValues } from '../../lib/feature-columns.ts'
import { decimalsFor, formatNumber } from '../../lib/format.ts'
import { heat } from '../../lib/heat.ts'
import { spanValues } from '../../lib/spans.ts'
import { tokenName } from '../../lib/token-text.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import type { RunShown } from '../../store/types.ts'
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
    <Panel
      title="Tokens"
      busy={busy}
      actions={
        <p className={css.legend}>
          <span className={css.what}>{colour.name}</span>
          <b>{formatNumber(colour.min, colour.min > 0 ? decimalsFor(colour.max) : 0)}</b>
          <span className={css.ramp} aria-hidden="true" />
          <b>{formatNumber(colour.max, decimalsFor(colour.max))}</b>
        </p>
      }
    >
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
      <RunFacts shown={shown} />
    </Panel>
  )
}

interface Colour {
  name: string
  /** [spans] */
  values: Float32Array
  /** [spans] opacity */
  levels: Float32Array
  /** Ends of the colour's scale. */
  min: number
  max: number
}

/** Several locked features share the colour: each is measured against its own highest value. */
function useColour({ result, columns, totals }: RunShown, features: readonly number[]): Colour {
  const key = features.join(',')
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for `features`, a new list on every hover.
  return useMemo(() => {
    if (features.length === 0) return totalColour(spanValues(result.spans, totals))
    const lists = features.map((feature) => spanValues(result.spans, featureValues(columns, feature)))
    const maxima = lists.map((list) => list.reduce((a, b) => Math.max(a, b), 0))
    const values = new Float32Array(result.spans.length)
    const levels = new Float32Array(result.spans.length)
    lists.forEach((list, which) => {
      list.forEach((value, at) => {
        values[at] = Math.max(values[at], value)
        levels[at] = Math.max(levels[at], heat(value, maxima[which]))
      })
    })
    const name = nameOf(features)
    return { name, values, levels, min: 0, max: Math.max(0, ...maxima) }
  }, [result, columns, totals, key])
}

/** Every token has some activation: the scale starts at the least active one, or all would look alike. */
function totalColour(values: Float32Array): Colour {
  const active = values.filter((value) => value > 0)
  const max = active.reduce((a, b) => Math.max(a, b), 0)
  const least = active.reduce((a, b) => Math.min(a, b), max)
  const min = active.length > 1 && least < max ? least : 0
  const levels = values.map((value) => (value > 0 ? Math.max(heat(value - min, max - min), 0.05) : 0))
  return { name: 'total activation', values, levels, min, max }
}

function nameOf(features: readonly number[]): string {
  return features.length === 1 ? `feature ${features[0]}` : `${features.length} features`
}
