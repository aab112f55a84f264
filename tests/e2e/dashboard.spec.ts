// A feature's page with an activation index: what it shows is what the index holds, and every control does its work.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { BrowserContext, Locator, Page } from '@playwright/test'
import type { AxeResults } from 'axe-core'
import type { IndexedFeature } from '../../src/engine/protocol.ts'
import { expect, parts, test, watch } from './page.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const SOURCE = './#/gemma-2-mini/3-miniscope-res-4k'
const TEXT = 'The President said that the whale which we saw was one that nobody knew.'

test.describe.configure({ mode: 'serial' })

let context: BrowserContext
let page: Page
let check: () => void
/** One that fires in many documents of several kinds, and one that never fires. */
let busy: IndexedFeature
let dead: number

const panel = (name: string | RegExp): Locator => page.getByRole('region', { name })
const examples = (): Locator => page.getByRole('button', { name: /^Example, activation/ })

/** The figure after a name in a list of figures. */
const fact = (name: string): Locator =>
  page
    .locator('dl > div')
    .filter({ has: page.locator('dt', { hasText: new RegExp(`^${name}$`) }) })
    .locator('dd')

async function said(locator: Locator): Promise<string> {
  return (await locator.textContent()) ?? ''
}

async function open(feature: number, text = TEXT): Promise<void> {
  await page.goto(`${SOURCE}/${feature}?defaulttesttext=${encodeURIComponent(text)}`)
  await expect(page.getByRole('heading', { level: 1 })).toContainText(String(feature))
  await expect(panel(/^Activations, /)).toBeVisible()
  await expect(page.getByRole('progressbar')).toHaveCount(0)
}

/** Builds an index of every ninth of the bundled texts, and finds features in it that the tests look at. */
test.beforeAll(async ({ browser, baseURL }) => {
  test.setTimeout(300_000)
  context = await browser.newContext({ baseURL })
  page = await context.newPage()
  check = watch(page, new URL(baseURL ?? '').origin)
  await page.goto(`${SOURCE}?text=${encodeURIComponent(TEXT)}`)
  await expect(parts(page).featureLinks.first()).toBeVisible()
  await page.evaluate(async () => {
    const lines = (await (await fetch('./corpus/public-domain.jsonl')).text()).split('\n')
    const some = lines.filter((_, at) => at % 9 === 0).join('\n')
    await window.featurescope.buildIndex({ kind: 'files', files: [new File([some], 'some-texts.jsonl')] })
  })
  const found = await page.evaluate(async () => {
    let [often, never]: [number | undefined, number | undefined] = [undefined, undefined]
    for (let feature = 0; feature < 4096 && (often === undefined || never === undefined); feature += 1) {
      const { statistics } = (await window.featurescope.indexedFeature(feature)) ?? {}
      if (!statistics) throw new Error('there is no index')
      const { count, documents, kinds, coactive, intervals } = statistics
      if (count === 0) never ??= feature
      const many = count > 100 && documents > 30 && coactive.length > 3 && intervals.every((one) => one > 5)
      if (many && kinds.filter((one) => one > 0).length > 2) often ??= feature
    }
    return { often, never }
  })
  if (found.often === undefined || found.never === undefined) throw new Error('no such features')
  dead = found.never
  busy = await page.evaluate(async (feature) => {
    const indexed = await window.featurescope.indexedFeature(feature)
    if (!indexed) throw new Error('there is no index')
    return indexed
  }, found.often)
  await page.reload()
})

test.afterAll(async () => {
  await context.close()
})

test('shows how often and how strongly the feature fires, as the index has it', async () => {
  const { statistics, countedTokens } = busy
  const { feature, count, max, histogram } = statistics
  await open(feature)
  await expect(panel(/^Activations, /)).toContainText(`Activations, ${count.toLocaleString('en')} of`)
  const density = (100 * count) / countedTokens
  await expect(fact('fires on')).toHaveText(
    `${density.toLocaleString('en', { maximumSignificantDigits: 2 })}% of tokens`,
  )
  expect(Number(await said(fact('highest activation')))).toBeCloseTo(max, 1)
  const activations = panel(/^Activations, /)
  await activations.getByText('Table').click()
  const counts = await activations.getByRole('table').locator('td').allInnerTexts()
  expect(counts.map((text) => Number(text.replace(',', '')))).toEqual(histogram)
  await activations.getByRole('radio', { name: 'Log' }).click()
  await expect(activations.getByRole('radio', { name: 'Log' })).toBeChecked()

  const logits = page.getByRole('figure', {
    name: `Effect of feature ${feature} on the logit of every token`,
  })
  await logits.getByText('Table').click()
  const tokens = await logits.getByRole('table').locator('td').allInnerTexts()
  expect(tokens.map((text) => Number(text.replace(',', ''))).reduce((a, b) => a + b)).toBe(6144)
  await expect(page.getByText('computed', { exact: true })).toBeVisible()
})

