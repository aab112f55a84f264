// What a feature page shows of an index, against a straightforward computation by numpy on the same corpus.
import * as v from 'valibot'
import { beforeAll, describe, expect, test } from 'vitest'
import { ActivationIndex } from '../../src/activation-index/reader.ts'
import { coactiveFeatures } from '../../src/dashboard/coactive.ts'
import { type ExampleGroup, exampleGroups } from '../../src/dashboard/examples.ts'
import { activationHistogram, featureFigures, kindFigures } from '../../src/dashboard/figures.ts'
import { buildCase, corpusCase } from '../support/index-cases.ts'
import { findPython, runPython } from '../support/python.ts'

/** Reads the corpus as dense values; knows nothing of postings, intervals by counting, or of partial sorts. */
const COMPUTE = `
import json, sys
import numpy as np
corpus = json.load(sys.stdin)
docs, d_sae, kinds = corpus['documents'], corpus['dSae'], corpus['kinds']
counted = sum(len(d['tokens']) - 1 for d in docs)
acts = np.array([row for d in docs for row in d['values'][1:]], dtype=np.float32)
kind_of = np.array([d['kind'] for d in docs for _ in d['tokens'][1:]])

def ticket(seed, feature, document):
    mask = 0xffffffff
    h = seed & mask
    for part in (feature, document):
        h = ((h ^ part) * 0x9e3779b1) & mask
        h = ((h ^ (h >> 16)) * 0x85ebca6b) & mask
        h = ((h ^ (h >> 13)) * 0xc2b2ae35) & mask
        h ^= h >> 16
    return h

unique = {}
for number, d in enumerate(docs):
    unique.setdefault(tuple(d['tokens']), []).append(number)

def draw(feature, seed, wanted, count):
    firings = [(ticket(seed ^ at, feature, numbers[0]), numbers[0], at)
               for numbers in unique.values() for at in range(1, len(docs[numbers[0]]['tokens']))
               if wanted(np.float32(docs[numbers[0]]['values'][at][feature]))]
    chosen = []
    for _, number, at in sorted(firings):
        if number not in [n for n, _ in chosen] and len(chosen) < count:
            chosen.append((number, at))
    return listed(feature, chosen)

def listed(feature, chosen):
    rows = [[n, at, float(np.float32(docs[n]['values'][at][feature])), len(unique[tuple(docs[n]['tokens'])])]
            for n, at in chosen]
    return sorted(rows, key=lambda row: (-row[2], row[0]))

out = []
for f in range(d_sae):
    column = acts[:, f].astype(np.float64)
    on = column[column > 0]
    top = float(on.max()) if len(on) else 0.0
    peaks = []
    for numbers in unique.values():
        own = np.array([row[f] for row in docs[numbers[0]]['values']], dtype=np.float32)
        own[0] = 0
        if own.max() > 0: peaks.append((numbers[0], int(own.argmax())))
    intervals = []
    for i in (4, 3, 2, 1, 0):
        inside = (lambda x: x > 0 and top * i / 5 < x <= top * (i + 1) / 5)
        count = int(sum(inside(x) for x in on))
        if count: intervals.append({'from': top * i / 5, 'to': top * (i + 1) / 5, 'count': count,
                                    'share': count / counted, 'examples': draw(f, 20260901 + 1 + i, inside, 5)})
    heights, edges = np.histogram(on, 50) if len(on) and on.min() < on.max() else ([], [])
    together = []
    for g in range(d_sae):
        both = int(((acts[:, f] > 0) & (acts[:, g] > 0)).sum())
        a, b = int((acts[:, f] > 0).sum()), int((acts[:, g] > 0).sum())
        if g != f and both >= 5: together.append([g, both, both / (a + b - both), both / counted / ((a / counted) * (b / counted))])
    out.append({
        'density': len(on) / counted,
        'mean': float(on.mean()) if len(on) else None, 'sd': float(on.std()) if len(on) else None,
        'percentiles': [float(np.percentile(on, p, method='inverted_cdf')) for p in (50, 90, 99)] if len(on) else [0, 0, 0],
        'heights': [int(h) for h in heights], 'edges': [float(e) for e in edges],
        'top': listed(f, peaks)[:20], 'intervals': intervals,
        'random': draw(f, 20260901, lambda x: x > 0, 10) if len(peaks) > 20 else [],
        'coactive': sorted(together, key=lambda row: (-row[2], row[0])),
        'kinds': [[int((column[kind_of == k] > 0).sum()), float((column[kind_of == k] > 0).mean())] for k in range(len(kinds))],
    })
print(json.dumps(out))
`

const Listed = v.array(v.tuple([v.number(), v.number(), v.number(), v.number()]))
const Computed = v.array(
  v.object({
    density: v.number(),
    mean: v.nullable(v.number()),
    sd: v.nullable(v.number()),
    percentiles: v.array(v.number()),
    heights: v.array(v.number()),
    edges: v.array(v.number()),
    top: Listed,
    intervals: v.array(
      v.object({
        from: v.number(),
        to: v.number(),
        count: v.number(),
        share: v.number(),
        examples: Listed,
      }),
    ),
    random: Listed,
    coactive: v.array(v.tuple([v.number(), v.number(), v.number(), v.number()])),
    kinds: v.array(v.tuple([v.number(), v.number()])),
  }),
)

