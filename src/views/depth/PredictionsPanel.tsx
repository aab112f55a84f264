// What the model expects after a token: at once on the bundled model, on a larger one when it is asked for.
import { useEffect } from 'react'
import type { Prediction, Predictions } from '../../engine/protocol.ts'
import { formatNumber } from '../../lib/format.ts'
import { pieceText, tokenName } from '../../lib/token-text.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import type { RunShown } from '../../store/types.ts'
import { Button } from '../../ui/Button.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { TokenText } from '../../ui/TokenText.tsx'
import { AskedState } from './AskedState.tsx'
import css from './Depth.module.css'

export function PredictionsPanel({ shown }: { shown: RunShown }) {
  const predictions = useApp((state) => state.predictions)
  const lockedTokens = useApp((state) => state.lockedTokens)
  const bundled = useApp(({ catalogue, model }) =>
    Boolean(catalogue?.some(({ modelRepo }) => modelRepo === model?.repo)),
  )
  const layers = useApp((state) => state.model?.layers ?? 0)
  const { predict, cancelPrediction } = useActions()
  const { spans } = shown.result
  const span =
    lockedTokens.length === 1
      ? spans.find(({ first, count }) => lockedTokens[0] >= first && lockedTokens[0] < first + count)
      : spans.at(-1)
  const position = span && span.first + span.count - 1
  const own = predictions?.of === shown && predictions.position === position ? predictions : undefined
  const unasked = shown.origin === 'text' && bundled && !own
  useEffect(() => {
    if (unasked && position !== undefined) void predict(position)
  }, [unasked, position, predict])
  if (shown.origin !== 'text' || span === undefined || position === undefined) return null
  return (
    <Panel title={`What comes after ${tokenName(span.text)}`} busy={own?.status === 'loading'}>
      <div className={css.body}>
        {!own && !bundled && (
          <div className={css.offer}>
            <p className={css.note}>The next token needs all {layers} layers and the whole embedding.</p>
            <Button onClick={() => void predict(position)}>Predict …</Button>
          </div>
        )}
        {own && own.status !== 'ready' && (
          <AskedState
            state={own}
            needs={`All ${layers} layers and the whole embedding`}
            onAsk={(agreed) => void predict(position, agreed)}
            onCancel={cancelPrediction}
          />
        )}
        {own?.status === 'ready' && <PredictionList predictions={own.value} />}
      </div>
    </Panel>
  )
}

function PredictionList({ predictions: { top, actual, entropy } }: { predictions: Predictions }) {
  const highest = top[0]?.probability ?? 1
  return (
    <>
      <ol className={css.predictions} aria-label="What may follow">
        {top.map((one) => (
          <li key={one.id} title={`id ${one.id}, logit ${formatNumber(one.logit, 3)}`}>
            <Token one={one} />
            <span className={css.bar} style={{ inlineSize: `${(100 * one.probability) / highest}%` }} />
            <span className={css.share}>{percent(one.probability)}</span>
          </li>
        ))}
      </ol>
      <p className={css.note}>
        {actual && (
          <>
            The text goes on with <Token one={actual} />: {percent(actual.probability)}, rank{' '}
            {formatNumber(actual.rank)}.{' '}
          </>
        )}
        Entropy {formatNumber(entropy, 2)} nats.
      </p>
    </>
  )
}

function Token({ one }: { one: Prediction }) {
  return (
    <code className={css.token}>
      <TokenText text={pieceText(one.token)} />
    </code>
  )
}

function percent(probability: number): string {
  return `${formatNumber(100 * probability, probability < 0.01 ? 2 : 1)}%`
}
