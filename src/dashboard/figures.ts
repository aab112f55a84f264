// What the counts of an index say of one feature: how often, how strongly, in which kind of document.
import type { FeatureStatistics } from '../activation-index/types.ts'
import { binEdges } from '../lib/distribution.ts'

/** Share of tokens from which on a feature is called very dense. */
const DENSE = 0.1

export interface FeatureFigures {
  /** Share of counted tokens it fires on. */
  density: number
  /** Of its activations; population formula. NaN for a dead feature. */
  mean: number
  sd: number
  verdict: 'dead' | 'dense' | undefined
}

type Counts = Pick<FeatureStatistics, 'count' | 'sum' | 'sumSquares'>

export function featureFigures({ count, sum, sumSquares }: Counts, countedTokens: number): FeatureFigures {
  const density = countedTokens > 0 ? count / countedTokens : 0
  const mean = sum / count
  // Rounding may leave a little less than nothing where all are equal.
  const sd = Math.sqrt(Math.max(0, sumSquares / count - mean * mean))
  return { density, mean, sd, verdict: count === 0 ? 'dead' : density > DENSE ? 'dense' : undefined }
}

/** Its activations over equal bins of [min, max], as a chart takes them; undefined for a dead feature. */
export function activationHistogram({
  min,
  max,
  histogram,
}: Pick<FeatureStatistics, 'min' | 'max' | 'histogram'>): { edges: number[]; counts: number[] } | undefined {
  if (histogram.length === 0) return undefined
  // A single bin stands for values too close for several: its edges are laid around them.
  const bins = histogram.length > 1 ? histogram.length : undefined
  return { edges: binEdges(min, max, bins), counts: histogram }
}

export interface KindFigures {
  name: string
  /** Tokens of this kind it fires on, of so many. */
  firings: number
  tokens: number
  density: number
  /** Density in this kind over that in the whole corpus: 1 where the kind makes no difference. */
  lift: number
}

/** Firings by kind of document, the highest lift first; kinds without tokens are left out. */
export function kindFigures(
  { count, kinds }: Pick<FeatureStatistics, 'count' | 'kinds'>,
  names: readonly { name: string; tokens: number }[],
): KindFigures[] {
  const all = names.reduce((sum, { tokens }) => sum + tokens, 0)
  const figures = names.flatMap(({ name, tokens }, at) => {
    if (tokens === 0) return []
    const firings = kinds[at] ?? 0
    const density = firings / tokens
    return [{ name, firings, tokens, density, lift: count > 0 ? (density * all) / count : 0 }]
  })
  return figures.sort((a, b) => b.lift - a.lift || b.tokens - a.tokens)
}
