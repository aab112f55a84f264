// What an index says of every feature, against numpy on the plain activations it was built from.
import * as v from 'valibot'
import { beforeAll, describe, expect, test } from 'vitest'
import { ActivationIndex } from '../../src/activation-index/reader.ts'
import { buildCase, type CorpusCase, corpusCase, withFineValues } from '../support/index-cases.ts'
import { findPython, runPython } from '../support/python.ts'

/** Knows the corpus as one dense matrix, and nothing of postings or their order. */
const COMPUTE = `
import json, sys
from collections import Counter
import numpy as np
corpus = json.load(sys.stdin)
docs = corpus['documents']
dense = np.zeros((sum(len(d['tokens']) for d in docs), corpus['dSae']), dtype=np.float32)
token, following, kind, document, counted = [], [], [], [], []
for number, d in enumerate(docs):
    for position, row in enumerate(d['rows']):
        for feature, value in row: dense[len(token), feature] = value
        token.append(d['tokens'][position])
        following.append(d['tokens'][position + 1] if position + 1 < len(d['tokens']) else None)
        kind.append(d['kind']); document.append(number); counted.append(position > 0)
token, following, kind, document, counted = map(np.array, (token, following, kind, document, counted))

def most(ids):
    named = sorted(Counter(int(i) for i in ids if i is not None).items(), key=lambda pair: (-pair[1], pair[0]))[:8]
    return [i for i, _ in named], [n for _, n in named]

out = []
for f in range(corpus['dSae']):
    on = counted & (dense[:, f] > 0)
    x = dense[on, f]
    wide = np.sort(x.astype(np.float64))
    rank = lambda p: float(np.percentile(x, p, method='inverted_cdf')) if len(x) else 0.0
    edges = [float(wide[-1]) * k / 5 for k in range(6)] if len(x) else []
    bins = [] if not len(x) else [len(x)] if wide[0] == wide[-1] else np.histogram(wide, 50)[0].tolist()
    tokens, token_counts = most(token[on])
    follow, follow_counts = most(following[on])
    out.append({
        'feature': f, 'count': len(x), 'documents': len(set(document[on].tolist())),
        'min': float(x.min()) if len(x) else 0.0, 'max': float(x.max()) if len(x) else 0.0,
        'sum': float(wide.sum()), 'sumSquares': float((wide * wide).sum()),
        'p50': rank(50), 'p90': rank(90), 'p99': rank(99), 'histogram': bins,
        'intervals': [int(((wide > a) & (wide <= b)).sum()) for a, b in zip(edges, edges[1:])] or [0] * 5,
        'tokens': tokens, 'tokenCounts': token_counts, 'next': follow, 'nextCounts': follow_counts,
        'kinds': [int((kind[on] == k).sum()) for k in range(corpus['kinds'])],
        'postings': sorted([float(value), int(d), int(p)] for value, d, p in zip(
            x, document[on], np.flatnonzero(on) - np.searchsorted(document, document[on]))),
    })
json.dump(out, sys.stdout)
`

const numbers = v.array(v.number())
const Computed = v.array(
  v.looseObject({ sum: v.number(), sumSquares: v.number(), postings: v.array(numbers), count: v.number() }),
)

function inPython({ dSae, kinds, documents }: CorpusCase) {
  const plain = documents.map(({ document: { tokens, kind }, features: { rowPtr, indices, values } }) => ({
    ...{ tokens, kind },
    rows: tokens.map((_, row) =>
      Array.from(indices.subarray(rowPtr[row], rowPtr[row + 1]), (feature, at) => [
        feature,
        values[rowPtr[row] + at],
      ]),
    ),
  }))
  const input = new TextEncoder().encode(JSON.stringify({ dSae, kinds: kinds.length, documents: plain }))
  return v.parse(Computed, JSON.parse(runPython(COMPUTE, [], input)))
}

beforeAll(() => void findPython(), 300_000)

describe.each([
  ['with ties', corpusCase(11, 300, 40)],
  ['without ties', withFineValues(corpusCase(12, 300, 40), 13)],
])('an index of activations %s', (_, corpus) => {
  test('says of every feature what numpy says', async () => {
    const index = await ActivationIndex.open(await buildCase(corpus))
    const all = (await index?.statistics(0, corpus.dSae)) ?? []
    const expected = inPython(corpus)
    expect(all).toHaveLength(expected.length)
    for (const [at, { postings, sum, sumSquares, ...exact }] of expected.entries()) {
      expect(all[at]).toMatchObject(exact)
      // numpy adds in another order.
      expect(Math.abs(all[at].sum - sum)).toBeLessThanOrEqual(1e-12 * sum)
      expect(Math.abs(all[at].sumSquares - sumSquares)).toBeLessThanOrEqual(1e-12 * sumSquares)
      const stored = await index?.postings(all[at])
      const rows = Array.from(stored?.value ?? [], (value, row) => [
        value,
        stored?.document[row],
        stored?.position[row],
      ])
      const strongestFirst = postings.toSorted((a, b) => b[0] - a[0] || a[1] - b[1] || a[2] - b[2])
      expect(rows).toEqual(strongestFirst)
    }
    expect(index?.manifest.firings).toBe(expected.reduce((total, { count }) => total + count, 0))
  })
})
