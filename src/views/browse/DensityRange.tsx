// Two thumbs on a logarithmic scale: how rare and how frequent the shown features may be.
import { Slider } from 'radix-ui'
import { useState } from 'react'
import { formatShare } from '../../lib/format.ts'
import css from './DensityRange.module.css'

/** Steps of a tenth of a power of ten, from a millionth to one; the lowest stands for 0. */
const STEPS = 60
const DECADES = 6

interface DensityRangeProps {
  /** Shares of tokens; undefined for any. */
  value: [number, number] | undefined
  onChange(value: [number, number] | undefined): void
}

export function DensityRange({ value, onChange }: DensityRangeProps) {
  const steps = value ? value.map(stepOf) : [0, STEPS]
  // While a thumb is held only its text follows; the list follows when it is let go.
  const [held, setHeld] = useState<number[]>()
  const [low, high] = held ?? steps
  const text = (step: number): string => formatShare(shareOf(step))
  const words = low === 0 && high === STEPS ? 'any' : `${text(low)} – ${text(high)}`
  return (
    <div className={css.range}>
      <span className={css.name}>Density</span>
      <Slider.Root
        className={css.slider}
        min={0}
        max={STEPS}
        step={1}
        value={[low, high]}
        onValueChange={setHeld}
        onValueCommit={([from, to]) => {
          setHeld(undefined)
          onChange(from === 0 && to === STEPS ? undefined : [shareOf(from), shareOf(to)])
        }}
      >
        <Slider.Track className={css.track}>
          <Slider.Range className={css.chosen} />
        </Slider.Track>
        <Slider.Thumb className={css.thumb} aria-label="Lowest density" aria-valuetext={text(low)} />
        <Slider.Thumb className={css.thumb} aria-label="Highest density" aria-valuetext={text(high)} />
      </Slider.Root>
      <output className={css.value}>{words}</output>
    </div>
  )
}

/** Two digits, as addresses and people have them. */
function shareOf(step: number): number {
  return step === 0 ? 0 : Number((10 ** ((step / STEPS - 1) * DECADES)).toPrecision(2))
}

function stepOf(share: number): number {
  const step = Math.round((Math.log10(share) / DECADES + 1) * STEPS)
  return Math.max(0, Math.min(STEPS, step))
}
