// A histogram as a chart draws it: bars as shares of the plot, for a linear and a logarithmic count axis.
import { linearTicks, logTicks, type Tick } from './axis.ts'
import { formatNumber } from './format.ts'

export type CountScale = 'linear' | 'log'

export interface HistogramData {
  /** [bins + 1], ascending */
  edges: readonly number[]
  /** [bins] */
  counts: readonly number[]
}

export interface HistogramShape {
  /** [bins] left end, width and height of each bar, as shares of the plot. */
  bars: { left: number; width: number; height: number }[]
  xTicks: (Tick & { at: number })[]
  yTicks: (Tick & { at: number })[]
  /** Where a value lies on the x axis, as a share; undefined where it is outside. */
  place(value: number): number | undefined
}

/** A bar of one is still seen on the logarithmic axis: it begins at a half. */
const LOG_FLOOR = 0.5

export function histogramShape({ edges, counts }: HistogramData, scale: CountScale): HistogramShape {
  const [low, high] = [edges[0], edges[edges.length - 1]]
  const top = Math.max(1, ...counts)
  const along = (value: number): number => (value - low) / (high - low)
  const up = (count: number): number => {
    if (scale === 'linear') return count / top
    return count < LOG_FLOOR ? 0 : Math.log(count / LOG_FLOOR) / Math.log(Math.max(2, top) / LOG_FLOOR)
  }
  const yTicks = scale === 'linear' ? wholeTicks(top) : logTicks(top, 4)
  return {
    bars: counts.map((count, bin) => ({
      left: along(edges[bin]),
      width: along(edges[bin + 1]) - along(edges[bin]),
      height: up(count),
    })),
    xTicks: fitting(low, high).map((tick) => ({ ...tick, at: along(tick.value) })),
    yTicks: yTicks.map((tick) => ({ ...tick, at: up(tick.value) })),
    place: (value) => (value >= low && value <= high ? along(value) : undefined),
  }
}

/** There is no half a feature. */
function wholeTicks(top: number): Tick[] {
  const whole = linearTicks(0, top, 3).filter(({ value }) => Number.isInteger(value))
  return whole.map(({ value }) => ({ value, text: formatNumber(value) }))
}

/** Fewer ticks where their texts are long. */
function fitting(low: number, high: number): Tick[] {
  const ticks = linearTicks(low, high, 5)
  return ticks.some(({ text }) => text.length > 6) ? linearTicks(low, high, 2) : ticks
}
