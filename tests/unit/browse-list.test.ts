// The list of all features without a page: any column's order, the filters, and words found in what is written.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { argsort } from '../../src/activation-index/argsort.ts'
import { type BrowseColumns, FeatureList } from '../../src/activation-index/browse.ts'
import { foldText, SearchText, searchWords } from '../../src/activation-index/search-text.ts'
import { BROWSE_SORTS, type BrowseQuery, EVERY_FEATURE } from '../../src/lib/browse-query.ts'
import { seededRandom } from '../support/random.ts'

/** As Array.prototype.sort has it: NaN last, ties by row. */
function sortedPlainly(values: readonly number[], descending: boolean): number[] {
  const rows = values.map((_, row) => row)
  return rows.sort((a, b) => {
    const [x, y] = [values[a], values[b]]
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b
    return (descending ? y - x : x - y) || a - b
  })
}

const value = fc.oneof(
  fc.float(),
  fc.constantFrom(
    0,
    -0,
    1,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    1e-45,
    3.4e38,
  ),
)

describe('the order of a column', () => {
  test('is that of a plain stable sort, with what is not known last both ways', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 300 }), fc.boolean(), (values, descending) => {
        const floats = Float32Array.from(values)
        // ∞ − ∞ is no comparison.
        const finite = Array.from(floats, (v) => (Math.abs(v) === Number.POSITIVE_INFINITY ? v * 1e300 : v))
        const plain = finite.map((v) => Math.max(-1e300, Math.min(1e300, v)))
        expect([...argsort(floats, descending)]).toEqual(sortedPlainly(plain, descending))
      }),
      { numRuns: 400 },
    )
  })

  test('leaves the column as it is, and reads a part of a buffer as that part', () => {
    const whole = Float32Array.of(9, 3, 1, 2, 9)
    expect([...argsort(whole.subarray(1, 4))]).toEqual([1, 2, 0])
    expect([...whole]).toEqual([9, 3, 1, 2, 9])
    expect(argsort(new Float32Array())).toHaveLength(0)
  })
})

describe('searching', () => {
  const lines = [
    'Time travel and its machinery',
    'Überraschung, café, naïve ﬁre',
    '▁Wolf  promotes “▁wolves”',
    'two\nlines \r and тест 한국어',
    '',
    'time',
  ]
  const search = new SearchText(lines.length, (line) => [lines[line]])
  const found = (text: string): number[] =>
    [...(search.matches(text) ?? [])].flatMap((hit, line) => (hit ? [line] : []))

  test.each([
    ['time', [0, 5]],
    ['TRAVEL time', [0]],
    ['machin', [0]],
    ['uberraschung', [1]],
    ['ÜBER cafe', [1]],
    ['fire', [1]],
    ['wolf wolves', [2]],
    ['▁wolf', [2]],
    ['two lines', [3]],
    ['ТЕСТ', [3]],
    ['한국', [3]],
    ['time wolf', []],
    ['zebra', []],
  ])('“%s”', (text, expected) => {
    expect(found(text)).toEqual(expected)
  })

  test('without words nothing is searched for', () => {
    expect(search.matches('')).toBeUndefined()
    expect(search.matches(' \n ')).toBeUndefined()
    expect(searchWords('a time a machine')).toEqual(['machine', 'time', 'a'])
  })

  test('finds in any lines what every word’s plain search finds', () => {
    const letter = fc.constantFrom('a', 'b', 'B', 'é', 'e', ' ', '\n', 'ß', '日', '▁')
    const text = fc.array(letter, { maxLength: 12 }).map((letters) => letters.join(''))
    fc.assert(
      fc.property(fc.array(text, { maxLength: 30 }), text, (all, query) => {
        const words = searchWords(query)
        const plain = all.map((line) => {
          const folded = foldText(line.replaceAll('\n', ' '))
          return Number(words.every((word) => folded.includes(word)))
        })
        const hits = new SearchText(all.length, (line) => [all[line]]).matches(query)
        expect(hits && [...hits]).toEqual(words.length > 0 ? plain : undefined)
      }),
      { numRuns: 500 },
    )
  })
})

/** Six features: 2 is dead, 4 is not known of. */
const COLUMNS = {
  count: Int32Array.of(100, 1, 0, 1000, 10, 1),
  sum: Float64Array.of(200, 7, 0, 1000, 90, 7),
  max: Float32Array.of(5, 7, 0, 2, 9.5, 7),
  skew: Float32Array.of(1, -2, Number.NaN, 0, 3, -2),
}
const LABELS = new Map([
  [0, 'time travel'],
  [3, 'the letter e'],
])
const list = (columns: BrowseColumns = COLUMNS): FeatureList =>
  new FeatureList(columns, 6, 10_000, (feature) => ({
    label: LABELS.get(feature),
    others: feature === 4 ? ['▁time', 'clock'] : ['nothing'],
  }))
