import type { Locator, Page } from '@playwright/test'
import { chromium } from '@playwright/test'
import { findChromium } from '../support/chromium.ts'
import { chooseBackends, expect, parts, settled, shownFeatures, test, watch } from './page.ts'

test('hovering goes both ways: a token shows its features, a feature lights its tokens', async ({ page }) => {
  await page.goto('./')
  await settled(page)
  const all = await parts(page).featureLinks.count()
  await parts(page).token(5).hover()
  await expect(page.getByRole('heading', { name: /^Active features on/ })).toBeVisible()
  await expect.poll(() => parts(page).featureLinks.count()).toBeLessThan(all)
  await page.mouse.move(0, 0)
  await expect(page.getByRole('heading', { name: 'Active features', exact: true })).toBeVisible()

  const row = parts(page).features.getByRole('listitem').nth(1)
  const index = /\/(\d+)(\?|$)/.exec((await row.getByRole('link').getAttribute('href')) ?? '')?.[1]
  await row.hover()
  await expect(page.getByText(`feature ${index}`)).toBeVisible()

  // A lock outlasts the pointer and is in the address; Esc takes it away.
  await row.getByRole('button').click()
  await page.mouse.move(0, 0)
  await expect(page.getByText(`feature ${index}`)).toBeVisible()
  expect(page.url()).toContain(`feature=${index}`)
  await page.keyboard.press('Escape')
  await expect(page.getByText('total activation')).toBeVisible()
  expect(page.url()).not.toContain('feature=')
})

test('another source is chosen by the picker, and the text runs on it', async ({ page }) => {
  await page.goto('./')
  await settled(page)
  await parts(page).source.click()
  await page.getByRole('option', { name: /transcoder/ }).click()
  await expect(page).toHaveURL(/3-miniscope-transcoder-4k/)
  await expect(page.getByText('blocks.3.ln2.hook_normalized').first()).toBeVisible()
  await settled(page)
})

test('a number, a path or a word in the search box finds a feature', async ({ page }) => {
  await page.goto('./')
  await settled(page)
  await parts(page).find.fill('4095')
  await parts(page).find.press('Enter')
  await expect(page).toHaveURL(/\/4095(\?|$)/)
  await parts(page).find.fill('gemma-2-mini/3-miniscope-res-4k/7')
  await parts(page).find.press('Enter')
  await expect(page).toHaveURL(/\/7(\?|$)/)
  await parts(page).find.fill('German')
  await page.getByRole('option').first().click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('German')
})

test('how the weights are stored, and how much GPU memory they may take, is chosen and shown', async ({
  page,
}) => {
  await page.goto('./')
  await settled(page)
  await chooseBackends(page, 'WebGPU')
  const before = await shownFeatures(page)
  await parts(page).backend.getByRole('button').click()
  const pane = page.getByRole('dialog', { name: 'Backends' })
  await expect(pane.getByText('float32 weights take 4.2 MB on the GPU')).toBeVisible()
  await pane.getByRole('radio', { name: 'float16 (half the memory)' }).click()
  await expect(pane.getByText('float16 weights take 2.1 MB on the GPU')).toBeVisible()
  const budget = pane.getByRole('radiogroup', { name: 'GPU memory, at most (GB)' })
  await expect(budget.getByRole('radio', { name: '4', exact: true })).toBeChecked()
  await budget.getByRole('radio', { name: '1', exact: true }).click()
  await expect(budget.getByRole('radio', { name: '1', exact: true })).toBeChecked()
  await page.keyboard.press('Escape')
  // Over the bar: what lay under the dialog would be pointed at.
  await page.mouse.move(1, 1)
  await expect(page.getByRole('heading', { name: 'Active features', exact: true })).toBeVisible()
  await settled(page)
  const names = (features: string[]): string[] => features.slice(0, 5).map((text) => text.split(' ')[0])
  expect(names(await shownFeatures(page))).toEqual(names(before))
})

test('in a browser without WebGPU the page runs on wasm and says so', async ({ baseURL }) => {
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox', '--disable-features=WebGPU', '--disable-gpu', '--disable-background-networking'],
  })
  try {
    const page = await browser.newPage()
    const check = watch(page, new URL(baseURL ?? '').origin)
    await page.goto(baseURL ?? '')
    await settled(page)
    await expect(parts(page).backend).toContainText('wasm')
    const { sae, model, adapter } = await page.evaluate(() => window.featurescope.backend())
    expect({ sae, model }).toEqual({ sae: 'wasm', model: 'wasm' })
    expect(adapter).toBe('no WebGPU adapter')
    check()
  } finally {
    await browser.close()
  }
})

