// Long work as a person wants to see it: what, how far, how fast, how long still, and a way to stop it.
import { useMemo } from 'react'
import { formatBytes, formatDuration, formatNumber } from '../lib/format.ts'
import type { Progress } from '../lib/progress.ts'
import { rateMeter } from '../lib/rate.ts'
import { Button } from './Button.tsx'
import css from './ProgressBar.module.css'

interface ProgressBarProps {
  label: string
  progress: Progress | undefined
  /** `performance.now()` when the work began. */
  since: number
  onCancel(): void
}

export function ProgressBar({ label, progress, since, onCancel }: ProgressBarProps) {
  const share = progress?.total ? Math.min(1, progress.done / progress.total) : undefined
  const percent = share === undefined ? undefined : Math.round(share * 100)
  const meter = useMemo(() => {
    const started = rateMeter()
    started(0, since)
    return started
  }, [since])
  const rate = useMemo(() => progress && meter(progress.done, performance.now()), [progress, meter])
  const details = progress ? figures(progress, rate) : []
  return (
    <div className={css.work}>
      <div
        role="progressbar"
        tabIndex={-1}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        aria-valuetext={[label, ...details].join(', ')}
        className={css.track}
      >
        <div
          className={share === undefined ? css.unknown : css.fill}
          style={share === undefined ? undefined : { transform: `scaleX(${share})` }}
        />
      </div>
      <div className={css.line}>
        <span className={css.words}>
          <b>{label}</b>
          {details.map((detail) => (
            <span key={detail}>{detail}</span>
          ))}
        </span>
        <Button look="quiet" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </div>
  )
}

/** "4.1 of 8.2 MB", "50%", "3.2 MB/s", "2 s left"; rates only once they mean something. */
function figures({ done, total, unit }: Progress, rate: number | undefined): string[] {
  const amount = (count: number): string => (unit === 'bytes' ? formatBytes(count) : formatNumber(count))
  const noun = unit === 'bytes' ? '' : ` ${unit}`
  const parts = [total ? `${amount(done)} of ${amount(total)}${noun}` : `${amount(done)}${noun}`]
  if (total && unit !== 'steps') parts.push(`${Math.round((done / total) * 100)}%`)
  if (rate && rate > 0 && unit !== 'steps') {
    parts.push(unit === 'bytes' ? `${formatBytes(rate)}/s` : `${formatNumber(rate)} ${unit}/s`)
    if (total && total > done) parts.push(`${formatDuration((total - done) / rate)} left`)
  }
  return parts
}
