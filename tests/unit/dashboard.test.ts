// What a feature page draws from an index: which examples, which words for an unlabelled feature, which partners.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CANDIDATES, chosenDocuments } from '../../src/activation-index/draw.ts'
import { coactiveFeatures } from '../../src/dashboard/coactive.ts'
import {
  type ExampleGroup,
  exampleGroups,
  type FeatureDocument,
  textOf,
  windowOf,
} from '../../src/dashboard/examples.ts'
import { activationHistogram, featureFigures, kindFigures } from '../../src/dashboard/figures.ts'
import { summaryOf } from '../../src/dashboard/summary.ts'
import { distributionOf } from '../../src/lib/distribution.ts'
import { seededRandom } from '../support/random.ts'

/** Documents over few ids, so that some are the same; values in eighths, exact in float32. */
const documentsArbitrary = fc
  .array(
    fc.array(
      fc.record({
        id: fc.integer({ min: 10, max: 12 }),
        value: fc.oneof(
          { weight: 2, arbitrary: fc.constant(0) },
          { weight: 1, arbitrary: fc.integer({ min: 1, max: 64 }).map((n) => n / 8) },
        ),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    { maxLength: 40 },
  )
  .map((rows): FeatureDocument[] =>
    rows.map((tokens, document) => ({
      ...{ document, kind: 'speeches', title: `document ${document}` },
      ids: [2, ...tokens.map(({ id }) => id)],
      spans: [],
      values: Float32Array.from([0, ...tokens.map(({ value }) => value)]),
    })),
  )

function inputOf(documents: readonly FeatureDocument[], feature = 7) {
  const values = documents.flatMap((one) => [...one.values]).filter((value) => value > 0)
  const max = Math.max(0, ...values)
  const intervals = [0, 1, 2, 3, 4].map(
    (at) => values.filter((value) => value > (max * at) / 5 && value <= (max * (at + 1)) / 5).length,
  )
  return { statistics: { feature, max, intervals }, countedTokens: 1000, documents }
}

const drawn = (groups: readonly ExampleGroup[]): unknown =>
  groups.map(({ kind, examples }) => [kind, ...examples.map((one) => [one.document.document, one.position])])

describe('examples', () => {
  test('are firings, no document twice in a group, no two with the same tokens, by value', () => {
    fc.assert(
      fc.property(documentsArbitrary, (documents) => {
        for (const { examples } of exampleGroups(inputOf(documents))) {
          const tokens = examples.map(({ document }) => document.ids.join())
          expect(new Set(tokens).size).toBe(tokens.length)
          for (const { document, position, value, copies } of examples) {
            expect(value).toBeGreaterThan(0)
            expect(document.values[position]).toBe(value)
            expect(copies).toBe(documents.filter(({ ids }) => ids.join() === document.ids.join()).length)
          }
          expect(examples.map(({ value }) => value)).toEqual(
            examples.map(({ value }) => value).sort((a, b) => b - a),
          )
        }
      }),
    )
  })

  test('of an interval lie in it, as many as five documents allow; the top ones are unsurpassed', () => {
    fc.assert(
      fc.property(documentsArbitrary, (documents) => {
        const unique = documents.filter(
          (one, at) => documents.findIndex(({ ids }) => ids.join() === one.ids.join()) === at,
        )
        for (const group of exampleGroups(inputOf(documents))) {
          if (group.kind === 'top') {
            const peaks = unique.map(({ values }) => Math.max(...values)).filter((peak) => peak > 0)
            expect(group.examples.map(({ value }) => value)).toEqual(peaks.sort((a, b) => b - a).slice(0, 20))
          }
          if (group.kind !== 'interval') continue
          const inside = (value: number): boolean => value > group.from && value <= group.to
          expect(group.examples.every(({ value }) => inside(value))).toBe(true)
          const able = unique.filter(({ values }) => values.some(inside)).length
          expect(group.examples).toHaveLength(Math.min(5, able))
        }
      }),
    )
  })

  test('are the same whatever order the documents come in, and others for another feature', () => {
    fc.assert(
      fc.property(documentsArbitrary, (documents) => {
        expect(drawn(exampleGroups(inputOf(documents.toReversed())))).toEqual(
          drawn(exampleGroups(inputOf(documents))),
        )
      }),
    )
    const many = Array.from({ length: 200 }, (_, document) => ({
      ...{ document, kind: 'novel', title: '', spans: [] },
      ...{ ids: [2, document + 10], values: Float32Array.of(0, 1) },
    }))
    const of = (feature: number) => drawn(exampleGroups(inputOf(many, feature)).slice(-1))
    expect(of(7)).not.toEqual(of(8))
  })

  test('of a feature’s chosen documents are those of all its documents, copies counted', () => {
    // Many more documents than are chosen, some of them twice to five times.
    const random = seededRandom(11)
    const originals = Array.from({ length: 900 }, (_, number) => ({
      ids: [2, number + 10, 5, 6],
      values: Float32Array.from([0, 1, 2, 3], (at) =>
        at > 0 && random() < 0.7 ? 1 + Math.floor(random() * 64) / 8 : 0,
      ),
    }))
    const times = originals.flatMap((one) =>
      Array<typeof one>(random() < 0.2 ? 2 + Math.floor(random() * 4) : 1).fill(one),
    )
    const documents: FeatureDocument[] = times
      .map((one) => ({ one, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ one }, document) => ({ ...one, document, kind: 'novel', title: '', spans: [] }))
    const rows = documents
      .flatMap(({ document, values }) =>
        [...values].map((value, position) => ({ document, position, value })),
      )
      .filter(({ value }) => value > 0)
      .sort((a, b) => b.value - a.value || a.document - b.document || a.position - b.position)
    const postings = {
      feature: Int32Array.from(rows, () => 7),
      document: Int32Array.from(rows, ({ document }) => document),
      position: Int32Array.from(rows, ({ position }) => position),
      value: Float32Array.from(rows, ({ value }) => value),
    }
    const input = inputOf(documents)
    const chosen = chosenDocuments(postings, input.statistics, CANDIDATES)
    expect(chosen.size).toBeLessThan(documents.length / 2)
    const few = documents.filter(({ document }) => chosen.has(document))
    const groups = exampleGroups({ ...input, documents: few })
    expect(groups).toEqual(exampleGroups(input))
    expect(groups.some(({ examples }) => examples.some(({ copies }) => copies > 1))).toBe(true)
  })

  test('are drawn evenly: each of 40 equal firings comes up about as often over many features', () => {
    const documents = Array.from({ length: 40 }, (_, document) => ({
      ...{ document, kind: 'novel', title: '', spans: [] },
      ...{ ids: [2, document + 10], values: Float32Array.of(0, 1) },
    }))
    const times = new Array<number>(40).fill(0)
    for (let feature = 0; feature < 400; feature += 1) {
      for (const { document } of exampleGroups(inputOf(documents, feature)).at(-1)?.examples ?? []) {
        times[document.document] += 1
      }
    }
    // 10 of 40 in 400 draws: 100 expected, standard deviation √(400 · 1/4 · 3/4) = 8.7.
    expect(Math.min(...times)).toBeGreaterThan(100 - 5 * 8.7)
    expect(Math.max(...times)).toBeLessThan(100 + 5 * 8.7)
  })

  test('of which only a part is stored keep the counts of the whole', () => {
    const [document] = [{ document: 3, kind: 'novel', title: '', ids: [2, 5], spans: [] }]
    const groups = exampleGroups({
      statistics: { feature: 1, max: 10, intervals: [400, 0, 0, 7, 1] },
      countedTokens: 1000,
      documents: [{ ...document, values: Float32Array.of(0, 10) }],
    })
    expect(groups.map(({ kind, examples }) => [kind, examples.length])).toEqual([
      ['top', 1],
      ['interval', 1],
      ['interval', 0],
      ['interval', 0],
    ])
    expect(groups[3]).toMatchObject({ from: 0, to: 2, count: 400, share: 0.4 })
  })
})

describe('a window', () => {
  const spans = [
    { first: 0, count: 1, text: '<bos>', special: true },
    { first: 1, count: 1, text: 'a', special: false },
    { first: 2, count: 3, text: '🐋', special: false },
    { first: 5, count: 1, text: ' b', special: false },
    { first: 6, count: 1, text: '\n', special: false },
  ]

  test('holds as many pieces on either side as there are, and never <bos>', () => {
    expect(windowOf(spans, 3, 1)).toEqual({ from: 1, to: 4, centre: 2 })
    expect(windowOf(spans, 1, 16)).toEqual({ from: 1, to: 5, centre: 1 })
    expect(windowOf(spans, 6, 2)).toEqual({ from: 2, to: 5, centre: 4 })
  })

  test('is everything when no width is given', () => {
    expect(windowOf(spans, 3, undefined)).toEqual({ from: 0, to: 5, centre: 2 })
  })

  test('has the text that would give its tokens', () => {
    expect(textOf(spans)).toBe('a🐋 b\n')
  })
})

describe('figures', () => {
  test('call a feature dead or very dense by its density alone', () => {
    const of = (count: number) => featureFigures({ count, sum: count, sumSquares: count }, 1000).verdict
    expect([of(0), of(1), of(100), of(101)]).toEqual(['dead', undefined, undefined, 'dense'])
  })

  test('have no deviation where all activations are equal, whatever rounding does', () => {
    const value = Math.fround(0.1)
    const count = 3
    const { mean, sd } = featureFigures(
      { count, sum: value + value + value, sumSquares: 3 * value * value },
      1000,
    )
    expect(mean).toBeCloseTo(value, 12)
    expect(sd).toBeLessThan(1e-8)
  })

  test('put the histogram over the edges that its counts were made with', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.integer({ min: 1, max: 9 }).map((n) => n / 4),
          { maxLength: 30 },
        ),
        (values) => {
          const whole = distributionOf(Float64Array.from(values))
          const [min, max] = values.length > 0 ? [Math.min(...values), Math.max(...values)] : [0, 0]
          const drawnOver = activationHistogram({ min, max, histogram: whole?.counts ?? [] })
          expect(drawnOver).toEqual(whole && { edges: whole.edges, counts: whole.counts })
        },
      ),
    )
  })

  test('name the kind that lifts a feature most first, and leave out kinds without tokens', () => {
    const names = [
      { name: 'novel', tokens: 800 },
      { name: 'speeches', tokens: 200 },
      { name: 'code', tokens: 0 },
    ]
    expect(kindFigures({ count: 40, kinds: [8, 32, 0] }, names)).toEqual([
      { name: 'speeches', firings: 32, tokens: 200, density: 0.16, lift: 4 },
      { name: 'novel', firings: 8, tokens: 800, density: 0.01, lift: 0.25 },
    ])
  })
})

