// What running a model of the hub asks of this machine: bytes and memory in every precision, before anything is fetched.
import { useState } from 'react'
import type { PrecisionPlan } from '../../engine/protocol.ts'
import { formatBytes } from '../../lib/format.ts'
import { parseHook } from '../../lib/hook.ts'
import { PRECISION_NAMES, type WeightPrecision } from '../../lib/weight-precision.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import type { PlanShown } from '../../store/types.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { Panel } from '../../ui/Panel.tsx'
import css from './PlanPanel.module.css'

/** Measured: docs/benchmarks.md. */
const WORTH: Record<WeightPrecision, string> = {
  f32: 'exact',
  f16: 'nearly exact',
  q8: 'on the demo model 1 to 2% of the active features change',
  q4: 'a rough look: on the demo model 7 to 27% of the active features change',
}

export function PlanPanel({ shown }: { shown: PlanShown }) {
  const { declinePlan, planModel } = useActions()
  if (shown.state === 'failed') {
    return (
      <ErrorPanel error={shown.error}>
        <Button onClick={() => void planModel(shown.repo)}>Try again</Button>
        <Button onClick={declinePlan}>Not now</Button>
      </ErrorPanel>
    )
  }
  return (
    <Panel title={`Run ${shown.repo} on this machine`} busy={shown.state === 'loading'}>
      {shown.state === 'loading' ? (
        <p className={css.body} role="status">
          Reading the model’s configuration …
        </p>
      ) : (
        <Choice {...shown} />
      )}
    </Panel>
  )
}

function Choice({ repo, plan, saeBytes }: Extract<PlanShown, { state: 'ready' }>) {
  const { acceptPlan, declinePlan } = useActions()
  const opening = useApp((state) => Boolean(state.opening))
  const [chosen, choose] = useState<WeightPrecision | undefined>(plan.automatic)
  const taken = plan.precisions.find(({ precision }) => precision === chosen)
  const layer = Math.max(...plan.hooks.map((hook) => parseHook(hook)?.layer ?? 0))
  const source = useApp(({ sae }) => sae?.source)
  /** The open model's is read already. */
  const tokenizer = useApp(({ model }) => (model?.repo === repo ? 0 : (plan.tokenizerBytes ?? 0)))
  const total = (taken?.download ?? 0) + tokenizer + saeBytes
  return (
    <div className={css.body}>
      <p>
        Layers 0 to {layer} of {plan.model.layers} run{' '}
        {plan.backend === 'webgpu' ? 'on the GPU' : 'on the CPU'}. Only these are fetched, from the original
        files; they are kept in this browser’s storage in the form chosen here.
      </p>
      <fieldset className={css.choices}>
        <legend className="visually-hidden">Precision of the weights</legend>
        {plan.precisions.map((one) => (
          <Row key={one.precision} one={one} chosen={chosen === one.precision} onChoose={choose} />
        ))}
      </fieldset>
      <p className={css.note}>
        {tokenizer > 0 && <>The tokenizer takes {formatBytes(tokenizer)}. </>}
        {saeBytes > 0 && (
          <>
            {formatBytes(saeBytes)} of {source} itself are still to be fetched as well: {formatBytes(total)}{' '}
            together.{' '}
          </>
        )}
        Each token’s embedding is fetched by itself ({formatBytes(plan.precisions[0].embeddingRow)}). A
        cancelled download goes on from where it was.
      </p>
      {!taken && (
        <p>No precision fits this machine at this layer: choose an earlier layer or a smaller model.</p>
      )}
      <div className={css.actions}>
        <Button
          look="strong"
          disabled={!taken || opening}
          onClick={() => taken && void acceptPlan(taken.precision)}
        >
          {taken && taken.download + saeBytes > 0 ? `Download ${formatBytes(total)} and run` : 'Run'}
        </Button>
        <Button onClick={declinePlan}>Not now</Button>
      </div>
    </div>
  )
}

interface RowProps {
  one: PrecisionPlan
  chosen: boolean
  onChoose(precision: WeightPrecision): void
}

function Row({ one, chosen, onChoose }: RowProps) {
  const { precision, download, cached, memory, refused } = one
  return (
    <label className={css.choice} data-refused={Boolean(refused) || undefined}>
      <input
        type="radio"
        name="precision"
        checked={chosen}
        disabled={Boolean(refused)}
        onChange={() => onChoose(precision)}
      />
      <span className={css.name}>{PRECISION_NAMES[precision]}</span>
      {refused ? (
        <span className={css.reason}>
          {refused.reason.detail}{' '}
          {refused.deepestLayer !== undefined && `Sources up to layer ${refused.deepestLayer} fit.`}
        </span>
      ) : (
        <span className={css.figures}>
          <span>
            {download > 0 ? `${formatBytes(download)} to fetch` : 'nothing to fetch'}
            {cached > 0 && `, ${formatBytes(cached)} stored`}
          </span>
          <span>{formatBytes(memory)} of memory</span>
          <span className={css.worth}>{WORTH[precision]}</span>
        </span>
      )}
    </label>
  )
}
