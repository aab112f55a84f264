// Links that were made before stay what they were, and links of Neuronpedia's open here.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { WHOLE_EMBED } from '../../src/lib/embed.ts'
import { embedSnippet } from '../../src/lib/embed-snippet.ts'
import { parseFind } from '../../src/lib/find.ts'
import { formatRoute, parseRoute } from '../../src/lib/route.ts'

interface Fixture {
  links: { address: string; route: Record<string, unknown> }[]
}

const fixture: Fixture = JSON.parse(readFileSync(new URL('../fixtures/links.json', import.meta.url), 'utf8'))
const place = { model: 'gemma-2-2b', source: '20-gemmascope-res-16k' }
const SITE = 'https://www.neuronpedia.org'

test.each(fixture.links)('$address means what it meant when it was made', ({ address, route }) => {
  const parsed = parseRoute(address)
  expect(JSON.parse(JSON.stringify(parsed))).toEqual(route)
  expect(parseRoute(formatRoute(parsed))).toEqual(parsed)
})

test('the HTML of an embed holds any address and title as they are', () => {
  const address = 'https://example.org/#/m/s/1?embed=true&defaulttesttext=%22<b>"'
  const html = embedSnippet(address, 'a "title" & <more>', { width: 640, height: 480 })
  expect(html.match(/[<>]/g)).toHaveLength(4)
  expect(html).toContain('width="640" height="480"')
  const decoded = html.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
  expect(decoded).toContain(`src="${address}"`)
})

describe('Neuronpedia’s addresses after #', () => {
  test.each([`#${SITE}/gemma-2-2b/20-gemmascope-res-16k/12082`, '#/gemma-2-2b@20-gemmascope-res-16k:12082'])(
    '%s',
    (address) => {
      expect(parseRoute(address)).toMatchObject({ view: 'feature', ...place, index: 12082 })
    },
  )

  test('an embed keeps its parts', () => {
    const query = '?embed=true&embedexplanation=false&embedtestfield=false&defaulttesttext=A%20dog'
    const route = parseRoute(`#${SITE}/gemma-2-2b/20-gemmascope-res-16k/12082${query}`)
    const embed = { ...WHOLE_EMBED, explanation: false, testField: false }
    expect(route).toEqual({ view: 'feature', ...place, index: 12082, text: 'A dog', embed })
    expect(parseRoute(formatRoute(route))).toEqual(route)
  })

  const features = [12082, ' 3124', '3124'].map((index) => ({
    modelId: place.model,
    layer: place.source,
    index,
  }))
  const address = (list: unknown): string =>
    `${SITE}/quick-list/?name=Dogs%20and%20towns&features=${encodeURIComponent(JSON.stringify(list))}`

  test('a quick list is a list here', () => {
    const list = { view: 'list', ...place, name: 'Dogs and towns', features: [12082, 3124], text: undefined }
    expect(parseRoute(`#${address(features)}`)).toEqual(list)
    expect(parseFind(address(features))).toEqual({ kind: 'lists', routes: [list] })
    expect(formatRoute(parseRoute(`#${address(features)}`))).toBe(
      '#/gemma-2-2b/20-gemmascope-res-16k?view=list&name=Dogs%20and%20towns&features=12082,3124',
    )
  })

  test('one of several sources is offered source by source', () => {
    const mixed = [...features, { modelId: place.model, layer: '19-gemmascope-res-16k', index: '7' }]
    const found = parseFind(address(mixed))
    expect(found).toMatchObject({ kind: 'lists', routes: [{ features: [12082, 3124] }, { features: [7] }] })
    expect(() => parseRoute(`#${address(mixed)}`)).toThrow('several sources')
    expect(() => parseRoute(`#${address([{ modelId: 1 }])}`)).toThrow('no features')
  })

  test('a list stops at 150 features', () => {
    const many = Array.from({ length: 400 }, (_, index) => ({ ...features[0], index }))
    expect(parseRoute(`#${address(many)}`)).toMatchObject({ features: { length: 150 } })
    const own = `#/a/b?view=list&name=x&features=${Array.from({ length: 400 }, (_, i) => i).join(',')}`
    expect(parseRoute(own)).toMatchObject({ features: { length: 150 } })
  })

  test('a search by tokens is that text’s features', () => {
    const query = 'modelId=gemma-2-2b&source=20-gemmascope-res-16k&text=time+machine&densityThreshold=0.01'
    expect(parseRoute(`#${SITE}/search-topk-by-token?${query}`)).toMatchObject({
      ...{ view: 'explore', ...place, text: 'time machine', dense: 0.01 },
    })
  })
})
