// What an index says of every feature in words: summaries and the tokens that a search finds them by.
import type { ActivationIndex } from '../activation-index/reader.ts'
import { summaryOf } from '../dashboard/summary.ts'
import { corpusOf } from './index-rows.ts'

interface FeatureTextsOf {
  summary(feature: number): string
  /** Pieces it fires on most, and those it promotes. */
  named(feature: number): string[]
}

/** Reads the columns that words are made of; they are held as long as the result is. */
export async function featureTexts(index: ActivationIndex): Promise<FeatureTextsOf> {
  const corpus = corpusOf(index.manifest)
  const [all, pieces] = await Promise.all([
    index.columns([
      ...(['count', 'sum', 'sumSquares', 'tokens', 'tokenCounts'] as const),
      ...(['next', 'nextCounts', 'kinds', 'promoted'] as const),
    ]),
    index.pieces(),
  ])
  return {
    summary: (feature) => {
      const own = {
        ...{ count: all.count[feature], sum: all.sum[feature], sumSquares: all.sumSquares[feature] },
        ...{ tokens: all.tokens[feature], tokenCounts: all.tokenCounts[feature] },
        ...{ next: all.next[feature], nextCounts: all.nextCounts[feature] },
        ...{ kinds: all.kinds[feature], promoted: all.promoted[feature] },
      }
      return summaryOf(own, pieces, corpus)
    },
    named: (feature) => [...all.tokens[feature], ...all.promoted[feature]].map((id) => pieces.get(id) ?? ''),
  }
}
