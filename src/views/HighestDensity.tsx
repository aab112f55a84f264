// How dense the features of a list may be: the rest is left out before any are chosen.
import { formatShare } from '../lib/format.ts'
import { DensitySlider } from '../ui/DensitySlider.tsx'

const LABELS = ['Highest density']

interface HighestDensityProps {
  /** A share of tokens; undefined for any. */
  dense: number | undefined
  onChange(dense: number | undefined): void
}

export function HighestDensity({ dense, onChange }: HighestDensityProps) {
  return (
    <DensitySlider
      name="Density ≤"
      values={[dense ?? 1]}
      labels={LABELS}
      words={([highest]) => (highest === 1 ? 'any' : formatShare(highest))}
      onChange={([highest]) => onChange(highest === 1 ? undefined : highest)}
    />
  )
}
