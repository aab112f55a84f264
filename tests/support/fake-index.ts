// What the fake engine tells of an activation index.
import { FeatureList } from '../../src/activation-index/browse.ts'
import type { BrowseRow, IndexedFeature, IndexInfo } from '../../src/engine/protocol.ts'

/** Tokens of the fake index, `<bos>` left out. */
const COUNTED = 100_000

export function fakeIndex(source: string, dSae: number): IndexInfo {
  return {
    origin: 'stored',
    manifest: {
      ...{ format: 'featurescope-index', version: 1, model: 'fake-mini', source, dSae },
      ...{ hook: 'blocks.3.hook_resid_post', precision: 'float32', code: 'featurescope test' },
      corpus: { name: 'fake texts', kinds: [{ name: 'speeches', tokens: COUNTED }] },
      ...{ documents: 788, tokens: COUNTED + 788, countedTokens: COUNTED, documentTokens: 128 },
      bos: 'first-of-every-document-not-counted',
      ...{ firings: 1000, postings: 1000, coactiveTokens: COUNTED, logits: true, postingsFiles: 1 },
      created: '2026-11-28T00:00:00.000Z',
    },
  }
}

/** Feature f fires on f tokens with a highest activation of f / 10; those that end in 0 are dead. */
export function fakeList(dSae: number, labels: ReadonlyMap<number, { description: string }>): FeatureList {
  const count = Int32Array.from({ length: dSae }, (_, f) => (f % 10 === 0 ? 0 : f))
  return new FeatureList(
    {
      count,
      max: Float32Array.from(count, (_, f) => f / 10),
      sum: Float64Array.from(count, (times, f) => (times * f) / 20),
      skew: Float32Array.from(count, (_, f) => (f % 7) - 1),
    },
    dSae,
    COUNTED,
    (feature) => ({ label: labels.get(feature)?.description, others: [`fires on “ word${feature}”`] }),
  )
}

export function fakeRow(list: FeatureList, feature: number): BrowseRow {
  return {
    ...{ feature, label: undefined, summary: `fires on “ word${feature}”`, promoted: ['▁the'] },
    ...{ density: list.value('density', feature), max: list.value('max', feature) },
    ...{ mean: list.value('mean', feature), skew: list.value('skew', feature) },
    histogram: feature % 10 === 0 ? [] : [9, 5, 3, 2, 1],
  }
}

/** A feature that fires on the third token of two documents. */
export function fakeIndexedFeature(feature: number): IndexedFeature {
  const document = (number: number, value: number) => {
    const tokens = ['<bos>', '▁the', '▁time', '▁machine']
    return {
      ...{
        document: number,
        kind: 'speeches',
        title: `Speech ${number}`,
        ids: [2, 10, 11, 12 + number],
        tokens,
      },
      spans: tokens.map((token, first) => ({
        ...{ first, count: 1, special: first === 0 },
        text: token.replace('▁', ' '),
      })),
      values: Float32Array.from([0, 0, value, 0]),
    }
  }
  return {
    statistics: {
      ...{ feature, count: 2, documents: 2, min: 2, max: 8, sum: 10, sumSquares: 68 },
      ...{ p50: 2, p90: 8, p99: 8, histogram: [1, 1], intervals: [0, 1, 0, 0, 1] },
      ...{ tokens: [11], tokenCounts: [2], next: [12, 13], nextCounts: [1, 1], kinds: [2] },
      ...{ coactiveCount: 2, coactive: [7], coactiveBoth: [2], promoted: [10], logitSkew: 1.5 },
      ...{ file: 0, row: 0, stored: 2 },
    },
    countedTokens: COUNTED,
    documents: [document(0, 8), document(1, 2)],
    coactiveCounts: [4],
    pieces: new Map([
      [10, '▁the'],
      [11, '▁time'],
      [12, '▁machine'],
      [13, '▁ago'],
    ]),
  }
}
