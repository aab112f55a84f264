import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Locator, Page } from '@playwright/test'
import type { AxeResults } from 'axe-core'
import { casesFile, standIns } from '../support/stand-in-cases.ts'
import { expect, parts, settled, test } from './page.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const keys = (page: Page): Locator => page.getByRole('button', { name: 'Keys' })

/** Every axe violation of the page as "rule: element". */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  const results = await page.evaluate((): Promise<AxeResults> => Reflect.get(window, 'axe').run())
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`),
  )
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in the ${colorScheme} theme`, () => {
    test.use({ colorScheme })

    test('axe finds nothing on explore, in its menus, with a token locked, on a feature and on an error', async ({
      page,
    }) => {
      await page.goto('./')
      await settled(page)
      expect(await violations(page)).toEqual([])
      const menu = page.locator('dialog[open], [role=dialog]:visible, [role=listbox]:visible')
      for (const opener of [parts(page).backend.getByRole('button'), parts(page).source, keys(page)]) {
        await opener.click()
        await expect(menu).toHaveCount(1)
        expect(await violations(page)).toEqual([])
        await page.keyboard.press('Escape')
        await expect(menu).toHaveCount(0)
      }
      await expect(page.getByRole('list', { name: 'What may follow' }).getByRole('listitem')).toHaveCount(10)
      await parts(page).token(6).click()
      expect(await violations(page)).toEqual([])
      await everySource(page)
      expect(await violations(page)).toEqual([])
      await page.goBack()
      await parts(page).featureLinks.first().click()
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await expect(page.getByText('Threshold', { exact: false }).first()).toBeVisible()
      expect(await violations(page)).toEqual([])
      await page.goto('./#/gemma-2-mini/none')
      await expect(parts(page).error).toBeVisible()
      expect(await violations(page)).toEqual([])
    })
  })
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on the check of values, and nothing runs out of it at 360 px, ${colorScheme}`, async ({
    page,
  }) => {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width: 360, height: 800 })
    await page.goto('./#/verify')
    await expect(page.getByRole('checkbox')).toHaveCount(5)
    const overflow = (): Promise<number> =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect(await violations(page)).toEqual([])
    expect(await overflow()).toBe(0)
    const cases = standIns('3-miniscope-res-4k', 'featurescope/gemma-2-mini')
    await page.getByLabel('Values from a file').setInputFiles(casesFile(cases))
    await page.getByRole('button', { name: 'Check', exact: true }).click()
    await expect(page.getByRole('table')).toHaveCount(2)
    await expect(page.getByRole('button', { name: 'Copy as JSON' })).toBeVisible()
    expect(await violations(page)).toEqual([])
    expect(await overflow()).toBe(0)
  })
}

test('the main job by keyboard alone: type, run, walk the tokens, lock, open a feature, next, back', async ({
  page,
}) => {
  await page.goto('./')
  await settled(page)
  await parts(page).text.focus()
  await page.keyboard.press('Control+A')
  await page.keyboard.type('The ship sailed from Boston in 1850.')
  await page.keyboard.press('Control+Enter')
  await expect(parts(page).tokens).toContainText('ship')
  await settled(page)
  await tabTo(page, () => document.activeElement?.closest('[aria-label="Tokens"]') !== null)
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await expect(parts(page).tokens.locator('[aria-pressed="true"]')).toHaveCount(1)
  await tabTo(page, () => document.activeElement?.matches('[aria-label="Active features"] a') ?? false)
  const index = Number(
    (await page.evaluate(() => document.activeElement?.textContent ?? '')).match(/^\d+/)?.[0],
  )
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(new RegExp(`/${index}(\\?|$)`))
  await expect(page.getByRole('heading', { level: 1 })).toContainText(String(index))
  await page.keyboard.press('j')
  await expect(page).toHaveURL(new RegExp(`/${(index + 1) % 4096}(\\?|$)`))
  await page.keyboard.press('k')
  await expect(page).toHaveURL(new RegExp(`/${index}(\\?|$)`))
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await page.keyboard.press('/')
  await expect(parts(page).find).toBeFocused()
  await page.keyboard.type('12')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/12(\?|$)/)
})

/** axe finds nothing, and nothing runs out of the page sideways. */
async function expectClean(page: Page): Promise<void> {
  await expect(page.getByRole('progressbar')).toHaveCount(0)
  expect(await violations(page)).toEqual([])
  expect(
    await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
  ).toBe(0)
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on the heat map and on comparisons, and nothing runs out of them at 360 px, ${colorScheme}`, async ({
    page,
  }) => {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width: 360, height: 800 })
    const check = () => expectClean(page)
    const place = './#/gemma-2-mini/3-miniscope-res-4k'
    await page.goto(`${place}?show=heat&dense=0.1&rank=ratio&text=The%20whale%20swam%20away`)
    await page.getByRole('application').focus()
    await expect(page.getByRole('tooltip').filter({ hasText: 'position 0' })).toBeVisible()
    await check()
    await page.goto(`${place}?view=compare&text=The%20whale%20swam%20away&with=The%20ship%20sailed`)
    await expect(page.getByRole('table', { name: 'In both' })).toBeVisible()
    await check()
    await page.goto(`${place}?view=compare&other=5-miniscope-res-4k&text=The%20whale%20swam%20away`)
    await expect(page.getByRole('list', { name: /^Source / })).toHaveCount(2)
    await check()
  })
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on the list, a feature and a source that have an index, and nothing runs out of them at 360 px, ${colorScheme}`, async ({
    page,
  }) => {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width: 360, height: 800 })
    const check = () => expectClean(page)
    const place = './#/gemma-2-mini/3-miniscope-res-4k'
    await page.goto(`${place}?view=browse&sort=-max&dead=hidden`)
    const list = page.getByRole('grid', { name: 'Features' })
    await expect(list.getByText('(computed)').first()).toBeAttached()
    await check()
    await list.locator('[data-index="2"]').getByRole('link').click()
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    const near = page.getByRole('table', { name: 'Features with similar decoder rows' })
    await expect(near.getByText('(computed)').first()).toBeAttached()
    await check()
    await page.goto(`${place}?view=source`)
    await page.getByText('Open one that was built elsewhere').click()
    await expect(page.getByRole('textbox', { name: 'Address of its folder' })).toBeVisible()
    await check()
  })
}

for (const width of [360, 390, 768, 1280, 2560]) {
  test(`at ${width} px nothing runs out of the page sideways`, async ({ page }) => {
    await page.setViewportSize({ width, height: 800 })
    await page.goto('./')
    await settled(page)
    const overflow = (): Promise<number> =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    await everySource(page)
    expect(await overflow()).toBe(0)
    await page.goBack()
    await expect(page.getByRole('list', { name: 'What may follow' }).getByRole('listitem')).toHaveCount(10)
    expect(await overflow()).toBe(0)
    await parts(page).featureLinks.first().click()
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await expect(page.getByText('Threshold', { exact: false }).first()).toBeVisible()
    expect(await overflow()).toBe(0)
  })
}

/** Goes to the layer view, and waits for every source there. */
async function everySource(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Layers', exact: true }).click()
  await expect(page.getByRole('list', { name: 'Layers', exact: true }).locator('> li')).toHaveCount(9)
  await expect(page.getByRole('progressbar')).toHaveCount(0)
}

async function tabTo(page: Page, there: () => boolean): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    if (await page.evaluate(there)) return
    await page.keyboard.press('Tab')
  }
  throw new Error('60 presses of Tab did not reach it')
}
