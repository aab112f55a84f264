// The switch that lets Neuronpedia be asked for labels of the features in sight, offered for sources that are there.
import { useActions, useApp } from '../../store/hooks.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import css from './LabelsInSight.module.css'
import { useNeuronpedia } from './use-neuronpedia.ts'
import { useRowsInSight, useSeeking } from './use-seeking.ts'

interface LabelsInSightProps {
  /** The features in sight. */
  indices: readonly number[]
  /** Stands above rows that have their own distance from the edge. */
  inset?: boolean
}

export function LabelsInSight({ indices, inset }: LabelsInSightProps) {
  const name = useNeuronpedia()
  const seeking = useApp((state) => state.seeking)
  const host = useApp((state) => new URL(state.neuronpedia).host.replace(/^www\./, ''))
  const error = useApp((state) => state.seekError)
  const { setSeeking, retrySeeking } = useActions()
  useSeeking(indices, name)
  if (name === undefined) return null
  return (
    <section className={css.offer} data-inset={inset} aria-label="Labels from Neuronpedia">
      <label className={css.check}>
        <input
          type="checkbox"
          checked={seeking}
          onChange={(event) => setSeeking(event.currentTarget.checked)}
        />
        Fetch labels from {host} for the features in sight
      </label>
      <p className={css.quiet}>
        It is sent the model’s and the source’s name and the number of each feature without a label; never the
        text.
      </p>
      {seeking && error && (
        <ErrorPanel error={error}>
          <Button onClick={retrySeeking}>Try again</Button>
        </ErrorPanel>
      )}
    </section>
  )
}

/** The same for a list whose rows are marked with `data-feature`. */
export function LabelsOfRows({ rows }: { rows: unknown }) {
  return <LabelsInSight indices={useRowsInSight(rows)} inset />
}
