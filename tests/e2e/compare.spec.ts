// Two texts on one source and one text on two sources, on the bundled model.
import type { Page } from '@playwright/test'
import { copied, expect, parts, settled, shownFeatures, test } from './page.ts'

const FIRST = 'The whale swam away from the ship.'
const SECOND = 'The package is installed on the system.'
const PLACE = './#/gemma-2-mini/3-miniscope-res-4k'
const address = (text: string): string => encodeURIComponent(text).replace(/\.$/, '%2E')

const lists = (page: Page) => ({
  first: page.getByRole('table', { name: 'Only in the first text' }).locator('tbody tr'),
  second: page.getByRole('table', { name: 'Only in the second text' }).locator('tbody tr'),
  both: page.getByRole('table', { name: 'In both' }).locator('tbody tr'),
})

/** Features of a text and their highest activations, as the explore page lists all of them. */
async function featuresOf(page: Page, text: string): Promise<Map<string, string>> {
  await page.goto(`${PLACE}?k=50&text=${encodeURIComponent(text)}`)
  // The features of the text before stay until those of this one are there.
  await expect(parts(page).tokens).toContainText(text.split(' ')[1])
  await settled(page)
  const more = page.getByRole('button', { name: / more$/ })
  if (await more.isVisible()) await more.click()
  return new Map(
    (await shownFeatures(page)).map((feature) => {
      const [index, value] = feature.split(' ')
      return [index, value]
    }),
  )
}

test('two texts on one source: what only one has and what both, as each text’s own page says', async ({
  page,
}) => {
  const [first, second] = [await featuresOf(page, FIRST), await featuresOf(page, SECOND)]
  await page.goto('./')
  await settled(page)
  await parts(page).text.fill(FIRST)
  await parts(page).text.press('Control+Enter')
  await expect(parts(page).tokens).toContainText('whale')
  await settled(page)
  await page.getByRole('link', { name: 'Compare', exact: true }).click()
  await page.getByRole('textbox', { name: 'Compare with' }).fill(SECOND)
  await page.getByRole('button', { name: 'Compare', exact: true }).click()
  const found = lists(page)
  await expect(found.both.first()).toBeVisible()
  expect(page.url()).toContain(`?view=compare&text=${address(FIRST)}&with=${address(SECOND)}`)

  for (const list of [found.first, found.second]) {
    const more = page
      .getByRole('region')
      .filter({ has: list.first() })
      .getByRole('button', { name: / more$/ })
    if (await more.isVisible()) await more.click()
  }
  const indices = async (list: typeof found.first): Promise<string[]> =>
    (await list.getByRole('link').allInnerTexts()).sort()
  expect(await indices(found.first)).toEqual([...first.keys()].filter((one) => !second.has(one)).sort())
  expect(await indices(found.second)).toEqual([...second.keys()].filter((one) => !first.has(one)).sort())
  expect(await indices(found.both)).toEqual([...first.keys()].filter((one) => second.has(one)).sort())

  // The order is that of the differences, and the ratio that of the two figures.
  const rows = await found.both.evaluateAll((all) =>
    all.map((row) =>
      [...row.querySelectorAll('td')].slice(1).map((cell) => Number.parseFloat(cell.textContent ?? '')),
    ),
  )
  const differences = rows.map(([one, other]) => Math.abs(one - other))
  differences.forEach((difference, at) => {
    if (at > 0) expect(difference).toBeLessThanOrEqual(differences[at - 1] + 0.2)
  })
  for (const [one, other, ratio] of rows) expect(Math.abs(ratio - one / other) / ratio).toBeLessThan(0.15)
  const [index] = await found.both.first().getByRole('link').allInnerTexts()
  expect(Math.abs(rows[0][0] - Number(first.get(index)))).toBeLessThan(0.1)
  expect(Math.abs(rows[0][1] - Number(second.get(index)))).toBeLessThan(0.1)
})

test('a link shows both texts; pointing at a feature colours both, and its order goes into the address', async ({
  page,
}) => {
  await page.goto(`${PLACE}?view=compare&text=${address(FIRST)}&with=${address(SECOND)}`)
  const { both } = lists(page)
  await expect(both.first()).toBeVisible()
  await expect(page).toHaveTitle(/^Compare · 3-miniscope-res-4k/)
  await both.first().hover()
  const index = await both.first().getByRole('link').textContent()
  await expect(page.getByText(`feature ${index}`)).toHaveCount(2)
  const levels = (name: string): Promise<number> =>
    page
      .getByRole('list', { name, exact: true })
      .getByRole('button')
      .evaluateAll((all) =>
        Math.max(...all.map((one) => Number.parseFloat(getComputedStyle(one).getPropertyValue('--level')))),
      )
  const [one, other] = [await levels('Tokens'), await levels('Tokens of the second text')]
  // One scale: the text it is highest in has the strongest colour, the other a weaker one.
  expect(Math.max(one, other)).toBe(100)
  expect(Math.min(one, other)).toBeGreaterThan(0)
  expect(Math.min(one, other)).toBeLessThan(100)

  await page.getByRole('radio', { name: 'Count' }).click()
  await expect(page).toHaveURL(/view=compare&rank=count&/)
  expect(await copied(page)).toBe(page.url())
  await page.reload()
  await expect(page.getByRole('radio', { name: 'Count' })).toBeChecked()
  await expect(both.first()).toBeVisible()
})

