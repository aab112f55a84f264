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
