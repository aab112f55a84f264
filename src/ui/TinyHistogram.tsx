// Counts by bin as bars a few pixels high, for one line of a list: square roots, so that rare bins can be seen.
import { memo } from 'react'
import css from './TinyHistogram.module.css'

/** `counts`: the lowest bin first. Says nothing to those who do not see it. */
export const TinyHistogram = memo(function TinyHistogram({ counts }: { counts: readonly number[] }) {
  const highest = Math.max(1, ...counts)
  const path = counts
    .map((count, bin) => {
      if (count <= 0) return ''
      const height = (1 + 15 * Math.sqrt(count / highest)).toFixed(2)
      return `M${bin + 0.1} 16v-${height}h0.8v${height}z`
    })
    .join('')
  return (
    <svg
      className={css.chart}
      viewBox={`0 0 ${Math.max(1, counts.length)} 16`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={path} />
    </svg>
  )
})
