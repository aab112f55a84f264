// What stands in a panel while its question has no answer yet: progress, a download to agree to, a failure.
import { formatBytes } from '../../lib/format.ts'
import type { Asked } from '../../store/types.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { ProgressBar } from '../../ui/ProgressBar.tsx'
import css from './Depth.module.css'

interface AskedStateProps {
  state: Exclude<Asked<unknown>, { status: 'ready' }>
  /** What the download is for: "All 26 layers and the whole embedding". */
  needs: string
  onAsk(agreed: boolean): void
  onCancel(): void
}

export function AskedState({ state, needs, onAsk, onCancel }: AskedStateProps) {
  switch (state.status) {
    case 'loading':
      return <ProgressBar {...state} onCancel={onCancel} />
    case 'asking':
      return (
        <div className={css.offer}>
          <p>
            {needs} {needs.includes(' and ') ? 'are' : 'is'} needed, of which up to{' '}
            <b>{formatBytes(state.download)}</b> are not on this machine yet.
          </p>
          <Button onClick={() => onAsk(true)}>Download {formatBytes(state.download)} and go on</Button>
        </div>
      )
    case 'failed':
      return (
        <ErrorPanel error={state.error}>
          <Button onClick={() => onAsk(false)}>Try again</Button>
        </ErrorPanel>
      )
    case 'cancelled':
      return (
        <div className={css.offer}>
          <p className={css.note}>Cancelled. What was fetched is kept.</p>
          <Button onClick={() => onAsk(false)}>Start again</Button>
        </div>
      )
  }
}
