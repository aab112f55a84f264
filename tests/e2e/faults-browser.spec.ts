// What the page does in a browser that has less than it would like, or takes away what it gave. The table is docs/faults.md.
import { type Locator, type Page, test as plain } from '@playwright/test'
import { forbid, runFirst } from '../support/changed-scripts.ts'
import { expect, parts, settled, test, watch } from './page.ts'

const SOURCE = './#/gemma-2-mini/3-miniscope-res-4k?view=source&text=Moby%20Dick'
const EXPLORE = './#/gemma-2-mini/3-miniscope-res-4k?text=The%20whale%20swam%20away'
const OWN = 'The whale swam past the ship while the captain slept. '.repeat(60)

const NO_GPU = `Object.defineProperty(navigator, 'gpu', { value: undefined })`
const NO_STORAGE = `
const refused = () => { throw new DOMException('The user denied permission.', 'SecurityError') }
StorageManager.prototype.getDirectory = async () => refused()
IDBFactory.prototype.open = refused
if (self.Storage) for (const name of ['getItem', 'setItem', 'removeItem']) Storage.prototype[name] = refused
`
const TEN_YEARS_BACK = `
const now = Date.now
Date.now = () => now() - 3.2e11
`

const panelOf = (page: Page): Locator => page.getByRole('region', { name: 'Activation index' })

async function build(page: Page, text = OWN): Promise<void> {
  const panel = panelOf(page)
  await expect(panel).toContainText('comes with this page')
  await panel.getByText('Build one from your own texts').click()
  await panel.getByRole('textbox', { name: 'Texts' }).fill(text)
  await panel.getByRole('button', { name: 'Build from this text' }).click()
}

async function runs(page: Page): Promise<void> {
  await page.goto(EXPLORE)
  await settled(page)
  await parts(page).text.fill('Water boils at a hundred degrees.')
  await parts(page).text.press('Control+Enter')
  await expect(parts(page).tokens).toContainText('Water')
  await settled(page)
  await expect(parts(page).error).toHaveCount(0)
}

test('without WebGPU all runs on wasm; asked for, it says what is missing', async ({ page }) => {
  await runFirst(page, NO_GPU)
  await runs(page)
  await expect(parts(page).backend).toContainText('wasm')
  await parts(page).backend.getByRole('button').click()
  await page.getByRole('radiogroup', { name: 'SAE runs on' }).getByRole('radio', { name: 'WebGPU' }).click()
  await page.keyboard.press('Escape')
  await expect(parts(page).error).toContainText('WebGPU is not available here.')
})

test('with storage blocked texts run, an index is built for this visit, and the storage page says so', async ({
  page,
}) => {
  await runFirst(page, NO_STORAGE)
  await runs(page)
  await page.goto(SOURCE)
  await build(page)
  await expect(panelOf(page)).toContainText('built here', { timeout: 60_000 })
  await page.goto('./#/storage')
  await expect(page.getByText(/gives the page no storage/).first()).toBeVisible()
})

test('with storage full an index is refused with the way out, and built once there is room', async ({
  page,
  baseURL,
}) => {
  await page.goto(SOURCE)
  await expect(panelOf(page)).toContainText('comes with this page')
  const cdp = await page.context().newCDPSession(page)
  const origin = new URL(baseURL ?? '').origin
  await cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 2000 })
  await build(page)
  await expect(panelOf(page).getByRole('alert')).toContainText('There is no room to store the index.')
  await expect(panelOf(page)).toContainText('comes with this page')
  await cdp.send('Storage.overrideQuotaForOrigin', { origin })
  await page.reload()
  await build(page)
  await expect(panelOf(page)).toContainText('built here', { timeout: 60_000 })
})

test('what the browser has evicted while the page was open is done without', async ({ page, baseURL }) => {
  await page.goto(SOURCE)
  await build(page)
  await expect(panelOf(page)).toContainText('built here', { timeout: 60_000 })
  const cdp = await page.context().newCDPSession(page)
  const origin = new URL(baseURL ?? '').origin
  await cdp.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' })
  await runs(page)
  await parts(page).featureLinks.first().click()
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await page.reload()
  await page.goto(SOURCE)
  await expect(panelOf(page)).toContainText('comes with this page')
})

test('an index of a version that this page does not know is set aside, and can be built anew', async ({
  page,
}) => {
  await page.goto(SOURCE)
  await build(page)
  await expect(panelOf(page)).toContainText('built here', { timeout: 60_000 })
  const changed = await page.evaluate(async () => {
    let count = 0
    const walk = async (folder: FileSystemDirectoryHandle): Promise<void> => {
      for await (const handle of folder.values()) {
        if (handle.kind === 'directory') await walk(handle as FileSystemDirectoryHandle)
        else if (handle.name === 'manifest.json') {
          const file = handle as FileSystemFileHandle
          const text = await (await file.getFile()).text()
          const writable = await file.createWritable()
          await writable.write(text.replace(/"version":\s*\d+/, '"version":0'))
          await writable.close()
          count += Number(/"version":\s*\d+/.test(text))
        }
      }
    }
    await walk(await navigator.storage.getDirectory())
    return count
  })
  expect(changed).toBe(1)
  await page.reload()
  await build(page)
  await expect(panelOf(page)).toContainText('built here', { timeout: 60_000 })
})

test('a clock that is ten years back on the next visit changes nothing', async ({
  page,
  context,
  baseURL,
}) => {
  await page.goto(SOURCE)
  await build(page)
  await expect(panelOf(page)).toContainText('built here', { timeout: 60_000 })
  await page.close()
  const later = await context.newPage()
  const check = watch(later, new URL(baseURL ?? '').origin)
  await runFirst(later, TEN_YEARS_BACK)
  await runs(later)
  await later.goto(SOURCE)
  await expect(panelOf(later)).toContainText('built here')
  check()
})

test('a tab closed while it builds leaves nothing locked: the next one builds the same', async ({
  page,
  context,
}) => {
  await page.goto(SOURCE)
  await build(page, OWN.repeat(8))
  await expect(panelOf(page).getByRole('progressbar')).toBeVisible()
  await page.close()
  const next = await context.newPage()
  await next.goto(SOURCE)
  await build(next, OWN.repeat(8))
  await expect(panelOf(next)).toContainText('built here', { timeout: 90_000 })
})

test('two tabs build the same index one after the other, and both have it', async ({ page, context }) => {
  const second = await context.newPage()
  for (const one of [page, second]) await one.goto(SOURCE)
  await build(page, OWN.repeat(4))
  await expect(panelOf(page)).toContainText('Building the index')
  await build(second, OWN.repeat(4))
  await expect(panelOf(second)).toContainText('Waiting for another tab that builds an index of this source')
  for (const one of [page, second])
    await expect(panelOf(one)).toContainText('built here', { timeout: 90_000 })
})

plain('where a policy forbids WebAssembly the page says that, and stays', async ({ page }) => {
  await forbid(page, "'wasm-unsafe-eval'")
  await page.goto(EXPLORE)
  await expect(page.getByRole('alert').first()).toContainText(/WebAssembly|runtime/)
  await expect(page.getByRole('textbox', { name: 'Text' })).toBeVisible()
})
