// What the page does when memory ends: the GPU's, the worker's, the tab's. The table is docs/faults.md.
import { test as plain } from '@playwright/test'
import { startFakeHub } from '../support/fake-hub.ts'
import { fillAt, hookGpu } from '../support/lost-gpu.ts'
import { engineOf, featuresOf, openOnGpu, run } from './engine-page.ts'
import { expect, parts, settled, shownFeatures, takeHub, test } from './page.ts'

const TEXT = 'The captain of the whale ship spoke to the President.'
const NEXT = 'Water boils at a hundred degrees in Boston.'
const OTHER = '5-miniscope-res-4k'

/** Arrays of more than `self.most` numbers are asked for so large that the browser itself refuses. */
const LITTLE_MEMORY = `
self.most = Infinity
const Bytes = ArrayBuffer
for (const name of ['Float32Array', 'Uint8Array', 'ArrayBuffer']) {
  self[name] = new Proxy(self[name], {
    construct(made, given, target) {
      if (typeof given[0] === 'number' && given[0] > self.most) new Bytes(2 ** 45)
      return Reflect.construct(made, given, target)
    },
  })
}
`

test('the GPU has no room for a text, then for a source: it says so with the way out, and what was open runs', async ({
  page,
}) => {
  await openOnGpu(page)
  const before = await featuresOf(page, TEXT)
  const engine = await engineOf(page)
  await fillAt(engine, 'read back')
  await run(page, NEXT)
  await expect(parts(page).error).toContainText('The GPU has not enough memory.')
  await expect(parts(page).error).toContainText('Reading back')
  expect(await shownFeatures(page)).toEqual(before)
  await fillAt(engine, 'W_enc')
  await page.goto(`./#/gemma-2-mini/${OTHER}`)
  // The error before has the same title and remedy: this one is waited for.
  const refused = parts(page).error.filter({ hasText: 'Placing layer_5' })
  await expect(refused).toContainText('The GPU has not enough memory.')
  await expect(refused).toContainText('choose a narrower SAE of the same hook, or the wasm backend')
  await page.goBack()
  await expect(parts(page).source).toContainText('3 · residual')
  await expect(parts(page).error).toHaveCount(0)
  expect(await featuresOf(page, TEXT)).toEqual(before)
  await fillAt(engine, undefined)
  await page.goto(`./#/gemma-2-mini/${OTHER}`)
  await expect(parts(page).source).toContainText('5 · residual')
  expect((await featuresOf(page, TEXT)).length).toBeGreaterThan(0)
  await expect(parts(page).error).toHaveCount(0)
})

test('the GPU has no room inside onnxruntime: the text runs on another engine, or it says so and runs later', async ({
  page,
}) => {
  const engines = await openOnGpu(page)
  const expected = await featuresOf(page, NEXT)
  const before = await featuresOf(page, TEXT)
  await fillAt(await engineOf(page), 'unnamed')
  expect(await featuresOf(page, NEXT)).toEqual(expected)
  await featuresOf(page, TEXT)
  engines.runFirst(`self.greedyAt = 'unnamed'`)
  await fillAt(await engineOf(page), 'unnamed')
  await run(page, NEXT)
  await expect(parts(page).error).toContainText('The GPU has not enough memory for this model.')
  expect(await shownFeatures(page)).toEqual(before)
  await fillAt(await engineOf(page), undefined)
  expect(await featuresOf(page, NEXT)).toEqual(expected)
  await expect(parts(page).error).toHaveCount(0)
})

test('the worker has no memory for a source: it says so, and what was open still runs', async ({ page }) => {
  const engines = await hookGpu(page)
  engines.runFirst(LITTLE_MEMORY)
  await page.goto('./')
  await settled(page)
  const before = await featuresOf(page, TEXT)
  const engine = await engineOf(page)
  await engine.evaluate(() => Reflect.set(self, 'most', 100_000))
  await page.goto(`./#/gemma-2-mini/${OTHER}`)
  await expect(parts(page).error).toContainText('The browser has too little memory for this.')
  await engine.evaluate(() => Reflect.set(self, 'most', Number.POSITIVE_INFINITY))
  await page.goBack()
  expect(await featuresOf(page, TEXT)).toEqual(before)
  await page.goForward()
  await expect(parts(page).source).toContainText('5 · residual')
  expect((await featuresOf(page, TEXT)).length).toBeGreaterThan(0)
  await expect(parts(page).error).toHaveCount(0)
})

// Chromium's own command for a renderer that dies stands in for one that its system ends for its memory.
plain(
  'the tab dies while it downloads: its address brings it back, and what had come is not fetched again',
  async ({ page, context }) => {
    const hub = await startFakeHub()
    try {
      await takeHub(page, hub.origin)
      await page.goto('./#/gemma-2-2b/20-gemmascope-res-16k')
      await page.getByRole('button', { name: 'Download 302.1 MB' }).click()
      const bar = page.getByRole('progressbar')
      await expect.poll(async () => Number(await bar.getAttribute('aria-valuenow'))).toBeGreaterThan(20)
      const address = page.url()
      const crashed = page.waitForEvent('crash')
      const cdp = await context.newCDPSession(page)
      void cdp.send('Page.crash').catch(() => undefined)
      await crashed
      const again = await context.newPage()
      await again.goto(address)
      const rest = again.getByRole('button', { name: /^Download [\d.]+ MB$/ })
      await expect(rest).toBeVisible()
      await expect(rest).not.toHaveText('Download 302.1 MB')
      await expect(again.getByRole('alert')).toHaveCount(0)
    } finally {
      hub.close()
    }
  },
)