describe('co-active features', () => {
  test('have the Jaccard index and lift of the sets of tokens they fire on', () => {
    const subset = fc.uniqueArray(fc.nat(59), { minLength: 1 })
    fc.assert(
      fc.property(subset, subset, (a, b) => {
        const both = a.filter((token) => b.includes(token)).length
        const [partner] = coactiveFeatures(
          {
            statistics: { coactiveCount: a.length, coactive: [9], coactiveBoth: [both] },
            ...{ coactiveCounts: [b.length], coactiveTokens: 60 },
          },
          'jaccard',
        )
        expect(partner.jaccard).toBeCloseTo(both / new Set([...a, ...b]).size, 12)
        expect(partner.lift).toBeCloseTo(both / 60 / ((a.length / 60) * (b.length / 60)), 12)
      }),
    )
  })

  test('are ordered by what is asked', () => {
    const input = {
      statistics: { coactiveCount: 100, coactive: [1, 2], coactiveBoth: [50, 9] },
      ...{ coactiveCounts: [400, 10], coactiveTokens: 10_000 },
    }
    expect(coactiveFeatures(input, 'jaccard').map(({ feature }) => feature)).toEqual([1, 2])
    expect(coactiveFeatures(input, 'lift').map(({ feature }) => feature)).toEqual([2, 1])
  })
})

