// Two texts on one source, feature by feature.
import { type FeatureColumns, rankFeatures } from './feature-columns.ts'
import type { Measure } from './listing.ts'

/** A feature's figure in both texts; 0 where it is silent. */
export interface ComparedFeature {
  index: number
  first: number
  second: number
  /** `first − second` */
  difference: number
}

export interface Comparison {
  /** Active in the first text alone, in the second alone, in both; the largest differences first, ties by index. */
  first: ComparedFeature[]
  second: ComparedFeature[]
  both: ComparedFeature[]
}

/** Every feature that is active in either text, by its highest activation, its sum or its tokens there. */
export function compareFeatures(a: FeatureColumns, b: FeatureColumns, measure: Measure): Comparison {
  const figures = (columns: FeatureColumns): Map<number, number> =>
    new Map(rankFeatures(columns, measure).map((feature) => [feature.index, feature[measure]]))
  const [inFirst, inSecond] = [figures(a), figures(b)]
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
