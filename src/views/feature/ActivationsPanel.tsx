// How strongly the feature fires over the corpus, with the current text among it.
import { useMemo } from 'react'
import { activationHistogram } from '../../dashboard/figures.ts'
import type { IndexedFeature, IndexInfo } from '../../engine/protocol.ts'
import { featureValues } from '../../lib/feature-columns.ts'
import { decimalsFor, formatCount, formatNumber } from '../../lib/format.ts'
import { useApp, useScale } from '../../store/hooks.ts'
import { Histogram } from '../../ui/Histogram.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import css from './ActivationsPanel.module.css'

interface ActivationsPanelProps {
  info: IndexInfo
  feature: IndexedFeature
}

export function ActivationsPanel({ info, feature: { statistics, countedTokens } }: ActivationsPanelProps) {
  const { feature, count, min, max } = statistics
  const here = useHighestHere(feature)
  const axis = useScale('activations')
  const histogram = activationHistogram(statistics)
  const decimals = decimalsFor(max)
  const title = `Activations, ${formatNumber(count)} of ${formatCount(countedTokens)} tokens`
  if (!histogram) {
    return (
      <Panel title={title}>
        <p className={css.note}>
          Feature {feature} fires on no token of {info.manifest.corpus.name}.
        </p>
      </Panel>
    )
  }
  const beyond =
    here !== undefined && here > 0 && (here < histogram.edges[0] || here > (histogram.edges.at(-1) ?? 0))
  return (
    <Panel title={title}>
      <Histogram
        name={`Activations of feature ${feature} on ${formatNumber(count)} tokens`}
        data={histogram}
        xTitle="activation"
        counted="token"
        decimals={decimals}
        {...axis}
        marker={
          here ? { value: here, text: `highest on this text, ${formatNumber(here, decimals)}` } : undefined
        }
      />
      {beyond && (
        <p className={css.note}>
          Its highest on the current text is {formatNumber(here, decimals)}, {here > max ? 'above' : 'below'}{' '}
          everything in the corpus ({formatNumber(min, decimals)} to {formatNumber(max, decimals)}).
        </p>
      )}
    </Panel>
  )
}

/** The feature's highest activation on the shown text; undefined without one. */
function useHighestHere(feature: number): number | undefined {
  const shown = useApp((state) => state.shown)
  return useMemo(
    () => shown && featureValues(shown.columns, feature).reduce((a, b) => Math.max(a, b), 0),
    [shown, feature],
  )
}

/** The room of the chart, until it is here. */
export function ActivationsLater() {
  return (
    <Panel title="Activations over the corpus" className={css.later} busy>
      <Skeleton lines={7} />
    </Panel>
  )
}
