// What the feature does on the current text: coloured tokens, a chart by position, and every token it fires on.
import { type ReactNode, useCallback, useMemo } from 'react'
import type { Dashboard } from '../../engine/protocol.ts'
import { featureValues } from '../../lib/feature-columns.ts'
import { decimalsFor, formatNumber, plural } from '../../lib/format.ts'
import { heat } from '../../lib/heat.ts'
import { exploreRoute } from '../../lib/route.ts'
import { spanValues } from '../../lib/spans.ts'
import { tokenName } from '../../lib/token-text.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import type { RunShown } from '../../store/types.ts'
import { Announce } from '../../ui/Announce.tsx'
import { Disclosure } from '../../ui/Disclosure.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { PositionChart } from '../../ui/PositionChart.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { TokenStrip } from '../../ui/TokenStrip.tsx'
import { FiringTokens } from './FiringTokens.tsx'
import css from './OnThisText.module.css'

interface OnThisTextProps {
  index: number
  dashboard: Dashboard | undefined
}

export function OnThisText({ index, dashboard }: OnThisTextProps) {
  const shown = useApp((state) => state.shown)
  const busy = useApp((state) => Boolean(state.opening ?? state.running))
  if (shown) return <Shown index={index} shown={shown} dashboard={dashboard} busy={busy} />
  return (
    <Panel title="On this text" busy={busy}>
      {busy ? (
        <Skeleton lines={4} />
      ) : (
        <p className={css.quiet}>
          No text yet. Write one above, or take an example, to see where feature {index} fires.
        </p>
      )}
    </Panel>
  )
}

function Shown({ index, shown, dashboard, busy }: OnThisTextProps & { shown: RunShown; busy: boolean }) {
  const { result, columns, model, source, text } = shown
  const { visit } = useActions()
  const { byPosition, values, levels, max, firing } = useMemo(() => {
    const byToken = featureValues(columns, index)
    const bySpan = spanValues(result.spans, byToken)
    const highest = bySpan.reduce((a, b) => Math.max(a, b), 0)
    return {
      byPosition: byToken,
      values: bySpan,
      max: highest,
      levels: bySpan.map((value) => heat(value, highest)),
      firing: bySpan.reduce((count, value) => count + (value > 0 ? 1 : 0), 0),
    }
  }, [result, columns, index])

  const decimals = decimalsFor(max)
  const tooltip = useCallback(
    (at: number): ReactNode => (
      <>
        <b>{tokenName(result.spans[at].text)}</b>
        <br />
        position {result.spans[at].first} · activation <b>{formatNumber(values[at], 4)}</b>
      </>
    ),
    [result, values],
  )
  const pick = (position: number): void => {
    void visit({ ...exploreRoute(model, source, text), tokens: [position], features: [index] })
  }
  const counted = result.spans.filter(({ special }) => !special).length
  const summary =
    firing > 0
      ? `fires on ${firing} of ${plural(counted, 'token')}, highest ${formatNumber(max, decimals)}`
      : 'does not fire on this text'
  return (
    <Panel
      title={`${summary[0].toUpperCase()}${summary.slice(1)}`}
      busy={busy}
      className={busy ? css.stale : undefined}
    >
      <TokenStrip tokens={result.spans} levels={levels} tooltip={tooltip} onPick={pick} />
      {firing > 0 ? (
        <>
          <PositionChart
            values={byPosition}
            tokens={result.spans}
            max={max}
            decimals={decimals}
            threshold={dashboard?.threshold}
          />
          <FiringTokens spans={result.spans} values={values} levels={levels} decimals={decimals} />
        </>
      ) : (
        <p className={css.quiet}>
          <strong>Feature {index} does not fire on this text.</strong>{' '}
          {dashboard
            ? `No token reads higher than its threshold of ${formatNumber(dashboard.threshold, 4)}. `
            : ''}
          {dashboard?.logits && 'Try words near the ones it promotes.'}
        </p>
      )}
      <Disclosure summary="How was this computed?">
        <p>
          acts[{index}] = pre where pre &gt; threshold, else 0, with pre = x · W_enc[:, {index}] + b_enc[
          {index}] and x the vector at <code>{result.hookIn}</code> in {model}, float32; model on{' '}
          {result.backends.model}, SAE on {result.backends.sae}. The text has <code>&lt;bos&gt;</code> before
          it, which is left out of the counts. Colour: opacity 0.05 + 0.95 · log10(1 + 9 · value /{' '}
          {formatNumber(max, decimals)}).
        </p>
      </Disclosure>
      <Announce>{`Feature ${index} ${summary}`}</Announce>
    </Panel>
  )
}
