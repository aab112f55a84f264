// A histogram with its summary, from plain numbers: what every chart of counts is drawn from.

/** A histogram over some numbers (of all features, of a feature's activations) with its summary. */
export interface Distribution {
  min: number
  median: number
  mean: number
  max: number
  /** [bins + 1] edges, ascending */
  edges: number[]
  /** [bins] */
  counts: number[]
}

const BINS = 50

/**
 * Summary and equal-width bins of the finite ones of `values`; a value on an edge counts in the upper bin, the highest
 * in the last, as numpy.histogram has it. Equal values make one bin around them. Undefined where none is finite.
 */
export function distributionOf(values: Float64Array, bins = BINS): Distribution | undefined {
  const sorted = values.filter(Number.isFinite).sort()
  const { length } = sorted
  if (length === 0) return undefined
  const [min, max] = [sorted[0], sorted[length - 1]]
  const middle = length >> 1
  const median = length % 2 === 1 ? sorted[middle] : sorted[middle - 1] / 2 + sorted[middle] / 2
  let mean = 0
  for (const value of sorted) mean += value
  mean /= length
  const edges = binEdges(min, max, bins)
  const counts = edges.slice(1).map(() => 0)
  let bin = 0
  for (const value of sorted) {
    while (bin < counts.length - 1 && value >= edges[bin + 1]) bin += 1
    counts[bin] += 1
  }
  // Rounding may carry the mean of equal values past them.
  return { min, median, mean: Math.min(max, Math.max(min, mean)), max, edges, counts }
}

/** Edges of `distributionOf`'s bins: strictly ascending even where `min` and `max` are too close for so many. */
export function binEdges(min: number, max: number, bins = BINS): number[] {
  const at = (bin: number): number => (bin === bins ? max : min * (1 - bin / bins) + max * (bin / bins))
  const edges = Array.from({ length: bins + 1 }, (_, bin) => at(bin))
  if (edges.every((edge, bin) => bin === 0 || edge > edges[bin - 1])) return edges
  const half = Math.abs(min) / 2000 || 0.5
  return [min - half, max + half]
}
