// A text seen deeper on the bundled model: what comes next, and every source at once.
import type { Page } from '@playwright/test'
import { expect, parts, settled, test } from './page.ts'

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
      Number(/([\d.]+) %/.exec(text)?.[1] ?? Number.NaN),
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

test('every source on this machine in one pass: its figures are those of its own page', async ({ page }) => {
  await page.goto('./')
  await settled(page)
  const panel = page.getByRole('region', { name: 'Across layers' })
  await panel.getByRole('button', { name: 'Run every source here' }).click()
  const rows = panel.getByRole('row').filter({ has: page.getByRole('link') })
  await expect(rows).toHaveCount(9)
  const fifth = rows.filter({ hasText: '5-miniscope-res-4k' })
  const cells = await fifth.getByRole('cell').allInnerTexts()
  expect(cells[0]).toBe('5')
  expect(cells[1]).toContain('residual')
  const top = Number(/^\d+/.exec(cells[4])?.[0])
  await fifth.getByRole('link', { name: '5-miniscope-res-4k' }).click()
  await settled(page)
  await expect(page).toHaveURL(/\/5-miniscope-res-4k\?/)
  await expect(page.getByText(/^L0/).first().locator('xpath=ancestor::ul[1]')).toContainText(cells[2])
  // The list orders by the maximum, position 0 left out, as the table does.
  await expect(parts(page).featureLinks.first()).toContainText(new RegExp(`^${top}\\b`))
  // The same text: what was found is still there.
  await rows.filter({ hasText: '3-miniscope-att-4k' }).getByRole('link').last().click()
  await expect(page).toHaveURL(/\/3-miniscope-att-4k\/\d+/)
})
