// The list of all features as a person uses it: search, sort, filter, walk by keys, open one, come back.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'
import type { AxeResults } from 'axe-core'
import { expect, parts, test } from './page.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const LIST = './#/gemma-2-mini/3-miniscope-res-4k?view=browse'
/** A source that comes without an activation index. */
const BARE = './#/gemma-2-mini/5-miniscope-res-4k?view=browse'

const list = (page: Page) => ({
  search: page.getByRole('searchbox', { name: 'Search features' }),
  // Beside it, the slider says its range.
  count: page
    .getByRole('region', { name: 'All features' })
    .getByRole('status')
    .filter({ hasText: /features$|found$/ }),
  grid: page.getByRole('grid', { name: 'Features' }),
  rows: page.getByRole('grid', { name: 'Features' }).locator('tbody [data-index]'),
  heading: (name: string) => page.getByRole('columnheader', { name, exact: true }),
  mark: (name: string) => page.getByRole('button', { name, exact: true }),
})

async function openList(page: Page, query = ''): Promise<void> {
  await page.goto(LIST + query)
  await expect(list(page).rows.first()).toBeVisible()
}

/** The list once it is known how often features fire: the default source comes with an index. */
async function withIndex(page: Page, query = ''): Promise<void> {
  await openList(page, query)
  await expect(page.getByText('never fire', { exact: false })).toBeVisible()
}

/** A column's values, as far as the rows are in sight. */
async function column(page: Page, name: string): Promise<number[]> {
  // Lines come a moment after the order.
  await expect(list(page).grid.getByText('…', { exact: true })).toHaveCount(0)
  const at = await page
    .getByRole('columnheader')
    .evaluateAll((heads, wanted) => heads.findIndex((head) => head.textContent === wanted), name)
  const texts = await list(page).rows.evaluateAll(
    (rows, which) => rows.map((row) => row.children[which]?.textContent ?? ''),
    at,
  )
  return texts
    .filter((text) => text !== '')
    .map((text) => Number(text.replace('−', '-').replace(/[,%]/g, '')))
}

/** A column once it is in order: the heading's arrow turns as it is pressed, the worker's answer comes after. */
async function sortedColumn(
  page: Page,
  name: string,
  compare: (a: number, b: number) => number,
): Promise<number[]> {
  let found: number[] = []
  await expect(async () => {
    found = await column(page, name)
    expect(found.length).toBeGreaterThan(10)
    expect(found).toEqual(found.toSorted(compare))
  }).toPass({ timeout: 10_000 })
  return found
}

test('a text’s features lead to the list of all; labelled ones, and words of labels, narrow it', async ({
  page,
}) => {
  await page.goto('./')
  await page.getByRole('link', { name: 'all its features' }).click()
  await expect(page).toHaveURL(/3-miniscope-res-4k\?view=browse/)
  await expect(page.getByRole('heading', { level: 1, name: '3-miniscope-res-4k' })).toBeVisible()
  await expect(list(page).count).toHaveText('4,096 features')
  await expect(list(page).grid).toHaveAttribute('aria-rowcount', '4097')
  // Of thousands of rows only those about in sight exist.
  expect(await list(page).rows.count()).toBeLessThan(60)
  await list(page).mark('Labelled').click()
  await expect(list(page).count).toHaveText('60 found')
  await list(page).search.fill('PYTHON keyword')
  await expect(list(page).rows.first()).toContainText('Python keyword')
  await expect(page).toHaveURL(/q=PYTHON%20keyword&labelled=true/)
  await list(page).mark('Clear').click()
  await expect(list(page).count).toHaveText('4,096 features')
})

test('without an index the list says what it lacks, and shows what is published', async ({ page }) => {
  await page.goto(BARE)
  await expect(page.getByText('No activation index of this source', { exact: false })).toBeVisible()
  await expect(list(page).count).toHaveText('4,096 features')
  await expect(list(page).rows.first()).toContainText('no label')
  await expect(list(page).heading('Density')).toBeVisible()
  await expect(list(page).heading('Skew')).toBeHidden()
})

test('any column sorts down, then up, over all features; dead and dense ones are filtered; reload keeps it', async ({
  page,
}) => {
  await withIndex(page)
  await list(page).heading('Max').getByRole('button').click()
  await expect(list(page).heading('Max')).toHaveAttribute('aria-sort', 'descending')
  await expect(list(page).rows.first()).not.toContainText('…')
  await sortedColumn(page, 'Max', (a, b) => b - a)
  await page.getByRole('radio', { name: 'Living' }).click()
  await list(page).heading('Density').getByRole('button').click()
  await list(page).heading('Density').getByRole('button').click()
  await expect(list(page).heading('Density')).toHaveAttribute('aria-sort', 'ascending')
  const up = await sortedColumn(page, 'Density', (a, b) => a - b)
  expect(up[0]).toBeGreaterThan(0)
  const living = (await list(page).count.textContent()) ?? ''
  await page.getByRole('slider', { name: 'Lowest density' }).focus()
  for (let step = 0; step < 50; step += 1) await page.keyboard.press('ArrowRight')
  await expect(page).toHaveURL(/density=0\.1%2C1/)
  await expect(list(page).count).not.toHaveText(living)
  await expect(async () => {
    const dense = await column(page, 'Density')
    expect(dense.length).toBeGreaterThan(0)
    expect(dense.filter((share) => share < 10)).toEqual([])
  }).toPass({ timeout: 10_000 })
  const before = (await list(page).rows.first().textContent()) ?? ''
  await page.reload()
  await expect(list(page).heading('Density')).toHaveAttribute('aria-sort', 'ascending')
  await expect(list(page).rows.first()).toHaveText(before)
  // Fifty presses were no fifty steps of the history.
  await page.goBack()
  await expect(page).not.toHaveURL(/[?&]density=/)
  await page.getByRole('radio', { name: 'Dead', exact: true }).click()
  await expect(list(page).rows.first()).toContainText('fires on none of')
})

