// The Sources and Storage pages as a person uses them: find, narrow, open; other files; the hub and its token.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Page, test as plain } from '@playwright/test'
import type { AxeResults } from 'axe-core'
import { startFakeHub } from '../support/fake-hub.ts'
import { FakeHubClient } from '../support/fake-hub-client.ts'
import { expect, test } from './page.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const SAE = 'public/hub/featurescope/mini-scope-res/layer_3/width_4k/average_l0_11/params.npz'

const library = (page: Page) => ({
  find: page.getByRole('searchbox', { name: 'Find source' }),
  count: page.getByRole('region', { name: 'All sources' }).getByRole('status'),
  grid: page.getByRole('grid', { name: 'Sources' }),
  rows: page.getByRole('grid', { name: 'Sources' }).locator('tbody [data-index]'),
  narrow: (by: string) => page.getByRole('combobox', { name: `Narrow by ${by}` }),
  mark: (name: string) => page.getByRole('button', { name, exact: true }),
  endpoint: page.getByRole('textbox', { name: 'Address', exact: true }),
  token: page.getByLabel('Access token'),
  save: page.getByRole('button', { name: 'Save', exact: true }),
})

async function openSources(page: Page): Promise<void> {
  await page.goto('./#/sources')
  await expect(library(page).count).toHaveText('11,223 of 11,223')
}

async function choose(page: Page, by: string, option: string | RegExp): Promise<void> {
  await library(page).narrow(by).click()
  await page.getByRole('option', { name: option }).click()
}

