// The page under test: every test fails on a console error, an uncaught error, or a request to another origin.
import { test as base, expect, type Locator, type Page } from '@playwright/test'

export { expect } from '@playwright/test'

/** Watches a page; call the result at the end to check that nothing went wrong unseen. */
export function watch(page: Page, origin: string): () => void {
  const problems: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`))
  page.on('request', (request) => {
    const { protocol, origin: from } = new URL(request.url())
    if (/^https?:|^wss?:/.test(protocol) && from !== origin)
      problems.push(`left the origin: ${request.url()}`)
  })
  return () => expect(problems).toEqual([])
}

export const test = base.extend<{ checked: undefined }>({
  checked: [
    async ({ page, baseURL }, use) => {
      const check = watch(page, new URL(baseURL ?? '').origin)
      await use(undefined)
      check()
    },
    { auto: true },
  ],
})

/** What a person finds in the page, by role and name. */
export const parts = (page: Page) => ({
  text: page.getByRole('textbox', { name: 'Text' }),
  run: page.getByRole('button', { name: 'Run', exact: true }),
  tokens: page.getByRole('list', { name: 'Tokens', exact: true }),
  token: (position: number): Locator =>
    page
      .getByRole('list', { name: 'Tokens', exact: true })
      .getByRole('button', { name: `position ${position}`, exact: false })
      .first(),
  features: page.getByRole('list', { name: 'Active features' }),
  featureLinks: page.getByRole('list', { name: 'Active features' }).getByRole('link'),
  copyLink: page.getByRole('button', { name: 'Copy link' }),
  model: page.getByRole('combobox', { name: 'Model' }),
  source: page.getByRole('combobox', { name: 'Source' }),
  find: page.getByRole('searchbox', { name: 'Find feature' }),
  backend: page.getByRole('status', { name: 'Backend' }),
  error: page.getByRole('alert'),
})

/** Waits until a run's features are shown and nothing loads any more. */
export async function settled(page: Page): Promise<void> {
  await expect(parts(page).featureLinks.first()).toBeVisible()
  await expect(page.getByRole('progressbar')).toHaveCount(0)
}

/** Each shown feature as "index value", in the list's order. */
export async function shownFeatures(page: Page): Promise<string[]> {
  const items = await parts(page).features.getByRole('listitem').allInnerTexts()
  return items.map((text) => {
    const words = text.split(/\s+/).filter(Boolean)
    return `${words[0]} ${words.at(-1)}`
  })
}

/** Chooses what computes by the chip in the top bar, as a person would. */
export async function chooseBackends(page: Page, kind: 'WebGPU' | 'wasm'): Promise<void> {
  await parts(page).backend.getByRole('button').click()
  for (const group of ['SAE runs on', 'Model runs on']) {
    const choice = page
      .getByRole('radiogroup', { name: group })
      .getByRole('radio', { name: kind, exact: true })
    await choice.click()
    await expect(choice).toBeChecked()
  }
  await page.keyboard.press('Escape')
  await expect(parts(page).backend).toContainText(kind)
  await expect(parts(page).backend).not.toContainText('+')
  await settled(page)
}

/** Presses "Copy link" and gives what it put on the clipboard. */
export async function copied(page: Page): Promise<string> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await parts(page).copyLink.click()
  return page.evaluate(() => navigator.clipboard.readText())
}

/** Takes another hub than the public one, on the sources page. */
export async function takeHub(page: Page, origin: string): Promise<void> {
  await page.goto('./#/sources')
  await page.getByRole('textbox', { name: 'Address', exact: true }).fill(origin)
  await page.getByRole('button', { name: 'Save', exact: true }).click()
}
