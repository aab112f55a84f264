// What lists, strips and searches show, computed from a run's sparse rows.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  binnedStrip,
  featureColumns,
  featureValues,
  rankFeatures,
  tokenTotals,
  topOfEach,
} from '../../src/lib/feature-columns.ts'
import { parseFind, searchLabels } from '../../src/lib/find.ts'
import {
  decimalsFor,
  formatBytes,
  formatDensity,
  formatNumber,
  formatShare,
  formatWidth,
} from '../../src/lib/format.ts'
import { heat } from '../../src/lib/heat.ts'
import { spanPositions, spanValues } from '../../src/lib/spans.ts'
import type { SparseRows } from '../../src/lib/sparse-rows.ts'
import { pieceText, shortToken, tokenName, tokenPieces } from '../../src/lib/token-text.ts'

const WIDTH = 12

/** Dense rows, the independent reference: dense[row][feature]. */
function sparseOf(dense: number[][]): SparseRows {
  const indices: number[] = []
  const values: number[] = []
  const rowPtr = [0]
  for (const row of dense) {
    row.forEach((value, index) => {
      if (value > 0) {
        indices.push(index)
        values.push(value)
      }
    })
    rowPtr.push(indices.length)
  }
  return {
    rows: dense.length,
    width: WIDTH,
    rowPtr: Uint32Array.from(rowPtr),
    indices: Uint32Array.from(indices),
    values: Float32Array.from(values),
  }
}

// Eighths are exact in float32, so sums need no tolerance.
const value = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 800 }).map((n) => n / 8) },
)
const denseRows = fc.array(fc.array(value, { minLength: WIDTH, maxLength: WIDTH }), {
  minLength: 1,
  maxLength: 9,
})

