// Addresses: whatever is shown survives the way into a link and back, and no link throws more than a UserError.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BROWSE_SORTS, EVERY_FEATURE } from '../../src/lib/browse-query.ts'
import { WHOLE_EMBED } from '../../src/lib/embed.ts'
import { UserError } from '../../src/lib/errors.ts'
import { MEASURES, RANKINGS } from '../../src/lib/listing.ts'
import { MAP_COLOURS, PLAIN_MAP } from '../../src/lib/map-query.ts'
import { compareRoute, exploreRoute, formatRoute, parseRoute, type Route } from '../../src/lib/route.ts'
import { encodePart } from '../../src/lib/text-param.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({
    unit: fc.constantFrom(
      'a',
      ' ',
      '\n',
      '\0',
      '%',
      '+',
      '&',
      '=',
      '?',
      '#',
      '/',
      '🦊',
      '日',
      '\ud800',
      '"',
      "'",
      '.',
    ),
  }),
  fc
    .array(fc.constantFrom('time ', 'machine ', 'été ', '🦊 ', '\n'), { maxLength: 900 })
    .map((words) => words.join('')),
)
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
const index = fc.nat({ max: Number.MAX_SAFE_INTEGER })

// −0 has no address of its own.
const dense = fc.option(
  fc.double({ min: 0, max: 1, noNaN: true }).map((share) => share + 0),
  { nil: undefined },
)
const explore = fc.record({
  view: fc.constant('explore' as const),
  model: name,
  source: name,
  text: fc.option(text, { nil: undefined }),
  tokens: fc.uniqueArray(fc.nat(2000), { maxLength: 5 }).map((list) => list.sort((a, b) => a - b)),
  features: fc.uniqueArray(index, { maxLength: 5 }),
  ranking: fc.constantFrom(...RANKINGS),
  dense,
  k: fc.integer({ min: 1, max: 50 }),
  show: fc.constantFrom('list', 'heat'),
  bos: fc.boolean(),
})
const compare = fc.record({
  view: fc.constant('compare' as const),
  model: name,
  source: name,
  text: fc.option(text, { nil: undefined }),
  with: fc.option(text, { nil: undefined }),
  other: fc.option(fc.oneof(name, fc.constant('')), { nil: undefined }),
  measure: fc.constantFrom(...MEASURES),
  dense,
})
const feature = fc.record({
  view: fc.constant('feature' as const),
  model: name,
  source: name,
  index,
  text: fc.option(text, { nil: undefined }),
  embed: fc.option(
    fc.record({
      ...{ plots: fc.boolean(), explanation: fc.boolean(), test: fc.boolean() },
      ...{ testField: fc.boolean(), activations: fc.boolean(), link: fc.boolean() },
    }),
    { nil: undefined },
  ),
})
const list = fc.record({
  view: fc.constant('list' as const),
  model: name,
  source: name,
  name: name.map((words) => words.toWellFormed()),
  features: fc.uniqueArray(index, { maxLength: 150 }),
  text: fc.option(text, { nil: undefined }),
})

/** No model reads lone surrogates: a link carries U+FFFD in their place. */
function wellFormed(route: Route): Route {
  if (!('source' in route)) return route
  const own = {
    model: route.model.toWellFormed(),
    source: route.source.toWellFormed(),
    text: route.text?.toWellFormed(),
  }
  const names = route.view === 'layers' && { layers: route.layers?.map((one) => one.toWellFormed()) }
  const second = route.view === 'compare' && {
    with: route.with?.toWellFormed(),
    other: route.other?.toWellFormed(),
  }
  return { ...route, ...own, ...names, ...second }
}

const sourcePage = fc.record({
  view: fc.constant('source' as const),
  model: name,
  source: name,
  text: fc.option(text, { nil: undefined }),
})
const layers = fc.record({
  view: fc.constant('layers' as const),
  model: name,
  source: name,
  text: fc.option(text, { nil: undefined }),
  layers: fc.option(
    fc.uniqueArray(fc.oneof(name, fc.constantFrom('a,b', '%2C', '5%', '+', ',')), { maxLength: 5 }),
    { nil: undefined },
  ),
})
const browse = fc.record({
  view: fc.constant('browse' as const),
  model: name,
  source: name,
  text: fc.option(text, { nil: undefined }),
  query: fc.record({
    text: text.map((words) => words.toWellFormed()),
    sort: fc.constantFrom(...BROWSE_SORTS),
    descending: fc.boolean(),
    density: fc.option(
      fc
        .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
        // −0 has no address of its own.
        .map(([a, b]): [number, number] => [Math.min(a, b) + 0, Math.max(a, b) + 0]),
      { nil: undefined },
    ),
    dead: fc.constantFrom('shown', 'hidden', 'only'),
    labelled: fc.boolean(),
  }),
})
const map = fc.record({
  view: fc.constant('map' as const),
  model: name,
  source: name,
  text: fc.option(text, { nil: undefined }),
  query: fc.record({
    colour: fc.constantFrom(...MAP_COLOURS),
    text: text.map((words) => words.toWellFormed()),
  }),
})
const libraryPage = fc.constantFrom<Route>({ view: 'sources' }, { view: 'storage' })

