// A feature over the whole text, as one path of small bars: where it fires, and how strongly there.
import { memo } from 'react'
import css from './Sparkline.module.css'

interface SparklineProps {
  /** Activation in each stretch of the text. */
  bins: Float32Array
  max: number
}

export const Sparkline = memo(function Sparkline({ bins, max }: SparklineProps) {
  const gap = bins.length > 60 ? 0 : 0.18
  let path = ''
  bins.forEach((value, bin) => {
    if (!(value > 0)) return
    const height = 3 + 13 * Math.min(1, value / max)
    path += `M${bin + gap / 2} 16v${-height.toFixed(2)}h${1 - gap}v${height.toFixed(2)}z`
  })
  return (
    <svg
      className={css.strip}
      viewBox={`0 0 ${bins.length} 16`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={path} />
    </svg>
  )
})
