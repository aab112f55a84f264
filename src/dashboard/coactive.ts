// Features that fire on the same tokens: how much two have in common, and how far beyond chance.
import type { FeatureStatistics } from '../activation-index/types.ts'

export interface Coactive {
  feature: number
  /** Tokens both fire on. */
  both: number
  /** both / (a + b − both): 1 where they always fire together. */
  jaccard: number
  /** both · N / (a · b): how many times oftener together than if each fired without regard to the other. */
  lift: number
}

export interface CoactiveInput {
  statistics: Pick<FeatureStatistics, 'coactiveCount' | 'coactive' | 'coactiveBoth'>
  /** [partners] firings of each partner among the tokens counted over */
  coactiveCounts: readonly number[]
  /** N: tokens counted over */
  coactiveTokens: number
}

export type CoactiveOrder = 'jaccard' | 'lift'

/** A feature's partners, the highest of `order` first, ties by index; empty where none were counted. */
export function coactiveFeatures(
  { statistics: { coactiveCount, coactive, coactiveBoth }, coactiveCounts, coactiveTokens }: CoactiveInput,
  order: CoactiveOrder,
): Coactive[] {
  const partners = coactive.map((feature, at) => {
    const both = coactiveBoth[at]
    const other = coactiveCounts[at]
    return {
      ...{ feature, both },
      jaccard: both / (coactiveCount + other - both),
      lift: (both * coactiveTokens) / (coactiveCount * other),
    }
  })
  return partners.sort((a, b) => b[order] - a[order] || a.feature - b.feature)
}
