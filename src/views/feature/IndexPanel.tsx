// In place of what a corpus would show, while there is none: what building it takes, and how far it is.
import { useActions, useApp } from '../../store/hooks.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProgressBar } from '../../ui/ProgressBar.tsx'
import css from './IndexPanel.module.css'

export function IndexPanel() {
  const indexing = useApp((state) => (state.indexing?.of === state.sae?.source ? state.indexing : undefined))
  const error = useApp((state) => state.indexError)
  const runs = useApp((state) => state.model !== undefined && !state.activations)
  const { buildIndex, cancelIndexing } = useActions()
  return (
    <Panel title="Examples from a corpus" busy={indexing !== undefined}>
      {indexing ? (
        <div className={css.body}>
          <ProgressBar {...indexing} onCancel={cancelIndexing} />
          <p>The page stays usable meanwhile; what is done is kept when this is cancelled.</p>
        </div>
      ) : (
        <div className={css.body}>
          <p>
            Histogram, density, examples and co-active features are counted over many texts, and there are no
            counts of this source yet. They are made here: model and SAE read a few hundred thousand tokens of
            public-domain texts, once; nothing leaves this machine. It takes some minutes for the bundled
            model and much longer for a large one.
          </p>
          {runs ? (
            <Button look="strong" onClick={() => void buildIndex()}>
              Build it
            </Button>
          ) : (
            <p>Building them takes the model: run a text first.</p>
          )}
        </div>
      )}
      {error && <ErrorPanel error={error} />}
    </Panel>
  )
}
