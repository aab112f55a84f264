import type { Page } from '@playwright/test'
import { expect, parts, settled, test } from './page.ts'

const SOURCE = '3-miniscope-res-4k'

async function run(page: Page, text: string): Promise<void> {
  await parts(page).text.fill(text)
  await parts(page).run.click()
}

test('an empty text gives <bos> alone or a hint, never an error, and the next text runs', async ({
  page,
}) => {
  await page.goto('./')
  await settled(page)
  await parts(page).text.fill('')
  await parts(page).text.press('Control+Enter')
  await expect(parts(page).error).toHaveCount(0)
  await run(page, 'A text again.')
  await settled(page)
  await expect(parts(page).tokens.getByRole('button').nth(1)).toContainText('A')
})

test('20,000 characters run in windows of what the model reads, and the page says so', async ({ page }) => {
  await page.goto('./')
  await settled(page)
  await run(page, 'The quick brown fox jumps over the lazy dog. '.repeat(445).slice(0, 20_000))
  await settled(page)
  await expect(page.getByText(/\d+ windows of up to 256 tokens/).first()).toBeVisible()
  // They are laid out over some frames.
  await expect.poll(() => parts(page).tokens.getByRole('button').count()).toBeGreaterThan(2560)
})

test('emoji, CJK, accents and control characters come back as the characters they are', async ({ page }) => {
  await page.goto('./')
  await settled(page)
  const text = 'Caf\u00e9 \u{1F469}\u200D\u{1F680} \u6771\u4EAC\u3067\n\tzero\u0000bell\u0007 \u202Ertl end'
  await run(page, text)
  await settled(page)
  await expect(parts(page).tokens).toContainText('\u6771')
  await expect(parts(page).tokens).toContainText('\u{1F469}')
  await expect(parts(page).tokens).toContainText('end')
  await expect(parts(page).error).toHaveCount(0)
})

test('a text that spells out a special token is run as the tokenizer reads it, and the page says so', async ({
  page,
}) => {
  await page.goto('./')
  await settled(page)
  await expect(page.getByText(/^The text names/)).toHaveCount(0)
  await run(page, 'before <bos> after')
  await expect(page.getByText('The text names <bos>')).toBeVisible()
  await expect(parts(page).tokens.getByRole('button', { name: '“<bos>”' })).toHaveCount(2)
})

for (const [what, hash, message] of [
  ['a feature past the last', `#/gemma-2-mini/${SOURCE}/4096`, /4096/],
  ['a feature that is no number', `#/gemma-2-mini/${SOURCE}/first`, /first/],
  ['an unknown source', '#/gemma-2-mini/9-nothing-res-4k', /9-nothing-res-4k/],
  ['an unknown model', '#/gemma-9/3-miniscope-res-4k', /gemma-9/],
  ['a broken percent-escape', `#/gemma-2-mini/${SOURCE}?text=100%zz`, /%zz|escape/],
  ['a broken packed text', `#/gemma-2-mini/${SOURCE}?z=!!!!`, /text|link|address/i],
] as const) {
  test(`a link with ${what} says so in the page, and the page goes on`, async ({ page }) => {
    await page.goto(`./${hash}`)
    await expect(parts(page).error).toContainText(message)
    await page.goto('./#/')
    await settled(page)
    await expect(parts(page).error).toHaveCount(0)
  })
}

test('what an address lacks can be looked for where the page says', async ({ page }) => {
  await page.goto(`./#/gemma-2-mini/${SOURCE}/4096`)
  await parts(page).error.getByRole('link', { name: 'All features of this source' }).click()
  await expect(page.getByRole('grid', { name: 'Features' })).toBeVisible()
  await expect(parts(page).error).toHaveCount(0)
  await page.goto('./#/gemma-2-mini/9-nothing-res-4k')
  await parts(page).error.getByRole('link', { name: 'All sources' }).click()
  await expect(page.getByRole('grid', { name: 'Sources' })).toBeVisible()
  await expect(parts(page).error).toHaveCount(0)
})

test('a link with a locked token the text does not have says so, and Esc unlocks', async ({ page }) => {
  await page.goto(`./#/gemma-2-mini/${SOURCE}?text=Hi&token=999`)
  await expect(page.getByText('no token 999')).toBeVisible()
  await page.keyboard.press('Escape')
  await settled(page)
})

test('when the engine cannot be loaded the page says so', async ({ page }) => {
  await page.route('**/assets/worker-*.js', (route) => route.fulfill({ status: 500, body: '' }))
  await page.goto('./')
  await expect(parts(page).error).toContainText('The engine could not be started')
})

test('when the bundled hub is missing the page says so', async ({ page }) => {
  await page.route('**/hub/featurescope/catalogue.json', (route) => route.fulfill({ status: 404, body: '' }))
  await page.goto('./')
  await expect(parts(page).error).toContainText('The bundled model is missing')
})