describe('feature columns', () => {
  test('equal the dense transpose, whatever rows are left out', () => {
    fc.assert(
      fc.property(denseRows, fc.uniqueArray(fc.nat(8)), (dense, without) => {
        const columns = featureColumns(sparseOf(dense), without)
        for (let feature = 0; feature < WIDTH; feature += 1) {
          const expected = dense.map((row, position) => (without.includes(position) ? 0 : row[feature]))
          expect([...featureValues(columns, feature)]).toEqual(expected)
        }
        const totals = dense.map((row, position) =>
          without.includes(position) ? 0 : row.reduce((a, b) => a + b, 0),
        )
        expect([...tokenTotals(columns)]).toEqual(totals)
      }),
    )
  })

  test('rank by max, sum and count over any tokens, ties by index', () => {
    const everything = fc.constantFrom('max' as const, 'sum' as const, 'count' as const)
    const tokens = fc.option(fc.uniqueArray(fc.nat(8), { minLength: 1 }), { nil: undefined })
    fc.assert(
      fc.property(denseRows, everything, tokens, (dense, ranking, chosen) => {
        const expected = Array.from({ length: WIDTH }, (_, index) => {
          const own = dense
            .filter((_row, position) => !chosen || chosen.includes(position))
            .map((row) => row[index])
          const active = own.filter((v) => v > 0)
          return {
            index,
            max: Math.max(0, ...active),
            sum: active.reduce((a, b) => a + b, 0),
            count: active.length,
          }
        })
          .filter(({ count }) => count > 0)
          .sort((a, b) => b[ranking] - a[ranking] || b.max - a.max || a.index - b.index)
        const ranked = rankFeatures(featureColumns(sparseOf(dense)), ranking, chosen && new Set(chosen))
        expect(ranked.map(({ index, max, sum, count }) => ({ index, max, sum, count }))).toEqual(expected)
      }),
    )
  })

  test('rank by the share of each feature’s own highest activation; those whose highest is not known come last', () => {
    const columns = featureColumns(sparseOf([[8, 4, 2, 1, ...Array<number>(8).fill(0)]]))
    const figures = new Map([
      [0, { density: 0.5, max: 80 }],
      [1, { density: 0.001, max: 5 }],
      [3, { density: 0.001, max: 0.5 }],
    ])
    const ranked = rankFeatures(columns, 'ratio', undefined, { figures })
    expect(ranked.map(({ index, ratio }) => [index, ratio])).toEqual([
      [3, 2],
      [1, 0.8],
      [0, 0.1],
      [2, Number.NaN],
    ])
  })

  test('dense features take no place among the first ones; those of unknown density stay', () => {
    fc.assert(
      fc.property(denseRows, fc.integer({ min: 1, max: 6 }), (dense, k) => {
        const columns = featureColumns(sparseOf(dense))
        const figures = new Map(
          [0, 1, 2, 3, 4, 5].map((index) => [index, { density: index % 2 ? 0.2 : 0.01, max: 1 }]),
        )
        const beyond = { figures, dense: 0.01 }
        const ranked = rankFeatures(columns, 'max', undefined, beyond)
        const top = topOfEach(columns, ranked, 'max', [], k, beyond)
        const left = rankFeatures(columns, 'max').filter(({ index }) => ![1, 3, 5].includes(index))
        expect(top.map(({ index }) => index)).toEqual(left.slice(0, k).map(({ index }) => index))
      }),
    )
  })

  test('of several tokens each has its own first features', () => {
    const rows = [
      [9, 8, 7, 0],
      [0, 0, 2, 1],
    ].map((row) => [...row, ...Array<number>(WIDTH - 4).fill(0)])
    const columns = featureColumns(sparseOf(rows))
    const ranked = rankFeatures(columns, 'max', new Set([0, 1]))
    const firsts = (groups: Set<number>[]) =>
      topOfEach(columns, ranked, 'max', groups, 1).map(({ index }) => index)
    expect(firsts([new Set([0]), new Set([1])])).toEqual([0, 2])
    expect(firsts([new Set([0, 1])])).toEqual([0])
  })

  test('a strip keeps the highest value of every stretch, however long the text', () => {
    const dense = Array.from({ length: 1000 }, (_, row) =>
      Array.from({ length: WIDTH }, () => (row % 10 === 7 ? row + 1 : 0)),
    )
    const strip = binnedStrip(featureColumns(sparseOf(dense)), 0, 100)
    expect(strip[0]).toBe(8)
    expect(strip[99]).toBe(998)
    expect(strip.every((bin) => bin > 0)).toBe(true)
  })
})

describe('spans', () => {
  const spans = [
    { first: 0, count: 1 },
    { first: 1, count: 4 },
    { first: 5, count: 1 },
  ]
  test('an emoji of four byte tokens shows the highest of the four', () => {
    expect([...spanValues(spans, Float32Array.of(9, 1, 0, 7, 2, 3))]).toEqual([9, 7, 3])
  })
  test('locking one of its bytes locks the character', () => {
    expect([...spanPositions(spans, [3, 5])]).toEqual([1, 2, 3, 4, 5])
  })
})

describe('heat', () => {
  test('is Neuronpedia’s rule: nothing below 5e-5, 0.05 just above, 1 at the highest', () => {
    expect(heat(4.9e-5, 100)).toBe(0)
    expect(heat(6e-5, 100)).toBeCloseTo(0.05, 4)
    expect(heat(100, 100)).toBeCloseTo(1, 12)
    expect(heat(50, 100)).toBeCloseTo(0.05 + 0.95 * Math.log10(5.5), 12)
    expect(heat(Number.NaN, 100)).toBe(0)
  })
})

