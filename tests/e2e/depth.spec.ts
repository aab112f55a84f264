// A text seen deeper on the bundled model: what comes next, and every source at once.
import type { Page } from '@playwright/test'
import { copied, expect, parts, settled, test } from './page.ts'

async function run(page: Page, text: string): Promise<void> {
  await parts(page).text.fill(text)
  await parts(page).text.press('Control+Enter')
  await expect(parts(page).tokens).toContainText(text.slice(-4))
}

test('what comes next: ten tokens by probability, for the last token and for a locked one', async ({
  page,
}) => {
  await page.goto('./')
  await settled(page)
  await run(page, 'The President of the United States')
  await settled(page)
  const panel = page.getByRole('region', { name: /^What comes after/ })
  const shares = async (): Promise<number[]> =>
    (await panel.getByRole('listitem').allInnerTexts()).map((text) =>
      Number(/([\d.]+)%/.exec(text)?.[1] ?? Number.NaN),
    )
  await expect(panel.getByRole('listitem')).toHaveCount(10)
  await expect(panel.getByRole('heading')).toContainText('States')
  const last = await shares()
  expect(last).toEqual([...last].sort((a, b) => b - a))
  expect(last.reduce((sum, share) => sum + share, 0)).toBeLessThanOrEqual(100.5)
  await expect(panel).not.toContainText('The text goes on with')

  // After "The President of the United" this model knows well what comes.
  const united = parts(page).tokens.getByRole('button', { name: /United/ })
  await united.click()
  await expect(panel.getByRole('heading')).toContainText('United')
  await expect(panel).toContainText(/The text goes on with.*States.*rank 1\./)
  await expect(panel.getByRole('listitem').first()).toContainText('States')
})

/** The layer view's parts, by role and name. */
const layerParts = (page: Page) => ({
  tab: page.getByRole('link', { name: 'Layers', exact: true }),
  rows: page.getByRole('list', { name: 'Layers', exact: true }).locator('> li'),
  choice: page.getByRole('region', { name: 'Sources' }),
})

test('every source on this machine in one pass: its figures are those of its own page', async ({ page }) => {
  await page.goto('./')
  await settled(page)
  const { tab, rows } = layerParts(page)
  await tab.click()
  await expect(page).toHaveURL(/\?view=layers&text=/)
  await expect(page).toHaveTitle(/^Layers · gemma-2-mini/)
  await expect(rows).toHaveCount(9)
  const fifth = rows.filter({ hasText: '5-miniscope-res-4k' })
  await expect(fifth.getByRole('heading')).toHaveText('Layer 5 residual')
  const top = fifth.getByRole('list', { name: /^Top features/ }).getByRole('link')
  await expect(top).toHaveCount(5)
  const first = /^\d+/.exec((await top.first().textContent()) ?? '')?.[0]
  const l0 = (await fifth.locator('[data-measure="L0"] b').textContent()) ?? ''
  await fifth.getByRole('link', { name: '5-miniscope-res-4k', exact: true }).click()
  await settled(page)
  await expect(page).toHaveURL(/\/5-miniscope-res-4k\?text=/)
  await expect(page.getByText(/^L0/).first().locator('xpath=ancestor::ul[1]')).toContainText(l0)
  // The list orders by the maximum, position 0 left out, as the layer view does.
  await expect(parts(page).featureLinks.first()).toContainText(new RegExp(`^${first}\\b`))
  await page.goBack()
  await expect(rows).toHaveCount(9)
  await rows.filter({ hasText: '3-miniscope-att-4k' }).getByRole('link').last().click()
  await expect(page).toHaveURL(/\/3-miniscope-att-4k\/\d+/)
})

test('a link shows the chosen sources on its text, and the choice goes into the address', async ({
  page,
}) => {
  const { rows, choice } = layerParts(page)
  await page.goto(
    './#/gemma-2-mini/3-miniscope-res-4k?view=layers&layers=1-miniscope-res-4k,3-miniscope-att-4k,7-no-such&text=The%20whale%20swam%20away',
  )
  await expect(rows).toHaveCount(2)
  await expect(parts(page).tokens).toContainText('whale')
  await expect(rows.nth(0)).toContainText('1-miniscope-res-4k')
  await expect(rows.nth(1).getByRole('heading')).toHaveText('Layer 3 attention')
  await expect(choice).toContainText('2 of 9')
  await expect(choice.getByRole('link', { name: '7-no-such' })).toBeVisible()
  await choice
    .getByRole('group', { name: 'Residual stream' })
    .getByRole('checkbox', { name: /^Layer 5/ })
    .check()
  await expect(rows).toHaveCount(3)
  await expect(page).toHaveURL(/layers=1-miniscope-res-4k,3-miniscope-att-4k,5-miniscope-res-4k,7-no-such&/)
  expect(await copied(page)).toBe(page.url())
  // Another source of the model is opened, and what is looked at stays.
  await parts(page).source.click()
  await page.getByRole('option', { name: /^5 · residual/ }).click()
  await expect(page).toHaveURL(
    /\/5-miniscope-res-4k\?view=layers&layers=1-miniscope-res-4k,3-mini.*&text=The%20whale/,
  )
  await expect(rows).toHaveCount(3)
  await choice.getByRole('button', { name: 'None' }).click()
  await expect(page.getByText('No source is chosen.')).toBeVisible()
  await expect(page).toHaveURL(/layers=&text=/)
  await choice.getByRole('button', { name: 'All' }).click()
  await expect(rows).toHaveCount(9)
  await expect(page).toHaveURL(/\?view=layers&text=/)
  // Another text is another question, in the same view.
  await run(page, 'A letter from the bank')
  await expect(page).toHaveURL(/\?view=layers&text=A%20letter/)
  await expect(rows).toHaveCount(9)
})

test('a feature that is focused or pointed at colours the tokens it is active on', async ({ page }) => {
  const { rows } = layerParts(page)
  await page.goto('./#/gemma-2-mini/3-miniscope-res-4k?view=layers&text=The%20whale%20swam%20away')
  const link = rows.first().getByRole('list').getByRole('link').first()
  await link.focus()
  const index = await link.getAttribute('data-feature')
  await expect(page.getByText(`feature ${index} of 0-miniscope-res-4k`).first()).toBeVisible()
  // It is named with the token it is highest on, which is now the strongest coloured.
  const heats = await parts(page)
    .tokens.getByRole('button')
    .evaluateAll((all) =>
      all.map((token) => ({
        name: token.getAttribute('aria-label') ?? '',
        level: Number.parseFloat(getComputedStyle(token).getPropertyValue('--level')),
      })),
    )
  const strongest = heats.reduce((a, b) => (b.level > a.level ? b : a))
  expect(strongest.level).toBe(100)
  const peak = /“.*”/.exec((await link.textContent()) ?? '')?.[0]
  expect(peak).toBeDefined()
  expect(strongest.name.startsWith(String(peak))).toBe(true)
  expect(heats[0]).toMatchObject({ name: expect.stringContaining('<bos>'), level: 0 })
  await rows.last().getByRole('list').getByRole('link').nth(1).hover()
  await expect(page.getByText(/^feature \d+ of 5-miniscope/).first()).toBeVisible()
})
