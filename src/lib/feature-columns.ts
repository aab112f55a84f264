// One run's activations by feature instead of by token: what the lists, strips and rankings are made from.
import type { Ranking } from './listing.ts'
import type { SparseRows } from './sparse-rows.ts'

/** Active features of a run in compressed sparse columns; one *slot* a feature, features ascending. */
export interface FeatureColumns {
  /** Tokens of the run. */
  rows: number
  /** [slots] */
  features: Uint32Array
  /** [slots + 1] */
  colPtr: Uint32Array
  /** [nnz] token position of each entry, ascending within a slot */
  positions: Uint32Array
  /** [nnz] */
  values: Float32Array
  slotOf: ReadonlyMap<number, number>
}

export interface RankedFeature {
  index: number
  slot: number
  max: number
  sum: number
  /** Tokens it is active on, of those asked for. */
  count: number
  /** `max` over the highest activation that is known of the feature; NaN where none is. */
  ratio: number
}

/** What is known of a feature beyond this text; NaN where it is not. */
export interface FeatureFigure {
  /** Share of tokens it fires on. */
  density: number
  /** Its highest activation. */
  max: number
}

/** What a list may use beyond the text: figures by feature, and the highest density that stays. */
export interface Beyond {
  figures?: ReadonlyMap<number, FeatureFigure>
  dense?: number
}

/** Transposes the rows but those `without`: `<bos>`, whose activations are outliers. */
export function featureColumns(sparse: SparseRows, without: readonly number[] = []): FeatureColumns {
  const { rows, rowPtr, indices } = sparse
  const left = new Set(without)
  const kept = Array.from({ length: rows }, (_, row) => row).filter((row) => !left.has(row))
  const found = new Set<number>()
  let entries = 0
  for (const row of kept) {
    entries += rowPtr[row + 1] - rowPtr[row]
    for (let entry = rowPtr[row]; entry < rowPtr[row + 1]; entry += 1) found.add(indices[entry])
  }
  const features = Uint32Array.from(found).sort()
  const slotOf = new Map<number, number>()
  features.forEach((feature, slot) => {
    slotOf.set(feature, slot)
  })
  const slotAt = (entry: number): number => slotOf.get(indices[entry]) ?? 0
  const colPtr = new Uint32Array(features.length + 1)
  for (const row of kept) {
    for (let entry = rowPtr[row]; entry < rowPtr[row + 1]; entry += 1) colPtr[slotAt(entry) + 1] += 1
  }
  for (let slot = 0; slot < features.length; slot += 1) colPtr[slot + 1] += colPtr[slot]
  const next = colPtr.slice()
  const positions = new Uint32Array(entries)
  const values = new Float32Array(entries)
  for (const row of kept) {
    for (let entry = rowPtr[row]; entry < rowPtr[row + 1]; entry += 1) {
      const slot = slotAt(entry)
      const at = next[slot]
      next[slot] = at + 1
      positions[at] = row
      values[at] = sparse.values[entry]
    }
  }
  return { rows: sparse.rows, features, colPtr, positions, values, slotOf }
}

/**
 * Features active on `tokens` (on any token when undefined), strongest first; ties by max, then index. What is denser
 * than `dense` is left out; what is not known is not, and features without a ratio come last by it.
 */
export function rankFeatures(
  columns: FeatureColumns,
  ranking: Ranking,
  tokens?: ReadonlySet<number>,
  { figures, dense = Number.POSITIVE_INFINITY }: Beyond = {},
): RankedFeature[] {
  const ranked: RankedFeature[] = []
  // An end that a density prints must hold it, in float32 or not.
  const highest = Math.fround(dense)
  for (let slot = 0; slot < columns.features.length; slot += 1) {
    const index = columns.features[slot]
    const known = figures?.get(index)
    if (known && Math.fround(known.density) > highest) continue
    let max = 0
    let sum = 0
    let count = 0
    for (let at = columns.colPtr[slot]; at < columns.colPtr[slot + 1]; at += 1) {
      if (tokens && !tokens.has(columns.positions[at])) continue
      max = Math.max(max, columns.values[at])
      sum += columns.values[at]
      count += 1
    }
    const ratio = known && known.max > 0 ? max / known.max : Number.NaN
    if (count > 0) ranked.push({ index, slot, max, sum, count, ratio })
  }
  const key = (feature: RankedFeature): number => {
    const value = feature[ranking]
    return Number.isNaN(value) ? -1 : value
  }
  return ranked.sort((a, b) => key(b) - key(a) || b.max - a.max || a.index - b.index)
}

/**
 * Of `ranked`, over all of `groups`: those among the first `k` of any one group of tokens; the first `k` where there is
 * at most one group. `beyond` is what they were ranked with.
 */
export function topOfEach(
  columns: FeatureColumns,
  ranked: readonly RankedFeature[],
  ranking: Ranking,
  groups: readonly ReadonlySet<number>[],
  k: number,
  beyond?: Beyond,
): RankedFeature[] {
  if (groups.length < 2) return ranked.slice(0, k)
  const top = new Set<number>()
  for (const group of groups) {
    for (const { index } of rankFeatures(columns, ranking, group, beyond).slice(0, k)) top.add(index)
  }
  return ranked.filter(({ index }) => top.has(index))
}

/** [rows] activation of one feature on every token; zeros where it is silent or unknown. */
export function featureValues(columns: FeatureColumns, feature: number): Float32Array {
  const dense = new Float32Array(columns.rows)
  const slot = columns.slotOf.get(feature)
  if (slot === undefined) return dense
  for (let at = columns.colPtr[slot]; at < columns.colPtr[slot + 1]; at += 1) {
    dense[columns.positions[at]] = columns.values[at]
  }
  return dense
}

/** [rows] sum of all activations of every token. */
export function tokenTotals(columns: FeatureColumns): Float32Array {
  const totals = new Float32Array(columns.rows)
  columns.positions.forEach((position, at) => {
    totals[position] += columns.values[at]
  })
  return totals
}

/** [bins] highest value in each of `bins` equal stretches of the text, for the strip beside a feature. */
export function binnedStrip(columns: FeatureColumns, slot: number, bins: number): Float32Array {
  const strip = new Float32Array(bins)
  for (let at = columns.colPtr[slot]; at < columns.colPtr[slot + 1]; at += 1) {
    const bin = Math.floor((columns.positions[at] * bins) / columns.rows)
    strip[bin] = Math.max(strip[bin], columns.values[at])
  }
  return strip
}
