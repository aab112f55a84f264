// How thresholds, norms and cosines are spread over the features; read at once where that is quick, else when asked.
import { useEffect } from 'react'
import type { SaeInfo } from '../../engine/protocol.ts'
import { formatBytes, plural } from '../../lib/format.ts'
import { weightBytes } from '../../lib/sae-bytes.ts'
import { useActions, useApp } from '../../store/hooks.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProgressBar } from '../../ui/ProgressBar.tsx'
import { Distributions } from './Distributions.tsx'
import css from './Statistics.module.css'
import { useOrigin } from './use-origin.ts'

/** Bytes that are read without being asked for; more only from this machine's own storage. */
const QUICK = 64e6
const QUICK_STORED = 1e9

export function Statistics({ sae }: { sae: SaeInfo }) {
  const state = useApp(({ statistics }) => statistics)
  const { stored } = useOrigin(sae)
  const { loadStatistics, cancelStatistics } = useActions()
  const bytes = weightBytes(sae)
  const kept = stored !== undefined && stored.present === stored.size
  const quick = bytes <= (kept ? QUICK_STORED : QUICK)

  useEffect(() => {
    if (!state && quick) void loadStatistics()
  }, [state, quick, loadStatistics])

  if (state?.status === 'ready') return <Distributions sae={sae} statistics={state.value} />
  const title = `Over all ${plural(sae.dSae, 'feature')}`
  if (state?.status === 'loading' || (!state && quick)) {
    return (
      <Panel title={title} busy>
        <div className={css.body}>
          <ProgressBar
            label={state?.label ?? 'Reading weights'}
            progress={state?.progress}
            since={state?.since ?? performance.now()}
            onCancel={cancelStatistics}
          />
        </div>
      </Panel>
    )
  }
  if (state?.status === 'failed') {
    return (
      <ErrorPanel error={state.error}>
        <Button onClick={() => void loadStatistics()}>Try again</Button>
      </ErrorPanel>
    )
  }
  return (
    <Panel title={title}>
      <div className={css.body}>
        <p className={css.words}>
          {state && 'Reading was cancelled. '}
          Thresholds, norms and cosines of all features need every weight: {formatBytes(bytes)}, from{' '}
          {kept ? 'this browser’s storage' : 'where the file lies'}.
        </p>
        <Button onClick={() => void loadStatistics()}>Read the weights</Button>
      </div>
    </Panel>
  )
}
