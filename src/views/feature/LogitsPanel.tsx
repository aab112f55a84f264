// What the feature says next: the tokens it pushes up and down most.
import type { Dashboard, TokenLogit } from '../../engine/protocol.ts'
import { formatNumber } from '../../lib/format.ts'
import { useApp, useScale } from '../../store/hooks.ts'
import { Chip } from '../../ui/Chip.tsx'
import { Disclosure } from '../../ui/Disclosure.tsx'
import { Histogram } from '../../ui/Histogram.tsx'
import { Panel } from '../../ui/Panel.tsx'
import css from './LogitsPanel.module.css'

export function LogitsPanel({ dashboard: { logits, index } }: { dashboard: Dashboard }) {
  const model = useApp((state) => state.model)
  const axis = useScale('logits')
  if (!logits) {
    return (
      <Panel title="Logits">
        <p className={css.none}>
          {model
            ? 'They need the whole embedding of this model, which is fetched only when it is asked for: let a next token be predicted on the explore page.'
            : 'Open a model to see which tokens this feature promotes.'}
        </p>
      </Panel>
    )
  }
  const largest = Math.max(...[...logits.top, ...logits.bottom].map(({ logit }) => Math.abs(logit)))
  return (
    <Panel title="Logits: tokens it promotes and suppresses">
      <div className={css.lists}>
        <Column name="Promotes" list={logits.top} largest={largest} tone="act" />
        <Column name="Suppresses" list={logits.bottom} largest={largest} tone="plain" />
      </div>
      <div className={css.vocabulary}>
        <Histogram
          name={`Effect of feature ${index} on the logit of every token`}
          data={logits.histogram}
          xTitle="logit"
          counted="token"
          decimals={3}
          {...axis}
        />
      </div>
      <Disclosure summary="How was this computed?">
        <p>
          <code>{logits.formula}</code> for feature {index}: its direct effect on every token’s logit, without
          the final norm’s gain and without the soft-cap. Over the vocabulary: mean{' '}
          {formatNumber(logits.mean, 4)}, standard deviation {formatNumber(logits.sd, 4)}, skew{' '}
          {formatNumber(logits.skew, 2)}, kurtosis {formatNumber(logits.kurtosis, 2)} (0 for a normal
          distribution).
        </p>
      </Disclosure>
    </Panel>
  )
}

interface ColumnProps {
  name: string
  list: readonly TokenLogit[]
  largest: number
  tone: 'act' | 'plain'
}

function Column({ name, list, largest, tone }: ColumnProps) {
  return (
    <div className={css.column}>
      <h3 className={css.name}>{name}</h3>
      <ol>
        {list.map(({ id, token, logit }) => (
          <li key={id} className={css.row} title={`token ${id}: ${logit}`}>
            <Chip
              piece={token}
              level={largest > 0 ? 0.1 + (0.75 * Math.abs(logit)) / largest : 0}
              tone={tone}
            />
            <b>{formatNumber(logit, 2)}</b>
          </li>
        ))}
      </ol>
    </div>
  )
}
