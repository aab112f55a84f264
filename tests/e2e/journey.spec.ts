import type { Page } from '@playwright/test'
import { chooseBackends, copied, expect, parts, settled, shownFeatures, test, watch } from './page.ts'

const TEXT = 'The captain of the whale ship spoke to the President of the United States in 1850.'

/** Every activation of a run, by position, through the page's own scripting surface. */
async function activations(page: Page): Promise<Record<string, number>[]> {
  return page.evaluate(async (text) => {
    const { features } = await window.featurescope.run(text)
    return Array.from({ length: features.rows }, (_, row) => {
      const entries: [number, number][] = []
      for (let k = features.rowPtr[row]; k < features.rowPtr[row + 1]; k++)
        entries.push([features.indices[k], features.values[k]])
      return Object.fromEntries(entries)
    })
  }, TEXT)
}

for (const kind of ['WebGPU', 'wasm'] as const) {
  test(`a person pastes a text, finds a feature and shares it (${kind})`, async ({
    page,
    browser,
    baseURL,
  }) => {
    await page.goto('./')
    await settled(page)
    await chooseBackends(page, kind)
    await parts(page).text.fill(TEXT)
    await parts(page).text.press('Control+Enter')
    await expect(parts(page).tokens).toContainText('ship')
    await settled(page)

    // Lock a token: the list shows that token's features only.
    await parts(page).token(4).click()
    await expect(parts(page).token(4)).toHaveAttribute('aria-pressed', 'true')
    const onToken = await shownFeatures(page)
    expect(onToken.length).toBeGreaterThan(0)

    // The link of this state, opened in a clean browser, shows the same.
    const link = await copied(page)
    const context = await browser.newContext()
    const other = await context.newPage()
    const check = watch(other, new URL(baseURL ?? '').origin)
    await other.goto(link)
    await settled(other)
    await chooseBackends(other, kind)
    await settled(other)
    await expect(parts(other).text).toHaveValue(TEXT)
    await expect(parts(other).token(4)).toHaveAttribute('aria-pressed', 'true')
    expect(await shownFeatures(other)).toEqual(onToken)

    // A feature's page, and its link.
    const href = (await parts(page).featureLinks.first().getAttribute('href')) ?? ''
    const index = /\/(\d+)(\?|$)/.exec(href)?.[1] ?? 'no index'
    await parts(page).featureLinks.first().click()
    await expect(page.getByRole('heading', { level: 1 })).toContainText(index)
    await expect(page.getByText('Threshold', { exact: false }).first()).toBeVisible()
    await other.goto(await copied(page))
    await expect(other.getByRole('heading', { level: 1 })).toContainText(index)
    await expect(other).toHaveURL(new RegExp(`#/gemma-2-mini/[^/]+/${index}`))
    check()
    await context.close()
  })
}

test('WebGPU and wasm find the same features with the same values', async ({ page }) => {
  await page.goto('./')
  await settled(page)
  await chooseBackends(page, 'wasm')
  const wasm = await activations(page)
  await chooseBackends(page, 'WebGPU')
  const webgpu = await activations(page)
  expect(webgpu.length).toBe(wasm.length)
  let compared = 0
  for (const [row, expected] of wasm.entries()) {
    const found = webgpu[row]
    expect(Object.keys(found)).toEqual(Object.keys(expected))
    // 1e-5 of the row's largest activation: float32 sums of a few hundred terms in another order.
    const scale = Math.max(...Object.values(expected), 1e-9)
    for (const [index, value] of Object.entries(expected)) {
      expect(Math.abs(found[index] - value) / scale).toBeLessThan(1e-5)
      compared += 1
    }
  }
  expect(compared).toBeGreaterThan(wasm.length)
})
