// What the rows of the layer view are made from: the sparse activations of one source, by feature and by token.
import type { LayerRun, LayersResult } from '../../engine/protocol.ts'
import {
  type Beyond,
  type FeatureColumns,
  featureColumns,
  featureValues,
  rankFeatures,
} from '../../lib/feature-columns.ts'
import { spanPositions, spanValues } from '../../lib/spans.ts'

/** Features shown of a source. */
const TOP = 5

export interface LayerRow {
  run: LayerRun
  /** The first token of each window left out. */
  columns: FeatureColumns
  /** [tokens] active features */
  counts: Float32Array
  labels: ReadonlyMap<number, string>
}

export interface TopFeature {
  index: number
  label: string | undefined
  value: number
  /** Place among the spans of the token it is highest on. */
  peak: number
}

/** One of the sources that did not fail. */
export function layerRow(run: LayerRun, windows: readonly number[]): LayerRow {
  const columns = featureColumns(run.features, windows)
  const counts = new Float32Array(columns.rows)
  for (const position of columns.positions) counts[position] += 1
  const labels = new Map(run.labels.map(([index, { description }]) => [index, description]))
  return { run, columns, counts, labels }
}

/** The features highest on `tokens`, or on any token, strongest first; those that `beyond` leaves. */
export function topFeatures(
  { columns, labels }: LayerRow,
  spans: LayersResult['spans'],
  tokens: readonly number[],
  most = TOP,
  beyond?: Beyond,
): TopFeature[] {
  const positions = tokens.length > 0 ? spanPositions(spans, tokens) : undefined
  return rankFeatures(columns, 'max', positions, beyond)
    .slice(0, most)
    .map(({ index, max }) => {
      const values = featureValues(columns, index)
      const at = values.findIndex((value, position) => value === max && positions?.has(position) !== false)
      const peak = spans.findIndex(({ first, count }) => at >= first && at < first + count)
      return { index, label: labels.get(index), value: max, peak }
    })
}

/** [spans] active features of all rows together. */
export function activeCounts(rows: readonly LayerRow[], spans: LayersResult['spans']): Float32Array {
  const sums = new Float32Array(spans.length)
  for (const { counts } of rows) {
    for (const [at, count] of spanValues(spans, counts).entries()) sums[at] += count
  }
  return sums
}

/** [bins] highest count in each of as many equal stretches of the text. */
export function binned(counts: Float32Array, most: number): Float32Array {
  const bins = new Float32Array(Math.min(most, counts.length))
  counts.forEach((count, position) => {
    const bin = Math.floor((position * bins.length) / counts.length)
    bins[bin] = Math.max(bins[bin], count)
  })
  return bins
}