test('examples are grouped by interval, cut to a window, opened to the whole, and can be run', async () => {
  const { feature, max, intervals } = busy.statistics
  await open(feature)
  const headings = await panel('Examples').getByRole('heading', { level: 3 }).allInnerTexts()
  expect(headings[0]).toBe('Top activations')
  expect(headings.at(-1)).toBe('Any firings, drawn evenly')
  const counted = headings
    .slice(1, -1)
    .map((text) => Number(/\(([\d,]+)\)$/.exec(text)?.[1].replace(',', '')))
  expect(counted).toEqual(intervals.toReversed())

  const first = panel('Examples').getByRole('listitem').first()
  expect(Number((await said(examples().first())).match(/[\d.]+$/)?.[0])).toBeCloseTo(max, 1)
  const wide = (await said(first)).length
  await page.getByRole('radio', { name: '±5' }).click()
  const narrow = (await said(first)).length
  expect(narrow).toBeLessThan(wide)
  await page.getByRole('radio', { name: 'All' }).click()
  expect((await said(first)).length).toBeGreaterThan(wide)
  await page.getByRole('radio', { name: '±5' }).click()
  await page.getByRole('button', { name: 'Next feature' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText(String(feature + 1))
  await page.getByRole('button', { name: 'Previous feature' }).click()
  await expect(panel(/^Activations, /)).toContainText(busy.statistics.count.toLocaleString('en'))
  await expect(page.getByRole('radio', { name: '±5' })).toBeChecked()

  await examples().first().click()
  await expect(examples().first()).toHaveAttribute('aria-expanded', 'true')
  await expect(first).toContainText(/position \d+ of \d+ · fires \d+×/)
  const firings = first.getByRole('list', { name: 'Tokens it fires on' }).getByRole('listitem')
  const values = (await firings.allInnerTexts()).map((told) => Number(told.match(/[\d.]+$/)?.[0]))
  expect(Math.max(...values)).toBeCloseTo(max, 1)
  await first.getByRole('button', { name: 'Try this text' }).click()
  await expect(page.getByText(/^Fires on \d+ of [\d,]+ tokens/)).toBeVisible()
  const [strongest] = busy.documents
  const text = strongest.spans
    .filter(({ special }) => !special)
    .map(({ text: piece }) => piece)
    .join('')
  await expect(parts(page).text).toHaveValue(text)
  // The same tokens give the same activations, in a text box as in the corpus.
  const highest = /highest ([\d.]+)/.exec(await said(page.getByText(/^Fires on/).first()))
  expect(Number(highest?.[1])).toBeCloseTo(max, 1)
  expect(page.url()).toContain('defaulttesttext=')
})

test('similar features and co-active ones are listed, ordered, and lead to their pages', async () => {
  const { feature, coactive } = busy.statistics
  await open(feature)
  const near = panel('Near and together')
  const rows = near.getByRole('table').locator('tbody tr')
  await expect(rows).toHaveCount(10)
  const cosines = (await rows.locator('td:last-child').allInnerTexts()).map(Number)
  expect(cosines).toEqual(cosines.toSorted((a, b) => b - a))
  await near.getByRole('radio', { name: 'Co-active' }).click()
  await expect(near.getByRole('columnheader', { name: 'Jaccard' })).toHaveAttribute('aria-sort', 'descending')
  const shares = (await rows.locator('td:nth-child(3)').allInnerTexts()).map(Number)
  expect(shares).toEqual(shares.toSorted((a, b) => b - a))
  await near.getByRole('button', { name: 'lift' }).click()
  const lifts = (await rows.locator('td:nth-child(4)').allInnerTexts()).map((text) =>
    Number.parseFloat(text.replace(',', '')),
  )
  expect(lifts).toEqual(lifts.toSorted((a, b) => b - a))
  const link = rows.first().getByRole('link')
  const partner = Number(await said(link))
  expect(coactive).toContain(partner)
  await link.click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText(String(partner))
})

test('a dead feature is said to be dead', async () => {
  await open(dead)
  await expect(
    page.getByText(/^Dead: it fires on none of the .* tokens of some-texts\.jsonl\.$/),
  ).toBeVisible()
  await expect(panel('Examples')).toHaveCount(0)
})

test('nothing is inaccessible, and nothing is wider than a phone', async () => {
  await open(busy.statistics.feature)
  await page.evaluate(AXE)
  const violations = await page.evaluate(async () => {
    const results: AxeResults = await Reflect.get(window, 'axe').run()
    return results.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`),
    )
  })
  expect(violations).toEqual([])
  await page.setViewportSize({ width: 360, height: 800 })
  const width = await page.evaluate(() => document.documentElement.scrollWidth)
  expect(width).toBe(360)
  check()
})

test('where there is no index, building one is offered, told of, and can be cancelled', async ({
  page: fresh,
}) => {
  await fresh.goto(`./#/gemma-2-mini/1-miniscope-res-4k/77?defaulttesttext=${encodeURIComponent(TEXT)}`)
  const corpus = fresh.getByRole('region', { name: 'Examples from a corpus' })
  const build = corpus.getByRole('button', { name: 'Build it' })
  // No index of this source comes with the page. Building begins by itself after a while.
  await build.click({ timeout: 10_000 }).catch(() => undefined)
  await expect(corpus.getByRole('progressbar')).toBeVisible()
  await corpus.getByRole('button', { name: 'Cancel' }).click()
  await expect(build).toBeVisible()
})
