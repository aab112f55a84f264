// The list of all features as a person uses it: walked by keys, gone from and come back to, at any width, by axe.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'
import type { AxeResults } from 'axe-core'
import { expect, test } from './page.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const LIST = './#/gemma-2-mini/3-miniscope-res-4k?view=browse'
const TEXT = 'The ship sailed from Boston in 1850. The captain said that the time had come to turn back. '

const list = (page: Page) => ({
  search: page.getByRole('searchbox', { name: 'Search features' }),
  grid: page.getByRole('grid', { name: 'Features' }),
  rows: page.getByRole('grid', { name: 'Features' }).locator('tbody [data-index]'),
  heading: (name: string) => page.getByRole('columnheader', { name, exact: true }),
})

async function openList(page: Page, query = ''): Promise<void> {
  await page.goto(LIST + query)
  await expect(list(page).rows.first()).toBeVisible()
}

/** A small index of the source, kept in the browser, and the list in it. */
async function withIndex(page: Page, query = ''): Promise<void> {
  await openList(page)
  await page.evaluate(async (text) => {
    await window.featurescope.buildIndex({ kind: 'text', name: 'a voyage', text })
  }, TEXT.repeat(6))
  await page.goto(LIST + query)
  await page.reload()
  await expect(page.getByText('never fire', { exact: false })).toBeVisible()
}

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
      await openList(page)
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