const ask = (query: Partial<BrowseQuery>, of = list()): number[] => [
  ...of.query({ ...EVERY_FEATURE, ...query }),
]

describe('a query', () => {
  test.each<[Partial<BrowseQuery>, number[]]>([
    [{}, [0, 1, 2, 3, 4, 5]],
    [{ descending: true }, [5, 4, 3, 2, 1, 0]],
    [{ sort: 'density' }, [2, 1, 5, 4, 0, 3]],
    [{ sort: 'density', descending: true }, [3, 0, 4, 1, 5, 2]],
    [{ sort: 'max', descending: true }, [4, 1, 5, 0, 3, 2]],
    [{ sort: 'mean', descending: true }, [4, 1, 5, 0, 3, 2]],
    [{ sort: 'skew' }, [1, 5, 3, 0, 4, 2]],
    [{ sort: 'skew', descending: true }, [4, 0, 3, 1, 5, 2]],
    [{ dead: 'hidden' }, [0, 1, 3, 4, 5]],
    [{ dead: 'only' }, [2]],
    [{ labelled: true }, [0, 3]],
    [{ text: 'time' }, [0, 4]],
    [{ text: 'time', labelled: true }, [0]],
    [{ text: 'Time', sort: 'max', descending: true }, [4, 0]],
    [{ density: [0.001, 0.01] }, [0, 4]],
    [{ density: [0, 0] }, [2]],
    [{ density: [0.0001, 1], sort: 'density' }, [1, 5, 4, 0, 3]],
  ])('%j', (query, expected) => {
    expect(ask(query)).toEqual(expected)
  })

  test('an end of a range that a row shows as its density holds that row', () => {
    const of = list()
    for (const feature of [0, 1, 3, 4]) {
      const own = of.value('density', feature) ?? 0
      expect(ask({ density: [own, own] }, of)).toContain(feature)
    }
  })

  test('where only labels are known, other columns order nothing and no feature is dead', () => {
    const bare = list({})
    expect(bare.value('max', 0)).toBeUndefined()
    for (const sort of BROWSE_SORTS) {
      if (sort !== 'index') expect(ask({ sort, descending: true }, bare)).toEqual([0, 1, 2, 3, 4, 5])
    }
    expect(ask({ dead: 'only' }, bare)).toEqual([])
    expect(ask({ dead: 'hidden' }, bare)).toHaveLength(6)
    expect(ask({ density: [0, 1] }, bare)).toEqual([])
    expect(ask({ text: 'letter' }, bare)).toEqual([3])
  })

  test('published densities are taken where nothing was counted', () => {
    const density = Float32Array.of(0.2, Number.NaN, 0, 0.1, 0.3, 0.1)
    const published = list({ density })
    expect(ask({ sort: 'density', descending: true }, published)).toEqual([4, 0, 3, 5, 2, 1])
    expect(ask({ dead: 'only' }, published)).toEqual([2])
    expect(published.value('density', 1)).toBeUndefined()
  })

  test('what it gives can be kept and changed: the next answer is its own', () => {
    const of = list()
    of.query({ ...EVERY_FEATURE, sort: 'max' }).fill(0)
    expect(ask({ sort: 'max' }, of)).toEqual([2, 3, 0, 1, 5, 4])
  })

  test('of a million features is what plain filters and sorts of a sample say', () => {
    const dSae = 1 << 20
    const random = seededRandom(7)
    const words = ['time', 'wolf', 'été', 'the', 'x']
    const count = Int32Array.from({ length: dSae }, () => Math.floor(random() ** 4 * 5000))
    const sum = Float64Array.from(count, (n) => n * random() * 40)
    const names = Array.from(
      { length: dSae },
      () => words[Math.floor(random() * 5)] + Math.floor(random() * 90),
    )
    const many = new FeatureList({ count, sum }, dSae, 1e6, (feature) => ({
      label: feature % 3 === 0 ? names[feature] : undefined,
      others: feature % 3 === 0 ? [] : [names[feature]],
    }))
    const found = many.query({
      ...{ ...EVERY_FEATURE, text: 'ete1', sort: 'density', descending: true },
      ...{ density: [1e-5, 1e-3], labelled: true },
    })
    const plain: number[] = []
    for (let feature = 0; feature < dSae; feature += 3) {
      const hit = /^été1/.test(names[feature])
      if (hit && count[feature] >= 10 && count[feature] <= 1000) plain.push(feature)
    }
    plain.sort((a, b) => count[b] - count[a] || a - b)
    expect([...found]).toEqual(plain)
    expect(found.length).toBeGreaterThan(1000)
  })
})
