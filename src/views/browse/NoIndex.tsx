// What the list lacks without an activation index, and the way to one.
import { useActions, useApp } from '../../store/hooks.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { ProgressBar } from '../../ui/ProgressBar.tsx'
import css from './BrowseView.module.css'

export function NoIndex() {
  const indexing = useApp((state) => (state.indexing?.of === state.sae?.source ? state.indexing : undefined))
  const error = useApp((state) => state.indexError)
  const runs = useApp((state) => state.model !== undefined && !state.activations)
  const { buildIndex, cancelIndexing } = useActions()

  if (indexing) {
    return (
      <div className={css.notice}>
        <ProgressBar {...indexing} onCancel={cancelIndexing} />
      </div>
    )
  }
  return (
    <div className={css.notice}>
      {error && <ErrorPanel error={error} />}
      <p className={css.missing}>
        No activation index of this source is here: features are known by their labels and published numbers
        only. {!runs && 'Building one takes the model: run a text first.'}
      </p>
      {runs && <Button onClick={() => void buildIndex()}>Build the index</Button>}
    </div>
  )
}