describe('a computed summary', () => {
  const PIECES = new Map([
    [1, '▁the'],
    [2, '▁The'],
    [3, '▁a'],
    [4, '▁first'],
    [5, '▁nation'],
    [6, '\n'],
  ])
  const CORPUS = {
    countedTokens: 100_000,
    kinds: [
      { name: 'speeches', tokens: 10_000 },
      { name: 'novels', tokens: 90_000 },
    ],
  }
  const QUIET = {
    ...{ count: 100, sum: 100, sumSquares: 100, tokens: [1, 2], tokenCounts: [50, 12] },
    ...{ next: [4], nextCounts: [40], kinds: [80, 20], promoted: [5] },
  }
  const say = (change: Partial<typeof QUIET>): string => summaryOf({ ...QUIET, ...change }, PIECES, CORPUS)

  test('says what it fires on and how pure that is, before what, in which kind, and what it promotes', () => {
    expect(say({})).toBe('fires on “ the” (62%), before “ first”; 8.0× in speeches; promotes “ nation”')
  })

  test('names several tokens together, or only the most frequent of many', () => {
    expect(say({ tokens: [1, 3, 6], tokenCounts: [20, 15, 5] })).toMatch(
      /^fires on “ the”, “ a”, “↵” \(40% together\)/,
    )
    expect(say({ tokens: [1, 3], tokenCounts: [9, 8] })).toMatch(/^fires on many tokens, “ the” most \(9%\)/)
  })

  test('leaves out what does not stand out', () => {
    expect(say({ nextCounts: [24], kinds: [10, 90], promoted: [] })).toBe('fires on “ the” (62%)')
    expect(say({ count: 19, tokenCounts: [19, 0], kinds: [19, 0] })).not.toMatch('speeches')
  })

  test('tells a few firings by their number, as shares of them mean nothing', () => {
    expect(say({ count: 3, tokens: [1, 6], tokenCounts: [2, 1], promoted: [] })).toBe(
      'fires on 3 tokens only: “ the”, “↵”',
    )
  })

  test('says plainly when a feature is dead or fires nearly everywhere', () => {
    expect(say({ count: 0 })).toBe('fires on none of 100,000 tokens')
    expect(say({ count: 40_000, tokenCounts: [3000, 10], kinds: [4000, 36_000], nextCounts: [0] })).toBe(
      'very dense (40% of tokens): fires on many tokens, “ the” most (7.5%); promotes “ nation”',
    )
  })

  test('shows ids of pieces that are not known, rather than nothing', () => {
    expect(say({ tokens: [99], tokenCounts: [90] })).toMatch(/^fires on “99” \(90%\)/)
  })
})
