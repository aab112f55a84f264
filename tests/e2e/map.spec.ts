// The map of a source's features: computed with progress, kept, coloured, picked from, by keys and by pointer.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Locator, Page } from '@playwright/test'
import type { AxeResults } from 'axe-core'
import { expect, test } from './page.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const ADDRESS = './#/gemma-2-mini/3-miniscope-res-4k?view=map'

const map = (page: Page): Locator => page.getByRole('application', { name: 'Map of 4,096 features' })
const panel = (page: Page): Locator => page.getByRole('region', { name: 'Map of features' })
const picked = (page: Page): Locator => page.getByRole('region', { name: 'Picked features' })

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  const results = await page.evaluate((): Promise<AxeResults> => Reflect.get(window, 'axe').run())
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`),
  )
}

async function ready(page: Page): Promise<void> {
  await expect(map(page)).toBeVisible()
  await expect(panel(page).getByText('of tokens, on a logarithmic scale')).toBeVisible()
}

/** Pixels of the canvas that are not as its corner is. */
function inked(page: Page): Promise<number> {
  return page.locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
    const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? []
    let count = 0
    for (let i = 0; i < pixels.length; i += 4) if (pixels[i] !== pixels[0]) count += 1
    return count
  })
}

test('is computed with progress, cancelled, computed again, and there at once after a reload', async ({
  page,
}) => {
  await page.goto('./#/gemma-2-mini/3-miniscope-res-4k?view=source')
  await page.getByRole('link', { name: 'Map of its features' }).click()
  await expect(panel(page).getByRole('progressbar')).toHaveAttribute('aria-valuetext', /of 4,096 features/)
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Compute the map' }).click()
  await expect(panel(page).getByRole('progressbar')).toBeVisible()
  await ready(page)
  expect(await inked(page)).toBeGreaterThan(4096)
  await expect(page.getByText(/\d+% of each feature’s 10 nearest by decoder direction/)).toBeVisible()

  let computed = false
  page.on('worker', (worker) => {
    computed ||= worker.url().includes('map.worker')
  })
  await page.reload()
  await ready(page)
  expect(computed).toBe(false)

  await page.goto('./#/storage')
  const row = page.getByRole('row', { name: /3-miniscope-res-4k, map of features/ })
  await expect(row).toContainText('built here')
  await row.getByRole('button', { name: /^Delete/ }).click()
  await expect(row).toHaveCount(0)
  await page.reload()
  await expect(page.getByText('Nothing is stored.')).toBeVisible()
})

test('is coloured by a search that the address keeps, and its hits open as a list', async ({ page }) => {
  await page.goto(ADDRESS)
  await ready(page)
  await page.getByRole('searchbox', { name: 'Search features' }).fill('ship')
  const legend = panel(page).getByText(/\d+ found ·\s+[\d,]+ others/)
  await expect(legend).toBeVisible()
  const words = await legend.textContent()
  await expect(page).toHaveURL(/colour=search&q=ship/)
  await page.reload()
  await expect(legend).toHaveText(words ?? '')
  const found = Number(words?.match(/\d+/)?.[0])
  await page.getByRole('link', { name: 'Open as list' }).click()
  await expect(page.getByRole('status').filter({ hasText: `${found} found` })).toBeVisible()
})

test('moves by keys, and what is in view becomes a list to go on from', async ({ page }) => {
  await page.goto(ADDRESS)
  await ready(page)
  await page.getByRole('button', { name: 'List what is in view' }).press('Enter')
  await expect(picked(page).getByRole('heading')).toHaveText('4,096 in view')
  await expect(picked(page).getByRole('heading')).toBeFocused()
  await map(page).focus()
  for (const key of ['+', '+', '+', '+', '+', 'ArrowRight', 'ArrowUp']) await page.keyboard.press(key)
  await page.getByRole('button', { name: 'List what is in view' }).press('Enter')
  const heading = picked(page).getByRole('heading')
  await expect(heading).not.toHaveText('4,096 in view')
  const count = Number(((await heading.textContent()) ?? '').replace(/\D/g, ''))
  expect(count).toBeGreaterThan(10)
  expect(count).toBeLessThan(2000)
  const first = picked(page).getByRole('listitem').first()
  await expect(first).toHaveAttribute('aria-setsize', String(count))
  await expect(first).not.toContainText('…')
  const index = ((await first.textContent()) ?? '').match(/^\d+/)?.[0]
  await map(page).press('0')
  await page.getByRole('button', { name: 'List what is in view' }).press('Enter')
  await expect(heading).toHaveText('4,096 in view')
  await page.getByRole('button', { name: 'Close the list' }).click()
  await expect(picked(page)).toHaveCount(0)
  expect(index).toMatch(/^\d+$/)
})

test('a lasso lists what it encircles, hovering tells what a point is, and a press opens it', async ({
  page,
}) => {
  await page.goto(ADDRESS)
  await ready(page)
  await page.getByRole('button', { name: 'Lasso' }).click()
  const box = (await page.locator('canvas').boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 }
  const [x, y, r] = [box.x + box.width / 2, box.y + box.height / 2, box.height / 5]
  await page.mouse.move(x + r, y)
  await page.mouse.down()
  for (let i = 1; i <= 16; i += 1) {
    await page.mouse.move(x + r * Math.cos((i / 17) * 2 * Math.PI), y + r * Math.sin((i / 17) * 2 * Math.PI))
  }
  await page.mouse.up()
  const heading = picked(page).getByRole('heading')
  await expect(heading).toHaveText(/^[\d,]+ encircled$/)
  const count = Number(((await heading.textContent()) ?? '').replace(/\D/g, ''))
  expect(count).toBeGreaterThan(20)
  expect(count).toBeLessThan(3000)
  await page.getByRole('button', { name: 'Close the list' }).click()

  // Points lie close together in the middle: one is within reach somewhere on a short way.
  const tip = map(page).getByText(/^fires on [\d.]+% of tokens$/)
  for (let step = 0; step < 60 && (await tip.count()) === 0; step += 1) await page.mouse.move(x + 3 * step, y)
  await expect(tip).toBeVisible()
  const index = await tip.locator('..').locator('b').textContent()
  await page.mouse.down()
  await page.mouse.up()
  await expect(page).toHaveURL(new RegExp(`3-miniscope-res-4k/${index}$`))
  await page.goBack()
  await ready(page)
})

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in the ${colorScheme} theme`, () => {
    test.use({ colorScheme })
    test('axe finds nothing on the map, with a search, a list and the computation told', async ({ page }) => {
      await page.goto(ADDRESS)
      await ready(page)
      expect(await violations(page)).toEqual([])
      await page.getByRole('searchbox', { name: 'Search features' }).fill('ship')
      await expect(panel(page).getByText(/\d+ found · /)).toBeVisible()
      await page.getByRole('button', { name: 'List what is in view' }).click()
      await expect(picked(page)).toBeVisible()
      await page.getByText('How was this computed?').click()
      await expect(page.getByText('umap-js', { exact: false })).toBeVisible()
      expect(await violations(page)).toEqual([])
    })
  })
}

for (const width of [360, 768, 2560]) {
  test(`at ${width} px nothing of the map runs out of the page sideways`, async ({ page }) => {
    await page.setViewportSize({ width, height: 800 })
    await page.goto(ADDRESS)
    await ready(page)
    await page.getByRole('button', { name: 'List what is in view' }).click()
    await expect(picked(page)).toBeVisible()
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    expect(overflow).toBe(0)
  })
}
