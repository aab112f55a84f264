// On which axis each kind of chart counts: one choice for every feature and source, and for the image of a view.
import type { CountScale } from '../lib/histogram-shape.ts'
import type { Slice } from './types.ts'

export type ChartName =
  | 'activations'
  | 'logits'
  | 'imported activations'
  | 'imported logits'
  | 'Thresholds'
  | 'Decoder norms'
  | 'Encoder norms'
  | 'Encoder · decoder'

export interface ChartsSlice {
  /** Linear where nothing was chosen. */
  scales: Readonly<Partial<Record<ChartName, CountScale>>>
  setScale(chart: ChartName, scale: CountScale): void
}

export const chartsSlice: Slice<ChartsSlice> = (set) => ({
  scales: {},
  setScale: (chart, scale) => set(({ scales }) => ({ scales: { ...scales, [chart]: scale } })),
})

/** The axis a chart is shown on. */
export function scaleOf({ scales }: Pick<ChartsSlice, 'scales'>, chart: ChartName): CountScale {
  return scales[chart] ?? 'linear'
}
