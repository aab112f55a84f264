// A feature as one file: it needs nothing from anywhere, and nothing in it can become markup.
import { expect, test } from 'vitest'
import { dashboardHtml } from '../../src/views/feature/dashboard-html.ts'
import { fakeEngine } from '../support/fake-engine.ts'
import { fakeIndex, fakeIndexedFeature } from '../support/fake-index.ts'

async function pageOf(description: string, indexed = true): Promise<string> {
  const dashboard = await fakeEngine().client.feature(12)
  return dashboardHtml({
    ...{ model: 'fake-mini', source: '3-fakescope-res-4k', dashboard },
    address: 'https://example.org/#/fake-mini/3-fakescope-res-4k/12?a=1&b="2"',
    label: { description, author: 'a <b>model</b>', method: 'm' },
    indexed: indexed
      ? { info: fakeIndex('3-fakescope-res-4k', 4096), feature: fakeIndexedFeature(12) }
      : undefined,
  })
}

test('figures, charts and tokens are in it, and nothing is fetched or run', async () => {
  const html = await pageOf('time travel')
  for (const part of ['<h1>12 time travel</h1>', 'threshold', 'Promotes', 'Suppresses', '<svg ']) {
    expect(html).toContain(part)
  }
  expect(html).not.toMatch(/<script|<link|<img|@import|url\(| src=/)
  expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
})

test('labels, tokens and addresses stay text', async () => {
  const html = await pageOf('</title><script>alert(1)</script>')
  expect(html).not.toContain('<script')
  expect(html).not.toContain('<b>model')
  expect(html).toContain('a=1&#38;b=&#34;2&#34;')
})

test('without an index it has what the source itself tells', async () => {
  const html = await pageOf('x', false)
  expect(html).toContain('0.37% of tokens')
  expect(html).not.toContain('Examples')
})