/** Every axe violation of the page as "rule: element". */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  const results = await page.evaluate((): Promise<AxeResults> => Reflect.get(window, 'axe').run())
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`),
  )
}

test('the pickers in the top bar lead to all sources, bundled ones first', async ({ page }) => {
  await page.goto('./')
  await page.getByRole('combobox', { name: 'Source', exact: true }).click()
  await page.getByRole('option', { name: 'All sources…' }).click()
  await expect(page).toHaveURL(/#\/sources$/)
  await expect(page.getByRole('heading', { level: 1, name: 'Sources' })).toBeVisible()
  await expect(library(page).rows.first()).toContainText('gemma-2-mini')
  await expect(library(page).grid).toHaveAttribute('aria-rowcount', '11224')
  // Of thousands of rows only those about in sight exist.
  expect(await library(page).rows.count()).toBeLessThan(60)
})

test('words narrow the list, the pick comes first, and its size and places are on it', async ({ page }) => {
  await openSources(page)
  await library(page).find.fill('2b 20 res 16k')
  await expect(library(page).count).toHaveText('5 of 11,223')
  await expect(page.getByText('2B · layer 20 · residual · 16k features')).toBeVisible()
  const first = library(page).rows.first()
  await expect(first).toContainText('20-gemmascope-res-16k')
  await expect(first).toContainText('canonical')
  await expect(
    first.getByRole('button', { name: 'Open 302.1 MB: gemma-2-2b 20-gemmascope-res-16k' }),
  ).toBeEnabled()
  for (const [name, href] of [
    ['Hub', 'https://huggingface.co/google/gemma-scope-2b-pt-res/tree/main/layer_20/width_16k/average_l0_71'],
    ['Neuronpedia', 'https://www.neuronpedia.org/gemma-2-2b/20-gemmascope-res-16k'],
  ]) {
    const link = first.getByRole('link', { name })
    await expect(link).toHaveAttribute('href', href)
    await expect(link).toHaveAttribute('rel', 'noreferrer')
    await expect(link).toHaveAttribute('target', '_blank')
  }
  await library(page).find.fill('https://www.neuronpedia.org/gemma-2-9b/20-gemmascope-res-131k/5')
  await expect(library(page).rows.first()).toContainText('20-gemmascope-res-131k')
  await library(page).find.fill('nothing like it')
  await expect(page.getByText('No source is like that.', { exact: false })).toBeVisible()
})

test('model, site, layer, width and L0 narrow one after another, and Clear takes all back', async ({
  page,
}) => {
  await openSources(page)
  await choose(page, 'model', /^gemma-2-9b \d/)
  await choose(page, 'site', /^MLP output/)
  await choose(page, 'layer', /^Layer 9 /)
  await expect(library(page).count).toHaveText(/^1\d of 11,223$/)
  await library(page).mark('Canonical').click()
  await expect(library(page).mark('Canonical')).toHaveAttribute('aria-pressed', 'true')
  await expect(library(page).count).toHaveText('2 of 11,223')
  await choose(page, 'width', /^131k features/)
  await expect(library(page).rows).toHaveCount(1)
  await expect(library(page).rows).toContainText('9-gemmascope-mlp-131k')
  await library(page).mark('Clear').click()
  await expect(library(page).count).toHaveText('11,223 of 11,223')
})

test('a long list of choices ends inside the window, wherever its button is', async ({ page }) => {
  await openSources(page)
  await library(page).narrow('layer').click()
  const list = page.getByRole('listbox', { name: 'Narrow by layer' })
  await expect(list).toBeVisible()
  const inside = await list.evaluate((element) => element.getBoundingClientRect().bottom <= innerHeight)
  expect(inside).toBe(true)
  await page.keyboard.press('End')
  await expect(list.getByRole('option').last()).toBeInViewport()
})

test('a heading sorts up, then down, then gives the list its own order back', async ({ page }) => {
  await openSources(page)
  const heading = page.getByRole('columnheader', { name: 'L0', exact: true })
  const values = async (): Promise<number[]> => {
    const texts = await library(page).rows.evaluateAll((rows) =>
      rows.map((row) => row.children[4]?.textContent?.replace(/[^\d.]/g, '') ?? ''),
    )
    return texts.map(Number)
  }
  await expect(heading).toHaveAttribute('aria-sort', 'none')
  await heading.getByRole('button').click()
  await expect(heading).toHaveAttribute('aria-sort', 'ascending')
  const up = await values()
  expect(up.length).toBeGreaterThan(10)
  expect(up).toEqual([...up].sort((a, b) => a - b))
  await heading.getByRole('button').click()
  await expect(heading).toHaveAttribute('aria-sort', 'descending')
  const down = await values()
  expect(down).toEqual([...down].sort((a, b) => b - a))
  expect(down[0]).toBeGreaterThan(up[0])
  const model = page.getByRole('columnheader', { name: 'Source', exact: true })
  await model.getByRole('button').click()
  await expect(heading).toHaveAttribute('aria-sort', 'none')
  await expect(model).toHaveAttribute('aria-sort', 'ascending')
  await model.getByRole('button').click()
  await expect(library(page).rows.first()).toContainText('gemma-3-27b-it')
  await model.getByRole('button').click()
  await expect(model).toHaveAttribute('aria-sort', 'none')
  await expect(library(page).rows.first()).toContainText('gemma-2-mini')
})

test('by keyboard: from a row back to the headings, Enter sorts, Arrow Down goes on to the first', async ({
  page,
}) => {
  await openSources(page)
  const heading = page.getByRole('columnheader', { name: 'L0', exact: true })
  await library(page).find.press('ArrowDown')
  await expect(library(page).rows.first()).toBeFocused()
  await page.keyboard.press('Shift+Tab')
  await expect(heading.getByRole('button')).toBeFocused()
  await page.keyboard.press('Enter')
  await page.keyboard.press(' ')
  await expect(heading).toHaveAttribute('aria-sort', 'descending')
  await expect(heading.getByRole('button')).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await expect(library(page).rows.first()).toBeFocused()
  await expect(library(page).rows.first()).toHaveAttribute('aria-rowindex', '2')
})

test('on a narrow page, where the headings are hidden, a box sorts', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 800 })
  await openSources(page)
  await expect(page.getByRole('columnheader', { name: 'Size', exact: true })).toBeHidden()
  await page.getByRole('combobox', { name: 'Sort', exact: true }).click()
  const option = page.getByRole('option', { name: 'By size', exact: true })
  await expect(option).toBeInViewport({ ratio: 1 })
  await option.click()
  const direction = page.getByRole('button', { name: 'Descending', exact: true })
  await expect(direction).toHaveAttribute('aria-pressed', 'false')
  await direction.click()
  await expect(direction).toHaveAttribute('aria-pressed', 'true')
  const buttons = await library(page).rows.getByRole('button').allInnerTexts()
  expect(buttons[0]).toMatch(/GB$/)
  await page.getByRole('combobox', { name: 'Sort', exact: true }).click()
  await page.getByRole('option', { name: 'Best first', exact: true }).click()
  await expect(library(page).rows.first()).toContainText('gemma-2-mini')
})

test('by keyboard: search, arrow keys far down and back, Enter opens', async ({ page }) => {
  await openSources(page)
  await library(page).find.focus()
  await page.keyboard.press('ArrowDown')
  await expect(library(page).rows.first()).toBeFocused()
  await page.keyboard.press('End')
  await expect(library(page).grid.locator('[aria-rowindex="11224"]')).toBeFocused()
  await page.keyboard.press('Home')
  await expect(library(page).rows.first()).toBeFocused()
  await library(page).find.fill('mini transcoder')
  await expect(library(page).rows).toHaveCount(1)
  await library(page).find.press('Enter')
  await expect(library(page).rows.first()).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/#\/gemma-2-mini\/3-miniscope-transcoder-4k/)
  await expect(page.getByRole('combobox', { name: 'Source', exact: true })).toContainText('3 · transcoder')
  await expect(page.getByRole('progressbar')).toHaveCount(0)
  // Back on the page, the open one is marked.
  await page.goto('./#/sources')
  await library(page).mark('On this machine').click()
  await expect(library(page).grid.locator('[aria-current]')).toContainText('3-miniscope-transcoder-4k')
})

test('a file from this machine opens; one of an unknown kind is named, with what would be accepted', async ({
  page,
}) => {
  await openSources(page)
  const files = page.getByLabel('Files to open')
  await files.setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') })
  await expect(page.getByRole('alert')).toContainText('notes.txt')
  await expect(page.getByRole('alert')).toContainText('params.npz')
  await files.setInputFiles(SAE)
  await expect(page).toHaveURL(/params\.npz/)
  await expect(page.getByRole('combobox', { name: 'Source', exact: true })).toContainText('params.npz')
})

test('the hub’s address is checked, and a token stays where it was chosen to stay', async ({ page }) => {
  await openSources(page)
  const kept = (): Promise<string> => page.evaluate(() => JSON.stringify(localStorage))
  await library(page).endpoint.fill('http://hub.example')
  await library(page).save.click()
  await expect(page.getByRole('alert')).toContainText('This is not the address of a hub.')
  await library(page).endpoint.fill('https://hub.example/')
  await library(page).token.fill('hf_example')
  await library(page).save.click()
  await expect(page.getByRole('alert')).toHaveCount(0)
  expect(await kept()).not.toContain('hf_example')
  await page.getByRole('radio', { name: 'This browser' }).click()
  await library(page).save.click()
  await expect.poll(kept).toContain('hf_example')
  await page.reload()
  await expect(library(page).token).toHaveValue('hf_example')
  await expect(library(page).endpoint).toHaveValue('https://hub.example')
  await page.getByRole('button', { name: 'Clear token' }).click()
  await expect.poll(kept).not.toContain('hf_example')
  await expect(library(page).token).toHaveValue('')
})

test('the storage page says what is used and that nothing is stored yet', async ({ page }) => {
  await page.goto('./#/storage')
  await expect(page.getByRole('heading', { level: 1, name: 'Storage' })).toBeVisible()
  await expect(page.getByRole('meter', { name: 'Storage used' })).toBeVisible()
  await expect(page.getByText('Nothing is stored.', { exact: false })).toBeVisible()
  await page.getByRole('link', { name: 'Sources page' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Sources' })).toBeVisible()
})

// The plain test: this one means to leave the page's own origin, for a hub on this machine.
plain(
  'what a hub sent is on the storage page with how it was checked, and goes when deleted',
  async ({ page }) => {
    const hub = await startFakeHub()
    try {
      await openSources(page)
      await library(page).endpoint.fill(hub.origin)
      await library(page).save.click()
      const file = 'mirror/mini-scope-res/layer_3/width_4k/average_l0_11/params.npz'
      await page.getByRole('textbox', { name: 'Reference or address' }).fill(`hf:${file}`)
      await page.getByRole('button', { name: 'Open', exact: true }).click()
      await expect(page).not.toHaveURL(/#\/sources/)
      await page.goto('./#/storage')
      const row = page.getByRole('table', { name: 'Stored files' }).getByRole('row', { name: file })
      await expect(row).toContainText('4.2 MB')
      await expect(row).toContainText('whole')
      await expect(row).toContainText('SHA-256')
      await row.getByRole('button', { name: `Delete: ${file}` }).click()
      await expect(page.getByText('Nothing is stored.', { exact: false })).toBeVisible()
    } finally {
      hub.close()
    }
  },
)

plain(
  'a second tab says that it waits for the first one’s download, and has it when that ends',
  async ({ context }) => {
    const hub = await startFakeHub()
    const control = new FakeHubClient(hub)
    try {
      const open = async (): Promise<Page> => {
        const page = await context.newPage()
        await openSources(page)
        // The second tab has the first one's choice already.
        if ((await library(page).endpoint.inputValue()) !== hub.origin) {
          await library(page).endpoint.fill(hub.origin)
          await library(page).save.click()
        }
        await page.getByRole('textbox', { name: 'Reference or address' }).fill('hf:fake/scope/params.npz')
        await page.getByRole('button', { name: 'Open', exact: true }).click()
        return page
      }
      await control.fault({ name: 'fake/scope/params.npz', kind: 'slow', bytesPerSecond: 300_000, skip: 1 })
      const first = await open()
      await expect(first.getByRole('progressbar', { name: 'Loading SAE' })).toBeVisible()
      const second = await open()
      const waiting = 'Waiting for another tab that is downloading this'
      await expect(second.getByRole('progressbar', { name: waiting })).toBeVisible()
      await expect(first.getByText(waiting)).toHaveCount(0)
      await control.clearFaults()
      await expect(second).toHaveURL(/params\.npz/)
      await expect(first).toHaveURL(/params\.npz/)
      // Directories and headers are read by each; the weights are fetched once.
      const large = (await control.log()).flatMap(({ host, range }) => {
        const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? []
        return host === 'cdn' && Number(to) - Number(from) > 1e6 ? [from] : []
      })
      expect(large.length).toBeGreaterThan(1)
      expect(new Set(large).size).toBe(large.length)
    } finally {
      hub.close()
    }
  },
)

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in the ${colorScheme} theme`, () => {
    test.use({ colorScheme })

    test('axe finds nothing on the sources and storage pages', async ({ page }) => {
      await openSources(page)
      expect(await violations(page)).toEqual([])
      await page.getByRole('columnheader', { name: 'Width', exact: true }).getByRole('button').click()
      await library(page).find.fill('2b canonical l0 70')
      await library(page).mark('Canonical').click()
      await library(page).find.press('Enter')
      expect(await violations(page)).toEqual([])
      await library(page).narrow('layer').click()
      expect(await violations(page)).toEqual([])
      await page.keyboard.press('Escape')
      await page.goto('./#/storage')
      await expect(page.getByRole('meter')).toBeVisible()
      expect(await violations(page)).toEqual([])
    })
  })
}

for (const width of [360, 390, 768, 1280, 2560]) {
  test(`at ${width} px nothing runs out of the sources and storage pages sideways`, async ({ page }) => {
    await page.setViewportSize({ width, height: 800 })
    const overflow = (): Promise<number> =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    await openSources(page)
    await library(page).find.fill('2b 20')
    expect(await overflow()).toBe(0)
    const button = library(page).rows.first().getByRole('button')
    await expect(button).toBeInViewport({ ratio: 1 })
    await page.goto('./#/storage')
    await expect(page.getByRole('meter')).toBeVisible()
    expect(await overflow()).toBe(0)
  })
}
