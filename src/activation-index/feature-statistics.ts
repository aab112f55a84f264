// One feature over a whole corpus: computed from all of its postings, the strongest first.
import { distributionOf } from '../lib/distribution.ts'
import type { CorpusTokens } from './corpus.ts'
import { INTERVALS } from './manifest.ts'
import { strongest } from './strongest.ts'
import type { FeatureStatistics, Postings } from './types.ts'

/** Tokens that are named of those a feature fires on. */
const TOKENS_NAMED = 8

type OwnStatistics = Omit<
  FeatureStatistics,
  'coactiveCount' | 'coactive' | 'coactiveBoth' | 'promoted' | 'logitSkew' | 'file' | 'row' | 'stored'
>

/** `postings` are all of feature `feature`, by strength; `kinds` is the number of kinds of documents. */
export function featureStatistics(
  feature: number,
  postings: Postings,
  corpus: CorpusTokens,
  kinds: number,
): OwnStatistics {
  const { value, document, position } = postings
  const count = value.length
  const max = count > 0 ? value[0] : 0
  const byKind = new Array<number>(kinds).fill(0)
  const tokens = new Map<number, number>()
  const next = new Map<number, number>()
  const documents = new Set<number>()
  let [sum, sumSquares] = [0, 0]
  for (let row = 0; row < count; row += 1) {
    sum += value[row]
    sumSquares += value[row] * value[row]
    documents.add(document[row])
    byKind[corpus.kind(document[row])] += 1
    increment(tokens, corpus.id(document[row], position[row]))
    const following = corpus.next(document[row], position[row])
    if (following !== undefined) increment(next, following)
  }
  const most = mostFrequent(tokens)
  const mostNext = mostFrequent(next)
  return {
    ...{ feature, count, documents: documents.size },
    ...{ min: count > 0 ? value[count - 1] : 0, max, sum, sumSquares },
    ...{ p50: percentile(value, 0.5), p90: percentile(value, 0.9), p99: percentile(value, 0.99) },
    histogram: distributionOf(Float64Array.from(value))?.counts ?? [],
    intervals: intervalCounts(value, max),
    tokens: most.map(([id]) => id),
    tokenCounts: most.map(([, times]) => times),
    next: mostNext.map(([id]) => id),
    nextCounts: mostNext.map(([, times]) => times),
    kinds: byKind,
  }
}

/** Interval of [0, max] that a value is in, 0 the lowest; an upper edge belongs to its interval. */
export function intervalOf(value: number, max: number): number {
  return Math.min(INTERVALS - 1, Math.max(0, Math.ceil((value * INTERVALS) / max) - 1))
}

function intervalCounts(values: Float32Array, max: number): number[] {
  const counts = new Array<number>(INTERVALS).fill(0)
  for (const value of values) counts[intervalOf(value, max)] += 1
  return counts
}

/** Nearest rank: the lowest value that at least this share of all does not exceed. `descending` from the highest. */
function percentile(descending: Float32Array, share: number): number {
  const count = descending.length
  return count === 0 ? 0 : descending[count - Math.max(1, Math.ceil(share * count))]
}

function increment(counts: Map<number, number>, id: number): void {
  counts.set(id, (counts.get(id) ?? 0) + 1)
}

/** Most frequent first, ties by id. */
function mostFrequent(counts: ReadonlyMap<number, number>): [number, number][] {
  const ids = Array.from(counts.keys())
  const most = strongest(ids, TOKENS_NAMED, (id) => counts.get(id) ?? 0)
  return most.map((id) => [id, counts.get(id) ?? 0])
}