describe('token text', () => {
  test('spaces, line ends and invisible characters can be seen; emoji stay whole', () => {
    expect(tokenPieces(' a\n')).toEqual([
      { kind: 'space', text: ' ' },
      { kind: 'text', text: 'a' },
      { kind: 'newline' },
    ])
    expect(tokenPieces('\t\0\u202e\u00a0')).toEqual(
      ['⇥', 'U+0000', 'U+202E', 'U+00A0'].map((text) => ({ kind: 'sign', text })),
    )
    expect(tokenPieces('👩‍👧')).toEqual([{ kind: 'text', text: '👩‍👧' }])
    expect(tokenName(' machine')).toBe('“ machine”')
    expect(tokenName('\n\n')).toBe('“↵↵”')
    expect(pieceText('▁the')).toBe(' the')
    expect([' machine', '\n\n', '  '].map(shortToken)).toEqual(['machine', '↵↵', '␣'])
  })

  test('nothing invisible is left in what is drawn', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const drawn = tokenPieces(text).map((piece) => (piece.kind === 'newline' ? '' : piece.text))
        expect(drawn.join('')).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u)
      }),
    )
  })
})

describe('find', () => {
  test('a number is a feature', () => {
    expect(parseFind(' 12082 ')).toEqual({ kind: 'index', index: 12082 })
    expect(parseFind('#7')).toEqual({ kind: 'index', index: 7 })
  })

  const dogs = {
    view: 'feature',
    model: 'gemma-2-2b',
    source: '20-gemmascope-res-16k',
    index: 12082,
    text: undefined,
  }
  test.each([
    'gemma-2-2b/20-gemmascope-res-16k/12082',
    '/gemma-2-2b/20-gemmascope-res-16k/12082/',
    'gemma-2-2b@20-gemmascope-res-16k:12082',
    'https://www.neuronpedia.org/gemma-2-2b/20-gemmascope-res-16k/12082?embed=true',
    'http://localhost:4173/sub/path/index.html#/gemma-2-2b/20-gemmascope-res-16k/12082',
  ])('%s is that feature', (query) => {
    expect(parseFind(query)).toEqual({ kind: 'route', route: dogs })
  })

  test('everything else is words, and nothing throws', () => {
    expect(parseFind('Time  machine')).toEqual({ kind: 'words', words: ['time', 'machine'] })
    expect(parseFind('and/or %')).toEqual({ kind: 'words', words: ['and/or', '%'] })
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (query) => void parseFind(query)))
  })

  test('labels match every word, whole words first', () => {
    const labels = new Map([
      [1, { description: 'sometimes and often' }],
      [2, { description: 'time travel' }],
      [3, { description: 'Travel, time and place' }],
    ])
    expect(searchLabels(labels, ['time'], 10)).toEqual([2, 3, 1])
    expect(searchLabels(labels, ['travel', 'time'], 10)).toEqual([2, 3])
    expect(searchLabels(labels, ['time'], 1)).toEqual([2])
  })
})

test('numbers are written so that a list lines up', () => {
  expect([0.0123, 0.5, 9.3, 93.1, 931, 9310].map(decimalsFor)).toEqual([4, 3, 2, 1, 1, 0])
  expect(formatNumber(-1234.5, 1)).toBe('−1,234.5')
  expect(formatNumber(Number.NaN, 1)).toBe('none')
  expect([999, 4_100_000, 5_200_000_000].map(formatBytes)).toEqual(['999 B', '4.1 MB', '5.20 GB'])
  expect([4096, 16384, 65536, 131072, 524288, 1 << 20, 100].map(formatWidth)).toEqual([
    ...['4k', '16k', '65k', '131k', '524k', '1M', '100'],
  ])
})

test('shares of a column have as many digits as each other, those of a sentence no more than they need', () => {
  const shares = [0, 0.00004, 0.004, 0.0053, 0.06, 0.62, 0.998, 1]
  expect(shares.map(formatDensity)).toEqual([
    ...['0%', '0.0040%', '0.40%', '0.53%', '6.0%', '62%', '99.8%', '100%'],
  ])
  expect(shares.map(formatShare)).toEqual(['0%', '0.004%', '0.4%', '0.53%', '6%', '62%', '99.8%', '100%'])
})