test('one text on two sources, side by side, as the layer view has them; the open source stays open', async ({
  page,
}) => {
  await page.goto(`${PLACE}?view=compare&text=${address(FIRST)}`)
  await expect(parts(page).tokens).toContainText('whale')
  await page.getByRole('radio', { name: 'Two sources' }).click()
  await expect(page.getByText('Choose the source to compare with above.')).toBeVisible()
  await page.getByRole('combobox', { name: 'Compare with' }).click()
  await page.getByRole('option', { name: '5-miniscope-res-4k' }).click()
  await expect(page).toHaveURL(/view=compare&other=5-miniscope-res-4k&text=/)
  const sources = page.getByRole('list', { name: /^Source / })
  await expect(sources).toHaveCount(2)
  await expect(sources.nth(0)).toContainText('3-miniscope-res-4k')
  await expect(sources.nth(1).getByRole('heading')).toHaveText('Layer 5 residual')
  const figures = (await sources.nth(1).locator('[data-measure] b').allInnerTexts()).join(' ')
  const link = sources.nth(1).locator('[data-feature]').first()
  const feature = await link.getAttribute('data-feature')
  await link.hover()
  await expect(page.getByText(`feature ${feature} of 5-miniscope-res-4k`).first()).toBeVisible()

  await page.getByRole('link', { name: 'Layers', exact: true }).click()
  const row = page
    .getByRole('list', { name: 'Layers', exact: true })
    .locator('> li')
    .filter({ hasText: '5-miniscope-res-4k' })
  await expect(row.locator('[data-feature]').first()).toHaveAttribute('data-feature', String(feature))
  expect((await row.locator('[data-measure] b').allInnerTexts()).join(' ')).toBe(figures)
  await page.goBack()
  await expect(sources).toHaveCount(2)
  await expect(parts(page).source).toContainText('3 · residual')

  await page.goto(`${PLACE}?view=compare&other=7-no-such&text=${address(FIRST)}`)
  await expect(page.getByRole('link', { name: '7-no-such' })).toBeVisible()
})

const densitySlider = (page: Page) => page.getByRole('slider', { name: 'Highest density', exact: true })

test('dense features leave all three lists before these are ordered, by keyboard, and the link keeps it', async ({
  page,
}) => {
  await page.goto(`${PLACE}?view=compare&text=${address(FIRST)}&with=${address(SECOND)}`)
  const found = lists(page)
  await expect(found.both.first()).toBeVisible()
  const indices = (list: typeof found.first): Promise<string[]> => list.getByRole('link').allInnerTexts()
  const before = await indices(found.both)

  await densitySlider(page).focus()
  for (let press = 0; press < 20; press += 1) await page.keyboard.press('ArrowLeft')
  await expect(page).toHaveURL(/view=compare&dense=0\.01&text=/)
  await expect(page.getByText(/\d denser features hidden/)).toBeVisible()
  await expect(page.locator('[aria-live]').filter({ hasText: 'denser ones hidden' })).toHaveCount(1)
  const after = await indices(found.both)
  expect(after).not.toEqual(before)
  const shares = await page.evaluate(
    async (features) => {
      const known = []
      for (const index of features) known.push(await window.featurescope.indexedFeature(Number(index)))
      return known.map((one) => (one ? one.statistics.count / one.countedTokens : Number.NaN))
    },
    [...after.slice(0, 3), ...(await indices(found.first)).slice(0, 3)],
  )
  expect(shares.length).toBeGreaterThan(3)
  for (const share of shares) expect(share).toBeLessThanOrEqual(0.01)

  // Another figure is of the same features, and a link opens on them.
  await page.getByRole('radio', { name: 'Count' }).click()
  await expect(page).toHaveURL(/view=compare&rank=count&dense=0\.01&/)
  expect((await indices(found.both)).sort()).toEqual(after.sort())
  await page.reload()
  await expect(page.getByText(/\d denser features hidden/)).toBeVisible()
  expect((await indices(found.both)).sort()).toEqual(after.sort())

  await densitySlider(page).focus()
  await page.keyboard.press('Home')
  await expect(page).toHaveURL(/dense=0&/)
  await expect(page.getByText('None.', { exact: true })).toHaveCount(3)
  await page.keyboard.press('End')
  await expect(page).not.toHaveURL(/dense=/)
  await expect(page.getByText(/denser features hidden/)).toHaveCount(0)
  expect((await indices(found.both)).sort()).toEqual(before.sort())
})

test('each of two sources leaves out what is dense in it, as its own page does', async ({ page }) => {
  await page.goto(`${PLACE}?view=compare&other=5-miniscope-res-4k&dense=0.01&text=${address(FIRST)}`)
  await expect(page.getByText(/^\d+ denser features hidden$/)).toHaveCount(2)
  const sources = page.getByRole('list', { name: /^Source / })
  const listed = (at: number): Promise<(string | null)[]> =>
    sources
      .nth(at)
      .locator('[data-feature]')
      .evaluateAll((all) => all.map((one) => one.getAttribute('data-feature')))
  const [first, second] = [await listed(0), await listed(1)]

  for (const [source, features] of [
    ['3-miniscope-res-4k', first],
    ['5-miniscope-res-4k', second],
  ] as const) {
    await page.goto(`./#/gemma-2-mini/${source}?dense=0.01&k=20&text=${address(FIRST)}`)
    await expect(parts(page).source).toContainText(`${source[0]} · residual`)
    await expect(page.getByText(/active of 4,096 features, [\d,]+ denser ones hidden/)).toBeVisible()
    // The features of the source before stay until those of this one are there.
    const own = async () => (await shownFeatures(page)).map((feature) => feature.split(' ')[0])
    await expect.poll(own).toEqual(features)
  }
})
