// How rare and how frequent the shown features may be.
import { formatShare } from '../../lib/format.ts'
import { DensitySlider } from '../../ui/DensitySlider.tsx'

const LABELS = ['Lowest density', 'Highest density']

interface DensityRangeProps {
  /** Shares of tokens; undefined for any. */
  value: [number, number] | undefined
  onChange(value: [number, number] | undefined): void
}

export function DensityRange({ value = [0, 1], onChange }: DensityRangeProps) {
  return (
    <DensitySlider
      name="Density"
      values={value}
      labels={LABELS}
      words={([low, high]) =>
        low === 0 && high === 1 ? 'any' : `${formatShare(low)} – ${formatShare(high)}`
      }
      onChange={([low, high]) => onChange(low === 0 && high === 1 ? undefined : [low, high])}
    />
  )
}