/** What the page says of how many features are active, and how many are hidden. */
const counts = (page: Page): Locator => page.getByText(/active of 4,096 features/)

test('dense features make room before the first ones are taken, and the ratio is to each feature’s own highest', async ({
  page,
}) => {
  await page.goto('./')
  await settled(page)
  const before = await shownFeatures(page)
  const slider = page.getByRole('slider', { name: 'Highest density' })
  await slider.focus()
  for (let press = 0; press < 20; press += 1) await page.keyboard.press('ArrowLeft')
  await expect(page).toHaveURL(/[?&]dense=0\.01&/)
  await expect(counts(page)).toContainText('denser ones hidden')
  await settled(page)
  // Every one that is left fires on no more than a hundredth of the index's tokens, and others took the free places.
  const after = await shownFeatures(page)
  expect(after).toHaveLength(before.length)
  expect(after).not.toEqual(before)
  const densities = await page.evaluate(
    async (indices) => {
      const found = []
      for (const index of indices) found.push(await window.featurescope.indexedFeature(index))
      return found.map((one) => (one ? one.statistics.count / one.countedTokens : Number.NaN))
    },
    after.slice(0, 6).map((text) => Number(text.split(' ')[0])),
  )
  for (const density of densities) expect(density).toBeLessThanOrEqual(0.01)

  await page.getByRole('radio', { name: 'Ratio' }).click()
  await expect(page).toHaveURL(/[?&]rank=ratio&dense=0\.01&/)
  await expect(parts(page).featureLinks.first()).toContainText('%')
  const [index, share] = (await shownFeatures(page))[0].split(' ')
  const ratio = await page.evaluate(async (feature) => {
    const text = document.querySelector('textarea')?.value ?? ''
    const { features } = await window.featurescope.run(text)
    const known = await window.featurescope.indexedFeature(feature)
    let max = 0
    features.indices.forEach((one, at) => {
      if (one === feature && at >= features.rowPtr[1]) max = Math.max(max, features.values[at])
    })
    return max / (known?.statistics.max ?? Number.NaN)
  }, Number(index))
  expect(Math.abs(Number.parseFloat(share) / 100 - ratio)).toBeLessThan(0.01)

  await page.getByRole('spinbutton', { name: 'Top' }).fill('7')
  await expect(parts(page).featureLinks).toHaveCount(7)
  await expect(page).toHaveURL(/[?&]k=7&/)
})

test('the heat map: a cell tells token, feature and value; keys walk it, and Enter locks both', async ({
  page,
}) => {
  await page.goto('./')
  await settled(page)
  const strongest = (await shownFeatures(page))[0].split(' ')
  await page.getByRole('radio', { name: 'Heat map' }).click()
  await expect(page).toHaveURL(/[?&]show=heat&/)
  const plane = page.getByRole('application', { name: /^Heat map of 24 features by \d+ tokens/ })
  const tip = page.getByRole('tooltip').filter({ hasText: /feature \d+/ })
  await plane.focus()
  await expect(tip).toContainText(`“<bos>” position 0`)
  await expect(tip).toContainText(`feature ${strongest[0]}: not active`)
  for (let step = 0; step < 3; step += 1) await page.keyboard.press('ArrowRight')
  await expect(tip).toContainText('position 3')
  // The table says where it is strongest: the cell there has the value that the list had.
  const row = page.getByRole('table', { name: 'The heat map as a table' }).locator('tbody tr').first()
  const position = Number(/ at (\d+):/.exec((await row.textContent()) ?? '')?.[1])
  await page.keyboard.press('Home')
  for (let step = 0; step < position; step += 1) await page.keyboard.press('ArrowRight')
  await expect(tip).toContainText(`position ${position}`)
  const value = Number(/: ([\d.]+)/.exec((await tip.textContent()) ?? '')?.[1])
  expect(Math.abs(value - Number(strongest[1]))).toBeLessThan(0.06)
  await expect(page.getByText(`feature ${strongest[0]}`, { exact: true })).toBeVisible()

  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(new RegExp(`token=${position}&feature=${strongest[0]}&`))
  await expect(parts(page).tokens.locator('[aria-pressed="true"]')).toHaveCount(1)
  await page.keyboard.press('Escape')
  await expect(page).not.toHaveURL(/token=/)
  // The pointer finds the same cell.
  await plane.hover({ position: { x: 16 * position + 8, y: 13 } })
  await expect(tip).toContainText(`position ${position}`)
  await page.getByRole('radio', { name: 'List', exact: true }).click()
  await expect(parts(page).featureLinks).toHaveCount(24)
})