const CORPUS = corpusCase(77, 60)
// Documents that occur more than once, so that there is something to collapse.
CORPUS.documents.push(...CORPUS.documents.slice(3, 9), CORPUS.documents[4])

let index: ActivationIndex
let computed: v.InferOutput<typeof Computed>

beforeAll(async () => {
  findPython()
  const documents = CORPUS.documents.map(({ document: { kind, tokens }, features }) => ({
    ...{ kind, tokens },
    values: tokens.map((_, row) => {
      const dense = new Array<number>(CORPUS.dSae).fill(0)
      for (let at = features.rowPtr[row]; at < features.rowPtr[row + 1]; at += 1) {
        dense[features.indices[at]] = features.values[at]
      }
      return dense
    }),
  }))
  const input = JSON.stringify({ documents, dSae: CORPUS.dSae, kinds: CORPUS.kinds })
  computed = v.parse(Computed, JSON.parse(runPython(COMPUTE, [], new TextEncoder().encode(input))))
  const opened = await ActivationIndex.open(await buildCase(CORPUS))
  if (!opened) throw new Error('no index was built')
  index = opened
}, 300_000)

const features = Array.from({ length: CORPUS.dSae }, (_, feature) => feature)

async function read(feature: number) {
  const [statistics] = await index.statistics(feature, feature + 1)
  const documents = await index.documents(await index.postings(statistics))
  return {
    statistics,
    documents: documents.map(({ document, kind, title, tokens, values }) => ({
      ...{ document, title, values, ids: tokens, spans: [] },
      kind: index.manifest.corpus.kinds[kind].name,
    })),
    countedTokens: index.manifest.countedTokens,
  }
}

const rowsOf = ({ examples }: ExampleGroup): number[][] =>
  examples.map(({ document, position, value, copies }) => [document.document, position, value, copies])

describe('a feature of an index, as numpy has it', () => {
  test.for(features)('density, mean, deviation, percentiles and histogram of feature %i', async (feature) => {
    const { statistics, countedTokens } = await read(feature)
    const { density, mean, sd, heights, edges, percentiles } = computed[feature]
    const figures = featureFigures(statistics, countedTokens)
    expect(figures.density).toBe(density)
    expect(figures.verdict).toBe(density === 0 ? 'dead' : density > 0.1 ? 'dense' : undefined)
    if (mean !== null && sd !== null) {
      expect(figures.mean).toBeCloseTo(mean, 10)
      expect(figures.sd).toBeCloseTo(sd, 10)
    }
    expect([statistics.p50, statistics.p90, statistics.p99]).toEqual(percentiles)
    const histogram = activationHistogram(statistics)
    expect(histogram?.counts ?? []).toEqual(heights)
    edges.forEach((edge, at) => {
      expect(histogram?.edges[at]).toBeCloseTo(edge, 12)
    })
  })

  test.for(features)(
    'examples of feature %i: which, in which order, how many of each interval',
    async (feature) => {
      const groups = exampleGroups(await read(feature))
      const { top, intervals, random } = computed[feature]
      if (top.length === 0) return expect(groups).toEqual([])
      const [first, ...rest] = groups
      const last = random.length > 0 ? rest.pop() : undefined
      expect([first.kind, rowsOf(first)]).toEqual(['top', top])
      if (last) expect([last.kind, rowsOf(last)]).toEqual(['random', random])
      expect(rest).toHaveLength(intervals.length)
      rest.forEach((group, at) => {
        const { from, to, count, share, examples } = intervals[at]
        expect(group).toMatchObject({ kind: 'interval', count, share })
        if (group.kind === 'interval') {
          expect(group.from).toBeCloseTo(from, 12)
          expect(group.to).toBeCloseTo(to, 12)
        }
        expect(rowsOf(group)).toEqual(examples)
      })
    },
  )

  test.for(features)(
    'what fires with feature %i, and in which kinds of documents it fires',
    async (feature) => {
      const { statistics } = await read(feature)
      const { coactive, kinds } = computed[feature]
      const counts = await index.coactiveCounts()
      const partners = coactiveFeatures(
        {
          ...{ statistics, coactiveTokens: index.manifest.coactiveTokens },
          coactiveCounts: statistics.coactive.map((other) => counts[other]),
        },
        'jaccard',
      )
      expect(partners.map((one) => [one.feature, one.both])).toEqual(
        coactive.map(([other, both]) => [other, both]),
      )
      partners.forEach(({ jaccard, lift }, at) => {
        expect(jaccard).toBeCloseTo(coactive[at][2], 12)
        expect(lift).toBeCloseTo(coactive[at][3], 10)
      })
      const figures = kindFigures(statistics, index.manifest.corpus.kinds)
      for (const { name, firings, density } of figures) {
        const [wantedFirings, wantedDensity] = kinds[CORPUS.kinds.indexOf(name)]
        expect(firings).toBe(wantedFirings)
        expect(density).toBeCloseTo(wantedDensity, 12)
      }
      expect(figures).toHaveLength(kinds.length)
    },
  )
})
