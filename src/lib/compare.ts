// Two texts on one source, feature by feature.
import { type Beyond, type FeatureColumns, rankFeatures } from './feature-columns.ts'
import type { Measure } from './listing.ts'

/** A feature's figure in both texts; 0 where it is silent. */
export interface ComparedFeature {
  index: number
  first: number
  second: number
  /** `first − second` */
  difference: number
}

/** What is known of the features of each side, and the highest density that stays. */
export interface BeyondTwo {
  first: Beyond
  second: Beyond
}

export interface Comparison {
  /** Active in the first text alone, in the second alone, in both; the largest differences first, ties by index. */
  first: ComparedFeature[]
  second: ComparedFeature[]
  both: ComparedFeature[]
}

/**
 * Every feature that is active in either text, by its highest activation, its sum or its tokens there; what `beyond`
 * says is too dense is in no list.
 */
export function compareFeatures(
  a: FeatureColumns,
  b: FeatureColumns,
  measure: Measure,
  beyond?: BeyondTwo,
): Comparison {
  const figures = (columns: FeatureColumns, known?: Beyond): Map<number, number> => {
    const ranked = rankFeatures(columns, measure, undefined, known)
    return new Map(ranked.map((feature) => [feature.index, feature[measure]]))
  }
  const [inFirst, inSecond] = [figures(a, beyond?.first), figures(b, beyond?.second)]
  const found: Comparison = { first: [], second: [], both: [] }
  for (const index of new Set([...inFirst.keys(), ...inSecond.keys()])) {
    const [first, second] = [inFirst.get(index), inSecond.get(index)]
    const list = first === undefined ? found.second : second === undefined ? found.first : found.both
    const feature = { index, first: first ?? 0, second: second ?? 0 }
    list.push({ ...feature, difference: feature.first - feature.second })
  }
  for (const list of Object.values(found)) {
    list.sort((x: ComparedFeature, y: ComparedFeature) => {
      return Math.abs(y.difference) - Math.abs(x.difference) || x.index - y.index
    })
  }
  return found
}
