// The feature's own figures, and what each one is.
import type { Dashboard } from '../../engine/protocol.ts'
import { formatNumber } from '../../lib/format.ts'
import { Facts } from '../../ui/Facts.tsx'
import { Panel } from '../../ui/Panel.tsx'
import css from './ShapePanel.module.css'

interface Fact {
  name: string
  value: string
  meaning: string
}

export function ShapePanel({ dashboard }: { dashboard: Dashboard }) {
  const dead = dashboard.density === 0
  return (
    <Panel title="Shape">
      {dead && (
        <p className={css.dead}>
          This feature is dead: it fired on none of the held-out tokens its source was measured on.
        </p>
      )}
      <Facts facts={factsOf(dashboard)} />
    </Panel>
  )
}

function factsOf(dashboard: Dashboard): Fact[] {
  const { density, maxActivation, encoderDecoderCosine: cosine } = dashboard
  const facts: (Fact | undefined)[] = [
    density === undefined
      ? undefined
      : {
          name: 'fires on',
          value: `${percent(density)} of tokens`,
          meaning: 'Share of held-out tokens it is active on',
        },
    maxActivation === undefined
      ? undefined
      : {
          name: 'highest activation',
          value: formatNumber(maxActivation, 2),
          meaning: 'Highest activation on the held-out tokens',
        },
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
    dashboard.logits && {
      name: 'logit skew',
      value: formatNumber(dashboard.logits.skew, 2),
      meaning: `Of its effect on the whole vocabulary: mean ${dashboard.logits.mean.toFixed(4)}, sd ${dashboard.logits.sd.toFixed(4)}`,
    },
  ]
  return facts.filter((fact) => fact !== undefined)
}

function percent(share: number): string {
  if (share === 0) return '0%'
  return `${(share * 100).toLocaleString('en', { maximumSignificantDigits: 2 })}%`
}