test('words find what a feature fires on; the top bar finds it too and leads to all of it', async ({
  page,
}) => {
  await withIndex(page)
  await page.keyboard.press('/')
  await expect(list(page).search).toBeFocused()
  await page.keyboard.type('though')
  await expect(list(page).count).toHaveText(/^\d[\d,]* found$/)
  await expect(list(page).grid).toContainText('“ though”')
  await list(page).search.fill('no such words anywhere')
  await expect(page.getByText('take a word away', { exact: false })).toBeVisible()
  await page.keyboard.press('Control+k')
  await expect(parts(page).find).toBeFocused()
  await page.keyboard.type('the')
  const options = page.getByRole('listbox', { name: 'Found' }).getByRole('option')
  await expect(options).toHaveCount(9)
  await options.last().click()
  await expect(page).toHaveURL(/view=browse&q=the/)
  await expect(list(page).search).toHaveValue('the')
})

test('by keyboard: j and k, End and Home, Enter opens, and the list is as it was on the way back', async ({
  page,
}) => {
  await openList(page, '&sort=-index')
  await page.keyboard.press('j')
  await expect(list(page).rows.first()).toBeFocused()
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('k')
  await expect(list(page).grid.locator('[aria-rowindex="3"]')).toBeFocused()
  await page.keyboard.press('End')
  await expect(list(page).grid.locator('[aria-rowindex="4097"]')).toBeFocused()
  await page.keyboard.press('k')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/3-miniscope-res-4k\/1$/)
  await page.keyboard.press('j')
  await expect(page).toHaveURL(/3-miniscope-res-4k\/2$/)
  await page.getByRole('link', { name: 'Back to the list' }).click()
  await expect(page).toHaveURL(/view=browse&sort=-index$/)
  await expect(list(page).grid.locator('[aria-rowindex="4096"]')).toBeInViewport()
  await page.keyboard.press('j')
  await expect(list(page).grid.locator('[aria-rowindex="4096"]')).toBeFocused()
  await page.keyboard.press('Home')
  await expect(list(page).rows.first()).toBeFocused()
  await list(page).rows.nth(2).getByRole('link').click()
  await expect(page).toHaveURL(/3-miniscope-res-4k\/4093$/)
  await page.goBack()
  await expect(list(page).rows.first()).toContainText('4095')
  await page.keyboard.press('r')
  await expect(page).toHaveURL(/3-miniscope-res-4k\/\d+$/)
})

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in the ${colorScheme} theme`, () => {
    test.use({ colorScheme })

    test('axe finds nothing on the list, with and without an index, and on an empty one', async ({
      page,
    }) => {
      await page.goto(BARE)
      await expect(page.getByText('No activation index', { exact: false })).toBeVisible()
      await expect(list(page).rows.first()).toBeVisible()
      expect(await violations(page)).toEqual([])
      await withIndex(page, '&sort=-max&dead=hidden')
      await expect(list(page).rows.first()).toBeVisible()
      expect(await violations(page)).toEqual([])
      await list(page).search.fill('no such words')
      await expect(page.getByText('take a word away', { exact: false })).toBeVisible()
      expect(await violations(page)).toEqual([])
    })
  })
}

test('at any width nothing runs out sideways; narrow pages have two lines a feature and a box that sorts', async ({
  page,
}) => {
  await withIndex(page, '&sort=-max')
  for (const width of [2560, 1280, 768, 390, 360]) {
    await page.setViewportSize({ width, height: 800 })
    await expect(list(page).rows.first()).toBeVisible()
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    expect(overflow, `${width} px`).toBe(0)
  }
  await expect(list(page).heading('Max')).toBeHidden()
  await expect(list(page).rows.first()).toContainText('max')
  await page.getByRole('combobox', { name: 'Order' }).click()
  await page.getByRole('option', { name: 'By density' }).click()
  await expect(page).toHaveURL(/sort=-density/)
  await page.getByRole('button', { name: 'Descending' }).click()
  await expect(page).toHaveURL(/sort=density/)
})

/** Every axe violation of the page as "rule: element". */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  const results = await page.evaluate((): Promise<AxeResults> => Reflect.get(window, 'axe').run())
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`),
  )
}