describe('routes', () => {
  test('every route comes back from its address', () => {
    fc.assert(
      fc.property(
        fc.oneof(explore, feature, sourcePage, layers, browse, compare, map, list, libraryPage),
        (route) => {
          expect(parseRoute(formatRoute(route as Route))).toEqual(wellFormed(route as Route))
        },
      ),
      { numRuns: 500 },
    )
  })

  test('addresses hold only characters that mails, chats and browsers leave alone', () => {
    fc.assert(
      fc.property(fc.oneof(explore, feature, layers, browse, compare, map), (route) => {
        expect(formatRoute(route as Route)).toMatch(/^#\/[\w.~%/?=&,-]*[\w%/=-]$/)
      }),
    )
  })

  test('any string after # is a route or a UserError, never another error', () => {
    const pieces = fc.array(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 8 }),
        fc.constantFrom(
          '/',
          '?',
          '&',
          '=',
          'text',
          'z',
          'token',
          '%',
          '%zz',
          '12',
          'view=layers',
          'layers',
          ',',
        ),
      ),
    )
    fc.assert(
      fc.property(pieces, (parts) => {
        try {
          parseRoute(`#/${parts.join('')}`)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(UserError)
        }
      }),
      { numRuns: 1000 },
    )
  })

  test.each(['', '#', '#/', '#//'])('“%s” is the front page', (hash) => {
    expect(parseRoute(hash)).toEqual({ view: 'home' })
  })

  test('reads Neuronpedia’s own feature address, test text included', () => {
    expect(
      parseRoute('/gemma-2-2b/20-gemmascope-res-16k/12082?defaulttesttext=my+dog%21&embed=true'),
    ).toEqual({
      view: 'feature',
      model: 'gemma-2-2b',
      source: '20-gemmascope-res-16k',
      index: 12082,
      text: 'my dog!',
      embed: WHOLE_EMBED,
    })
  })

  test('the map is asked for by name; what it does not know of colours counts as not there', () => {
    const plain = { view: 'map', model: 'm', source: 's', text: undefined, query: PLAIN_MAP } as const
    expect(formatRoute(plain)).toBe('#/m/s?view=map')
    expect(formatRoute({ ...plain, query: { colour: 'search', text: 'time travel' } })).toBe(
      '#/m/s?view=map&colour=search&q=time%20travel',
    )
    expect(parseRoute('#/m/s?view=map&colour=plaid')).toEqual(plain)
  })

  test('the sources of a layer view are named in its address, none and all of them told apart', () => {
    const all = { view: 'layers', model: 'm', source: '5-res', text: 'a text', layers: undefined } as const
    expect(formatRoute(all)).toBe('#/m/5-res?view=layers&text=a%20text')
    expect(formatRoute({ ...all, layers: ['3-att', '5-res'] })).toBe(
      '#/m/5-res?view=layers&layers=3-att,5-res&text=a%20text',
    )
    expect(parseRoute('#/m/5-res?view=layers&layers=&text=a+text')).toEqual({ ...all, layers: [] })
    expect(parseRoute('#/m/5-res?layers=3-att,3-att,,5-res&view=layers')).toMatchObject({
      layers: ['3-att', '5-res'],
    })
  })

  test('a question to the list of features is in its address, as far as it asks for something', () => {
    const all = { view: 'browse', model: 'm', source: 's', text: undefined, query: EVERY_FEATURE } as const
    expect(formatRoute(all)).toBe('#/m/s?view=browse')
    const asked = { text: 'time travel', sort: 'density', descending: true, dead: 'hidden' } as const
    const route = { ...all, query: { ...asked, density: [0.0001, 0.01] as [number, number], labelled: true } }
    const address =
      '#/m/s?view=browse&q=time%20travel&sort=-density&density=0.0001%2C0.01&dead=hidden&labelled=true'
    expect(formatRoute(route)).toBe(address)
    expect(parseRoute(address)).toEqual(route)
  })

  test.each(['sort=colour', 'sort=-', 'density=2,3', 'density=1', 'density=0.2,0.1', 'density=,', 'dead=no'])(
    'a part of a question that means nothing is left out: %s',
    (part) => {
      expect(parseRoute(`#/m/s?view=browse&${part}`)).toMatchObject({ query: EVERY_FEATURE })
    },
  )

  test('how features are listed is in the address, as far as it is not the usual way', () => {
    const plain = exploreRoute('m', 's', 'a text')
    const asked = { ...plain, ranking: 'ratio', dense: 0.01, k: 20, show: 'heat' } as const
    const address = '#/m/s?rank=ratio&dense=0.01&k=20&show=heat&text=a%20text'
    expect(formatRoute(asked)).toBe(address)
    expect(parseRoute(address)).toEqual(asked)
    for (const part of ['rank=best', 'dense=2', 'dense=', 'dense=x', 'k=0', 'k=51', 'k=2.5', 'show=map']) {
      expect(parseRoute(`#/m/s?${part}&text=a+text`), part).toEqual(plain)
    }
  })

  test('both texts of a comparison are packed when they are long, and a source takes the place of the second', () => {
    const [one, two] = ['one whale after another. ', 'two ships in the night. '].map((words) =>
      words.repeat(300),
    )
    const texts = { ...compareRoute('m', 's', one), with: two, measure: 'sum' } as const
    const address = formatRoute(texts)
    expect(address).toMatch(/^#\/m\/s\?view=compare&rank=sum&z=[\w-]+&zwith=[\w-]+$/)
    expect(address.length).toBeLessThan(500)
    expect(parseRoute(address)).toEqual(texts)
    expect(formatRoute({ ...compareRoute('m', 's', 'a text'), with: '' })).toBe(
      '#/m/s?view=compare&text=a%20text&with=',
    )
    expect(parseRoute('#/m/s?view=compare&other=5-res&text=a+text')).toEqual({
      ...compareRoute('m', 's', 'a text'),
      other: '5-res',
    })
  })

  test('the highest density of a comparison is in its address; what is no share counts as not there', () => {
    const plain = { ...compareRoute('m', 's', 'a text'), with: 'another' }
    const asked = { ...plain, measure: 'count', dense: 0.01 } as const
    const address = '#/m/s?view=compare&rank=count&dense=0.01&text=a%20text&with=another'
    expect(formatRoute(asked)).toBe(address)
    expect(parseRoute(address)).toEqual(asked)
    for (const part of ['dense=2', 'dense=', 'dense=x', 'dense=-1']) {
      expect(parseRoute(`#/m/s?view=compare&${part}&text=a+text&with=another`), part).toEqual(plain)
    }
  })

  test('a short text stays readable, a long one is packed', () => {
    expect(formatRoute(exploreRoute('m', 's', 'a time machine'))).toBe('#/m/s?text=a%20time%20machine')
    const long = 'the idea of a time machine keeps coming back. '.repeat(400)
    const address = formatRoute(exploreRoute('m', 's', long))
    expect(address).toMatch(/\?z=[\w-]+$/)
    expect(address.length).toBeLessThan(400)
    expect(parseRoute(address)).toEqual(exploreRoute('m', 's', long))
  })

  test.each([
    ['a broken percent-escape', '#/m/s?text=100%', 'damaged'],
    [
      'a cut packed text',
      formatRoute(exploreRoute('m', 's', 'cut me short '.repeat(200))).slice(0, -9),
      'damaged',
    ],
    ['characters no packed text has', '#/m/s?z=%F0%9F', 'damaged'],
    ['only a model', '#/m', 'not one of this page'],
    ['too many parts', '#/m/s/1/2', 'not one of this page'],
    ['a feature that is no number', '#/m/s/seven', 'names no feature'],
    ['a negative feature', '#/m/s/-1', 'names no feature'],
    ['a feature past what numbers can hold', '#/m/s/99999999999999999999', 'names no feature'],
    ['a token that is no number', '#/m/s?token=x', 'names no feature or token'],
  ])('%s is said plainly', (_, hash, words) => {
    expect(() => parseRoute(hash)).toThrow(UserError)
    expect(() => parseRoute(hash)).toThrow(words)
  })

  test('a link that would unpack to gigabytes is refused', async () => {
    const { deflateSync } = await import('fflate')
    const bomb = deflateSync(new Uint8Array(60_000_000), { level: 9 })
    const packed = Buffer.from(bomb).toString('base64url')
    expect(() => parseRoute(`#/m/s?z=${packed}`)).toThrow('larger than 4 MB')
  })

  test('a link never ends in a mark that a chat would cut off', () => {
    for (const end of ['.', '!', ')', "'", '*', '-', '_', '~'])
      expect(encodePart(`no${end}`)).toMatch(/%[0-9A-F]{2}$/)
  })
})
