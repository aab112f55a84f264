// Measures a first visit: time from opening the page to the first coloured tokens, and the bytes it took.
import { expect, test } from '@playwright/test'

for (const run of [1, 2, 3]) {
  test(`first visit ${run}`, async ({ browser }) => {
    const context = await browser.newContext()
    const page = await context.newPage()
    const session = await context.newCDPSession(page)
    const bytes = new Map<string, number>()
    await session.send('Network.enable')
    const kind = (url: string): string =>
      /\/hub\//.test(url) ? 'bundled model and SAE' : /\.wasm/.test(url) ? 'wasm' : 'page'
    page.on('requestfinished', async (request) => {
      const sizes = await request.sizes().catch(() => undefined)
      const key = kind(request.url())
      bytes.set(key, (bytes.get(key) ?? 0) + (sizes?.responseBodySize ?? 0))
    })
    const start = Date.now()
    await page.goto('./')
    const tokens = page.getByRole('list', { name: 'Tokens' })
    await expect(tokens).toBeVisible()
    const tokensAt = Date.now()
    await expect(
      page.getByRole('list', { name: 'Active features' }).getByRole('listitem').first(),
    ).toBeVisible()
    const featuresAt = Date.now()
    await page.waitForLoadState('networkidle')
    process.stdout.write(
      `first visit ${run}: tokens ${tokensAt - start} ms, coloured with features ${featuresAt - start} ms; ` +
        `${[...bytes].map(([name, size]) => `${name} ${(size / 1e6).toFixed(2)} MB`).join(', ')}\n`,
    )
    await context.close()
  })
}
