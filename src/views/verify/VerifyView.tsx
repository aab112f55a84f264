// Published values against this machine: which, on which model, what it downloads, and what came out.
import { useEffect } from 'react'
import { formatBytes } from '../../lib/format.ts'
import { PUBLIC_HUB } from '../../lib/hub-settings.ts'
import { formatRoute } from '../../lib/route.ts'
import { tally } from '../../lib/verify-report.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { casesAsked, casesShown } from '../../store/verify-slice.ts'
import { Button } from '../../ui/Button.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProgressBar } from '../../ui/ProgressBar.tsx'
import { CasePanel } from './CasePanel.tsx'
import { ReportButtons } from './ReportButtons.tsx'
import { VerifyChoices } from './VerifyChoices.tsx'
import css from './VerifyView.module.css'

export function VerifyView() {
  const verifyCases = useApp((state) => state.verifyCases)
  const verifySae = useApp((state) => state.verifySae)
  const file = useApp((state) => state.verifyFile)
  const hub = useApp((state) => state.hub.endpoint)
  const results = useApp((state) => state.verifyResults)
  const { loadLibrary } = useActions()
  useEffect(() => void loadLibrary(), [loadLibrary])
  const shown = casesShown({ verifyCases, verifySae })
  return (
    <>
      <PageHead
        title="Check against published values"
        lead="Known texts through the original weights on this machine, beside the numbers that others found."
      >
        <a href={formatRoute({ view: 'sources' })}>Sources</a>
      </PageHead>
      <div className={css.columns}>
        <Panel title="What is checked">
          <div className={css.body}>
            <p className={css.note}>
              {file ? <>Values from the file {file}. </> : 'Published token ids, activations and norms. '}
              Weights come from {hub === PUBLIC_HUB ? 'the public hub' : hub}; the model and the sources
              opened here take the place of what is open. Each value may be off by what its own precision and
              that of the weights explain.
            </p>
            <VerifyChoices shown={shown} />
            <Start />
          </div>
        </Panel>
        <div className={css.results}>
          {shown.map((one) => {
            const result = results.get(one.id)
            return result && <CasePanel key={one.id} one={one} result={result} />
          })}
          {results.size === 0 && <p className={css.note}>Nothing has been checked yet.</p>}
        </div>
      </div>
    </>
  )
}

function Start() {
  const status = useApp((state) => state.verifyStatus)
  const results = useApp((state) => state.verifyResults)
  const asked = useApp((state) => casesAsked(state).length)
  const { check, cancelCheck, dropCheck } = useActions()
  if (status.at === 'work') return <ProgressBar {...status} onCancel={cancelCheck} />
  if (status.at === 'asking') {
    const { download, unknown } = status
    const size = `${formatBytes(download)}${unknown > 0 ? ' and more' : ''}`
    return (
      <div className={css.start}>
        <p>
          <b>{size}</b> are not on this machine yet
          {unknown > 0 && `; of ${unknown} of the sources the size is known once they answer`}. What is
          fetched is kept in this browser’s storage.
        </p>
        <div className={css.actions}>
          <Button look="strong" onClick={() => void check(true)}>
            Download {size} and check
          </Button>
          <Button onClick={dropCheck}>Not now</Button>
        </div>
      </div>
    )
  }
  const { right, wrong, notDone } = tally(results.values())
  return (
    <div className={css.start}>
      <p role="status" aria-label="Result">
        {status.at === 'cancelled' && 'Cancelled. What was fetched is kept. '}
        {results.size > 0 && `${right} right, ${wrong} wrong, ${notDone} not done.`}
      </p>
      <div className={css.actions}>
        <Button look="strong" disabled={asked === 0} onClick={() => void check()}>
          {results.size > 0 ? 'Check again' : 'Check'}
        </Button>
        {results.size > 0 && <ReportButtons />}
      </div>
    </div>
  )
}
