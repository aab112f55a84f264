// A source's own page: shapes, histograms over all features, and the current text beside what is published.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Locator, Page } from '@playwright/test'
import type { AxeResults } from 'axe-core'
import { expect, parts, test } from './page.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const TEXT = 'The package is installed on the system. Le paquet est installé sur le système.'
const ADDRESS = `./#/gemma-2-mini/3-miniscope-res-4k?view=source&text=${encodeURIComponent(TEXT)}`

const panel = (page: Page, name: string): Locator => page.getByRole('region', { name, exact: true })
const charts = (page: Page): Locator => page.getByRole('figure')

async function ready(page: Page): Promise<void> {
  await expect(charts(page)).toHaveCount(4)
  await expect(page.getByRole('progressbar')).toHaveCount(0)
  await expect(panel(page, 'On the current text')).toContainText('Over 17 tokens.')
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  const results = await page.evaluate((): Promise<AxeResults> => Reflect.get(window, 'axe').run())
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`),
  )
}

test('shows what the source is, how its features are spread, and the text beside what is published', async ({
  page,
}) => {
  await page.goto(ADDRESS)
  await ready(page)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('gemma-2-mini › 3-miniscope-res-4k')
  const shape = panel(page, 'Shape')
  for (const text of ['128', '4,096', 'JumpReLU', 'blocks.3.hook_resid_post'])
    await expect(shape).toContainText(text)
  for (const name of ['Thresholds', 'Decoder norms', 'Encoder norms', 'Encoder · decoder']) {
    await expect(page.getByRole('figure', { name: `${name} of 4,096 features` })).toBeVisible()
  }
  await expect(panel(page, 'Decoder norms')).toContainText('All are 1 within 1e-5')
  const current = panel(page, 'On the current text')
  await expect(current.getByRole('row', { name: /^L0/ })).toHaveText(/^L0\s*1\d\.\d\s*11\.3$/)
  await expect(page.getByText('What may have happened')).toHaveCount(0)
  await page.getByRole('link', { name: 'Features of a text in this source' }).click()
  await expect(parts(page).tokens).toContainText('paquet')
})

test('a chart is read by arrow keys and by pointer, whole in its table, and on a logarithmic axis', async ({
  page,
}) => {
  await page.goto(ADDRESS)
  await ready(page)
  const thresholds = panel(page, 'Thresholds')
  const bins = thresholds.getByRole('slider', { name: 'Bins of Thresholds of 4,096 features' })
  await bins.focus()
  const first = await bins.getAttribute('aria-valuetext')
  await page.keyboard.press('ArrowRight')
  const second = await bins.getAttribute('aria-valuetext')
  expect(second).toMatch(/^\d\.\d\d to \d\.\d\d: [\d,]+ features?$/)
  expect(second).not.toBe(first)
  await expect(thresholds).toContainText(second ?? '')
  await page.keyboard.press('End')
  await expect(bins).toHaveAttribute('aria-valuetext', / to 4\.70: 1 feature$/)
  const box = await bins.boundingBox()
  await page.mouse.move((box?.x ?? 0) + 2, (box?.y ?? 0) + 20)
  await expect(thresholds).toContainText(first ?? '')

  await thresholds.getByText('Table').click()
  const counts = await thresholds.getByRole('table').locator('td').allInnerTexts()
  expect(counts.map((text) => Number(text.replace(',', ''))).reduce((a, b) => a + b)).toBe(4096)
  const ticks = thresholds.getByText('100', { exact: true })
  await expect(ticks).toHaveCount(0)
  await thresholds.getByRole('radio', { name: 'Log' }).click()
  await expect(ticks.last()).toBeVisible()
})

test('an L0 far from the published one is warned of on this page and on the explore page', async ({
  page,
}) => {
  await page.route('**/featurescope/catalogue.json', async (route) => {
    const response = await route.fetch()
    const entries: { l0: number }[] = await response.json()
    await route.fulfill({ response, json: entries.map((entry) => ({ ...entry, l0: 1.3 })) })
  })
  await page.goto(ADDRESS)
  await ready(page)
  const warning = page.getByText(
    /^L0 is 1\d\.\d where 1\.3 is published: are these raw activations of blocks\.3\.hook_resid_post, with <bos> first\?$/,
  )
  await warning.click()
  await expect(
    page.getByText('a plain ReLU in place of the SAE’s thresholds', { exact: false }),
  ).toBeVisible()
  await page.getByRole('link', { name: 'Features of a text in this source' }).click()
  await expect(parts(page).tokens).toBeVisible()
  await expect(warning).toBeVisible()
})

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in the ${colorScheme} theme`, () => {
    test.use({ colorScheme })
    test('axe finds nothing on the source page, with a table open and a bin being read', async ({ page }) => {
      await page.goto(ADDRESS)
      await ready(page)
      expect(await violations(page)).toEqual([])
      await panel(page, 'Encoder norms').getByText('Table').click()
      await page.getByRole('slider').first().focus()
      expect(await violations(page)).toEqual([])
    })
  })
}

for (const width of [360, 768, 2560]) {
  test(`at ${width} px nothing of the source page runs out of the page sideways`, async ({ page }) => {
    await page.setViewportSize({ width, height: 800 })
    await page.goto(ADDRESS)
    await ready(page)
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    expect(overflow).toBe(0)
  })
}
