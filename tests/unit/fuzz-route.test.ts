// 10,000 hostile links: each is a route that survives its own address, or a UserError; none leads anywhere else.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UserError } from '../../src/lib/errors.ts'
import { formatRoute, parseRoute, type Route } from '../../src/lib/route.ts'
import { HOSTILE } from '../support/hostile.ts'

const NAMES = ['text', 'z', 'zwith', 'with', 'token', 'feature', 'view', 'layers', 'rank', 'other', 'embed']
const VIEWS = ['source', 'layers', 'browse', 'compare', 'map', 'list', 'verify', '']

const hostile = fc.constantFrom(...HOSTILE)
const junk = fc.oneof(hostile, fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom(...VIEWS))
const escaped = fc.oneof(
  junk,
  junk.map((text) => encodeURIComponent(text.toWellFormed())),
)
const pair = fc
  .tuple(fc.oneof(fc.constantFrom(...NAMES), escaped), escaped)
  .map(([name, value]) => `${name}=${value}`)
const link = fc
  .tuple(
    fc.constantFrom(
      '#/',
      '#',
      '',
      '#//',
      '#/gemma-2-mini/3-miniscope-res-4k/',
      'https://www.neuronpedia.org/',
    ),
    fc.array(escaped, { maxLength: 4 }),
    fc.constantFrom(...VIEWS.map((view) => `view=${view}`)),
    fc.array(pair, { maxLength: 5 }),
  )
  .map(([start, path, view, query]) =>
    `${start}${path.join('/')}?${[view, ...query].join('&')}`.toWellFormed(),
  )

function parsed(hash: string): Route | undefined {
  try {
    return parseRoute(hash)
  } catch (thrown) {
    if (thrown instanceof UserError) return undefined
    throw thrown
  }
}

test('10,000 hostile links are routes or UserErrors, and a route’s own address is harmless and comes back', () => {
  let routes = 0
  fc.assert(
    fc.property(link, (hash) => {
      const route = parsed(hash)
      if (!route) return
      routes += 1
      const address = formatRoute(route)
      // All of it is the page's own fragment, of characters that mean nothing to HTML or to an address's parser.
      expect(address).toMatch(/^#\/[^<>"\s\\]*$/)
      expect(new URL(address, 'https://page.example/sub/').origin).toBe('https://page.example')
      expect(parseRoute(address)).toEqual(route)
    }),
    { numRuns: 10_000, seed: 7 },
  )
  // A test that only ever saw refusals would prove nothing of routes.
  expect(routes).toBeGreaterThan(2000)
})

// That reading them ends at all is what is shown: a quadratic reader takes longer than a test may.
test('a link of a megabyte, or of 100,000 tokens, is read like any other', () => {
  for (const hash of [
    `#/${'a/'.repeat(500_000)}`,
    `#/m/s?text=${'%F0%9F'.repeat(170_000)}`,
    `#/m/s?token=${Array.from({ length: 100_000 }, (_, at) => at).join(',')}`,
    `#/m/s?${'a=b&'.repeat(250_000)}`,
  ])
    expect(() => parsed(hash)).not.toThrow()
})
