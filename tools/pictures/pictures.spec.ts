// Takes the README's picture and a picture of every view at three widths in both themes (into .work/pictures).
import { expect, type Page, test } from '@playwright/test'

const WIDTHS = [360, 1280, 2560]
const SCHEMES = ['light', 'dark'] as const

async function ready(page: Page): Promise<void> {
  await expect(
    page.getByRole('list', { name: 'Active features' }).getByRole('listitem').first(),
  ).toBeVisible()
  await expect(page.getByRole('progressbar')).toHaveCount(0)
}

for (const colorScheme of SCHEMES) {
  for (const width of WIDTHS) {
    test(`${width} px, ${colorScheme}`, async ({ browser }) => {
      const page = await browser.newPage({
        colorScheme,
        viewport: { width, height: width === 360 ? 780 : 900 },
      })
      const shot = (name: string): Promise<Buffer> =>
        page.screenshot({ path: `.work/pictures/${name}-${width}-${colorScheme}.png`, fullPage: true })
      await page.goto('./')
      await ready(page)
      await shot('explore')
      await page.getByRole('list', { name: 'Tokens' }).getByRole('button').nth(6).click()
      await shot('locked')
      await page.getByRole('list', { name: 'Active features' }).getByRole('link').first().click()
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await page.waitForTimeout(1500)
      await shot('feature')
      await page.goto('./#/sources')
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await page.waitForTimeout(1500)
      await shot('sources')
      await page.goto('./#/gemma-2-mini/3-miniscope-res-4k?view=source')
      await expect(page.getByText('Near 1:', { exact: false })).toBeVisible()
      await shot('source')
      await page.goto('./#/storage')
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await page.waitForTimeout(500)
      await shot('storage')
      await page.goto('./#/gemma-2-2b/20-gemmascope-res-16k/12082')
      await expect(page.getByRole('button', { name: /Download/ })).toBeVisible()
      await shot('offer')
      await page.goto('./#/gemma-2-mini/no-such-source')
      await page.waitForTimeout(500)
      await shot('error')
      await page.close()
    })
  }
}

test('the picture in the README', async ({ browser }) => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  await page.goto('./')
  await ready(page)
  const german = page.getByRole('listitem').filter({ hasText: /German text/ })
  await german.getByRole('button').click()
  await page.mouse.move(0, 0)
  await expect(page.getByText('…', { exact: true })).toHaveCount(0)
  await page.screenshot({ path: 'docs/explore.png' })
  await page.close()
})
