// Going away and back: the browser keeps the page as it was, engine and all, if nothing forbids that.
import { expect, test as inPage, parts, settled } from './page.ts'

// Playwright turns the cache off.
const test = inPage.extend({
  launchOptions: [
    async ({ launchOptions }, use) => {
      await use({ ...launchOptions, ignoreDefaultArgs: ['--disable-back-forward-cache'] })
    },
    { scope: 'worker' },
  ],
})

test('a page that was left is taken up where it was, and the next text runs', async ({ page, context }) => {
  await page.goto('./#/gemma-2-mini/3-miniscope-res-4k?text=The%20whale%20swam%20away')
  await settled(page)
  const cdp = await context.newCDPSession(page)
  await cdp.send('Page.enable')
  const why: unknown[] = []
  cdp.on('Page.backForwardCacheNotUsed', ({ notRestoredExplanations }) =>
    why.push(...notRestoredExplanations),
  )
  await page.evaluate(() => Reflect.set(window, 'sameAsBefore', true))
  await page.route('**/favicon.ico', (route) => route.fulfill({ status: 204 }))
  await page.goto('./icon.svg')
  // A page out of the cache does not load, so there is no end of loading to wait for.
  await page.goBack({ waitUntil: 'commit' })
  await settled(page)
  expect(why).toEqual([])
  expect(await page.evaluate(() => Reflect.get(window, 'sameAsBefore'))).toBe(true)
  await parts(page).text.fill('Water boils at a hundred degrees.')
  await parts(page).text.press('Control+Enter')
  await expect(parts(page).tokens).toContainText('Water')
  await settled(page)
  await expect(parts(page).error).toHaveCount(0)
})
