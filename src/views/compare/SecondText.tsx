// Where the second text is written. It is part of the address; what is made of it stands below.
import { useState } from 'react'
import { EXAMPLES } from '../../lib/examples.ts'
import type { CompareRoute } from '../../lib/route.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import type { AppState } from '../../store/types.ts'
import { RunBox } from '../../ui/RunBox.tsx'
import { AskedState } from '../depth/AskedState.tsx'
import css from './CompareView.module.css'

interface SecondTextProps {
  route: CompareRoute
  comparison: AppState['comparison']
}

export function SecondText({ route, comparison }: SecondTextProps) {
  const shown = useApp((state) => state.shown)
  const { visit, runComparison, cancelComparison } = useActions()
  const [draft, setDraft] = useState(route.with ?? '')
  const compare = (text: string): void => void visit({ ...route, with: text })
  const loading = comparison?.status === 'loading' ? comparison : undefined
  const stopped = comparison && comparison.status !== 'ready' && comparison.status !== 'loading'
  const changed = route.with !== undefined && draft !== route.with && !loading
  return (
    <>
      <RunBox
        label="Compare with"
        action="Compare"
        text={draft}
        examples={EXAMPLES}
        work={loading}
        notice={changed && 'The text has changed since: press Compare (Ctrl-Enter).'}
        onChange={setDraft}
        onRun={() => compare(draft)}
        onExample={compare}
        onCancel={cancelComparison}
      />
      {stopped && (
        <AskedState
          state={comparison}
          needs="What the second text needs of the model"
          onAsk={(agreed) => void runComparison(agreed)}
          onCancel={cancelComparison}
        />
      )}
      {!comparison && (
        <p className={css.note}>
          {shown
            ? 'Write a second text, or take an example, to see which features only one of the two has.'
            : 'The second text follows once the first has run.'}
        </p>
      )}
    </>
  )
}
