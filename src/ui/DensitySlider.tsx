// Shares of tokens on a logarithmic slider: one thumb, or two for a range.
import { Slider } from 'radix-ui'
import { useState } from 'react'
import { DENSITY_STEPS, shareOfStep, stepOfShare } from '../lib/density-scale.ts'
import { formatShare } from '../lib/format.ts'
import css from './DensitySlider.module.css'

interface DensitySliderProps {
  /** What stands before it. */
  name: string
  /** A share a thumb, ascending, and what assistive technology calls each thumb. */
  values: readonly number[]
  labels: readonly string[]
  /** What the thumbs' shares say together. */
  words(shares: readonly number[]): string
  /** After a thumb was let go. */
  onChange(shares: number[]): void
}

export function DensitySlider({ name, values, labels, words, onChange }: DensitySliderProps) {
  // While a thumb is held only its text follows; the list follows when it is let go.
  const [held, setHeld] = useState<number[]>()
  const steps = held ?? values.map(stepOfShare)
  return (
    <div className={css.range}>
      <span className={css.name}>{name}</span>
      <Slider.Root
        className={css.slider}
        min={0}
        max={DENSITY_STEPS}
        step={1}
        value={steps}
        onValueChange={setHeld}
        onValueCommit={(chosen) => {
          setHeld(undefined)
          onChange(chosen.map(shareOfStep))
        }}
      >
        <Slider.Track className={css.track}>
          <Slider.Range className={css.chosen} />
        </Slider.Track>
        {labels.map((label, at) => (
          <Slider.Thumb
            key={label}
            className={css.thumb}
            aria-label={label}
            aria-valuetext={formatShare(shareOfStep(steps[at]))}
          />
        ))}
      </Slider.Root>
      <output className={css.value}>{words(steps.map(shareOfStep))}</output>
    </div>
  )
}
