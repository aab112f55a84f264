// The feature's own figures, and what each one is.
import { featureFigures } from '../../dashboard/figures.ts'
import type { Dashboard, IndexedFeature } from '../../engine/protocol.ts'
import { decimalsFor, formatCount, formatNumber, formatShare } from '../../lib/format.ts'
import { Facts } from '../../ui/Facts.tsx'
import { Panel } from '../../ui/Panel.tsx'
import css from './ShapePanel.module.css'

/** Of the dimensions its decoder row lies along, those shown. */
const NEURONS = 3

interface Fact {
  name: string
  value: string
  meaning: string
}

interface ShapePanelProps {
  dashboard: Dashboard
  /** Counts over a corpus, where there are some; the source's published figures otherwise. */
  indexed: IndexedFeature | undefined
}

export function ShapePanel({ dashboard, indexed }: ShapePanelProps) {
  const dead = !indexed && dashboard.density === 0
  return (
    <Panel title="Density and shape">
      {dead && (
        <p className={css.dead}>
          This feature is dead: it fired on none of the held-out tokens its source was measured on.
        </p>
      )}
      <Facts
        facts={[...(indexed ? countedFacts(indexed) : publishedFacts(dashboard)), ...ownFacts(dashboard)]}
      />
    </Panel>
  )
}

function countedFacts({ statistics, countedTokens }: IndexedFeature): Fact[] {
  const { count, min, max, p50, p90, p99 } = statistics
  const { density, mean, sd } = featureFigures(statistics, countedTokens)
  const fires = {
    name: 'fires on',
    value: `${formatShare(density)} of tokens`,
    meaning: `${formatNumber(count)} of ${formatNumber(countedTokens)} tokens of the corpus`,
  }
  if (count === 0) return [{ ...fires, value: `0 of ${formatCount(countedTokens)} tokens` }]
  const decimals = decimalsFor(max)
  const number = (value: number): string => formatNumber(value, decimals)
  return [
    fires,
    { name: 'highest activation', value: number(max), meaning: 'Highest in the corpus' },
    {
      name: 'mean ± sd',
      value: `${number(mean)} ± ${number(sd)}`,
      meaning: 'Mean and standard deviation where it fires',
    },
    {
      name: 'percentiles 50 · 90 · 99',
      value: [p50, p90, p99].map(number).join(' · '),
      meaning: 'Nearest rank, where it fires',
    },
    { name: 'lowest activation', value: number(min), meaning: 'Lowest where it fires' },
  ]
}

function publishedFacts({ density, maxActivation }: Dashboard): Fact[] {
  const facts: (Fact | undefined)[] = [
    density === undefined
      ? undefined
      : {
          name: 'fires on',
          value: `${formatShare(density)} of tokens`,
          meaning: 'Share of held-out tokens it is active on',
        },
    maxActivation === undefined
      ? undefined
      : {
          name: 'highest activation',
          value: formatNumber(maxActivation, 2),
          meaning: 'Highest activation on the held-out tokens',
        },
  ]
  return facts.filter((fact) => fact !== undefined)
}

function ownFacts(dashboard: Dashboard): Fact[] {
  const { encoderDecoderCosine: cosine, logits, alignment } = dashboard
  const facts: (Fact | undefined)[] = [
    {
      name: 'threshold',
      value: formatNumber(dashboard.threshold, 4),
      meaning: 'A token must read higher than this before the feature is active',
    },
    { name: 'encoder bias', value: formatNumber(dashboard.encoderBias, 4), meaning: 'b_enc' },
    {
      name: 'decoder norm',
      value: formatNumber(dashboard.decoderNorm, 4),
      meaning: 'Length of its row of W_dec',
    },
    {
      name: 'encoder norm',
      value: formatNumber(dashboard.encoderNorm, 4),
      meaning: 'Length of its column of W_enc',
    },
    cosine === undefined
      ? undefined
      : {
          name: 'encoder · decoder',
          value: formatNumber(cosine, 4),
          meaning: 'Cosine between what it reads and what it writes',
        },
    {
      name: 'neurons',
      value: alignment
        .slice(0, NEURONS)
        .map(({ dimension, share }) => `${dimension} (${formatShare(share)})`)
        .join(' · '),
      meaning: `Dimensions of the hook its decoder row lies along most, with their share of its Σ|v|: ${alignment.map(({ dimension, value }) => `${dimension}: ${formatNumber(value, 3)}`).join(', ')}`,
    },
    logits && {
      name: 'logit mean ± sd',
      value: `${formatNumber(logits.mean, 3)} ± ${formatNumber(logits.sd, 3)}`,
      meaning: 'Of its effect on the whole vocabulary',
    },
    logits && {
      name: 'logit skew · kurtosis',
      value: `${formatNumber(logits.skew, 2)} · ${formatNumber(logits.kurtosis, 2)}`,
      meaning: 'Of its effect on the whole vocabulary; both 0 for a normal distribution',
    },
  ]
  return facts.filter((fact) => fact !== undefined)
}
