// The built page with other ground under it: code that runs before the page's own, in the page and in its engine.
import type { Page } from '@playwright/test'

/** Runs `code` before the page's scripts and before the engine's; called before the page is opened. */
export async function runFirst(page: Page, code: string): Promise<void> {
  await page.addInitScript(code)
  await page.route('**/assets/worker-*.js', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: `${code}\n${await response.text()}` })
  })
}

/** Takes a source out of the content policy, in what the host sends and in what the page says itself. */
export async function forbid(page: Page, source: string): Promise<void> {
  await page.route(/\/($|#|index\.html|assets\/worker-[^/]*\.js)/, async (route) => {
    const response = await route.fetch()
    const without = (text: string): string => text.replaceAll(source, '')
    const headers = Object.fromEntries(
      Object.entries(response.headers()).map(([name, value]) => [name, without(value)]),
    )
    const body = await response.text()
    const html = /html/.test(headers['content-type'] ?? '')
    await route.fulfill({ response, headers, body: html ? without(body) : body })
  })
}
