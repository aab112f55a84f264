// Labels and dashboards from elsewhere, own labels and lists, Neuronpedia's addresses: in the page, as a person meets them.
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { Page } from '@playwright/test'
import type { AxeResults } from 'axe-core'
import { expect, parts, test } from './page.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const SOURCE = './#/gemma-2-mini/3-miniscope-res-4k'
const PLACE = { modelId: 'gemma-2-mini', layer: '3-miniscope-res-4k' }

const FEATURE = JSON.stringify({
  ...PLACE,
  index: '12',
  frac_nonzero: 0.0123,
  maxActApprox: 9.5,
  pos_str: ['▁harpoon', '▁sea'],
  pos_values: [0.9, 0.4],
  neg_str: ['▁senate'],
  neg_values: [-0.6],
  freq_hist_data_bar_values: [1, 3, 5],
  freq_hist_data_bar_heights: [90, 10, 1],
  explanations: [{ index: '12', description: 'harpoons of zanzibar', explanationModelName: 'a-model' }],
  activations: [{ tokens: ['▁a', '▁harpoon', '▁flew'], values: [0, 9.5, 1], binMin: -1, binMax: -1 }],
})

async function axe(page: Page): Promise<void> {
  await page.evaluate(AXE)
  const results = await page.evaluate<AxeResults>('axe.run()')
  expect(results.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
}

async function open(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.getByRole('progressbar')).toHaveCount(0)
}

test('a feature of Neuronpedia is imported, shown beside ours, found, kept, and removed', async ({
  page,
}) => {
  await open(page, `${SOURCE}?view=source`)
  const panel = page.getByRole('region', { name: 'Labels and dashboards from elsewhere' })
  await panel.getByText('Import some').click()
  await panel.getByLabel('Label files').setInputFiles([
    { name: 'feature-12.json', mimeType: 'application/json', buffer: Buffer.from(FEATURE) },
    { name: 'broken.jsonl', mimeType: 'application/json', buffer: Buffer.from('{"index": 3, ') },
  ])
  await expect(panel.getByText(/1 label, 1 dashboard with 1 text/).first()).toBeVisible()
  await panel.getByText('1 part left out').click()
  await expect(panel.getByText('broken.jsonl, line 1: It is no JSON.')).toBeVisible()
  await expect(panel.getByText(/Kept in this browser: labels of 1 feature/)).toBeVisible()

  await parts(page).find.fill('zanzibar')
  await page.getByRole('option', { name: /harpoons of zanzibar/ }).click()
  await expect(page).toHaveURL(/\/12(\?|$)/)
  const imported = page.getByRole('region', { name: 'Imported from Neuronpedia' })
  await expect(imported.getByText('fires on 1.2% of tokens')).toBeVisible()
  await expect(imported.getByText('▁harpoon').or(imported.getByText('harpoon')).first()).toBeVisible()
  await axe(page)

  await page.reload()
  await expect(imported).toBeVisible()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('harpoons of zanzibar')

  await open(page, `${SOURCE}?view=source`)
  await panel.getByRole('button', { name: 'Remove them' }).click()
  await expect(panel.getByText(/None yet/)).toBeVisible()
  await open(page, `${SOURCE}/12`)
  await expect(page.getByRole('heading', { level: 1 })).not.toContainText('zanzibar')
  await expect(imported).toHaveCount(0)
})

test('own words and lists are kept, linked, saved and merged', async ({ page, browser, baseURL }) => {
  await open(page, `${SOURCE}/12`)
  await page.getByRole('button', { name: 'Write a label or note' }).click()
  await page.getByLabel('Your label').fill('ships I like')
  await page.getByLabel('Your note').fill('see also 13')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('ships I like')
  await page.getByRole('button', { name: 'Add to list' }).click()
  await page.getByLabel('Name of a new list').fill('Ships')
  await page.getByRole('button', { name: 'Add to a new list' }).click()
  await page.getByRole('link', { name: 'See the list' }).click()
  await expect(page).toHaveURL(/view=list&name=Ships&features=12/)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('list', { name: 'Features of the list' })).toContainText('ships I like')
  await axe(page)
  await page.setViewportSize({ width: 360, height: 740 })
  const wide = await page.evaluate(() => document.documentElement.scrollWidth)
  expect(wide).toBeLessThanOrEqual(360)

  const saving = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save all as a file' }).click()
  const saved = await (await saving).path()

  const other = await browser.newPage({ baseURL })
  await open(other, `${SOURCE}?view=list&name=From%20a%20link&features=12,40`)
  await other.getByLabel('Notebook file').setInputFiles(saved)
  await expect(other.getByText(/Merged: 2 added/).first()).toBeVisible()
  await expect(other.getByRole('list', { name: 'Features of the list' })).toContainText('ships I like')
  await other.getByRole('button', { name: 'Keep as my list' }).click()
  await expect(other.getByRole('list', { name: 'My lists' })).toContainText('From a link')
  await other.reload()
  await expect(other.getByRole('list', { name: 'My lists' })).toContainText('Ships')
  await other.close()
})

test('Neuronpedia’s addresses open here', async ({ page }) => {
  const feature = 'https://www.neuronpedia.org/gemma-2-mini/3-miniscope-res-4k/12'
  await open(page, `./#${feature}?defaulttesttext=A%20whale`)
  await expect(page.getByRole('heading', { level: 1 })).toContainText('12')
  await expect(parts(page).text).toHaveValue('A whale')
  const features = JSON.stringify([12, 13].map((index) => ({ ...PLACE, index: String(index) })))
  await parts(page).find.fill(`https://www.neuronpedia.org/quick-list/?name=Two&features=${features}`)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Two')
  await expect(page.getByRole('list', { name: 'Features of the list' }).getByRole('listitem')).toHaveCount(2)
})

test('a feature is embedded by the parts an address names, with a pane that makes the HTML', async ({
  page,
}) => {
  await open(
    page,
    `${SOURCE}/12?embed=true&embedtestfield=false&embedactivations=false&defaulttesttext=A%20whale`,
  )
  await expect(page.getByRole('region', { name: /^Logits/ })).toBeVisible()
  await expect(page.getByRole('region', { name: /^On this text|text/i }).first()).toBeVisible()
  await expect(page.getByRole('banner').getByRole('combobox')).toHaveCount(0)
  await expect(parts(page).text).toHaveCount(0)
  // Without a label it is named by what it promotes and by what was counted.
  const title = page.getByRole('heading', { level: 1 })
  await expect(title).toHaveText(/^12 promotes/)
  await expect(page.getByText('computed', { exact: true })).toBeVisible()
  await axe(page)
  await open(page, `${SOURCE}/12?embed=true&embedexplanation=false`)
  await expect(title).toHaveText('12 feature')
  await expect(page.getByText('computed', { exact: true })).toHaveCount(0)

  await open(page, `${SOURCE}/12?defaulttesttext=A%20whale`)
  await page.getByRole('button', { name: 'Embed', exact: true }).click()
  await page.getByLabel('Charts and logits').uncheck()
  await page.getByLabel('Width').fill('500')
  const snippet = page.getByLabel('HTML to paste')
  await expect(snippet).toHaveValue(
    /embed=true&#38;embedplots=false&#38;defaulttesttext=A%20whale" .* width="500"/,
  )
  await page.getByRole('button', { name: 'Preview' }).click()
  const preview = page.frameLocator('iframe[title="Preview"]')
  await expect(preview.getByRole('heading', { level: 1 })).toContainText('12')
  await expect(preview.getByRole('textbox', { name: 'Text' })).toHaveValue('A whale')
})

test('a chart is saved as SVG and PNG, a feature as one HTML file that opens from disk', async ({
  page,
  browser,
}) => {
  await open(page, `${SOURCE}/12`)
  const logits = page.getByRole('region', { name: /^Logits/ })
  await logits.getByText('Table and picture').click()
  const download = async (name: string): Promise<Buffer> => {
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name }).last().click()
    return readFileSync(await (await saving).path())
  }
  expect((await download('Save as SVG')).toString()).toMatch(/^<svg [^>]*>.*<rect.*>logit<\/text>/s)
  expect([...(await download('Save as PNG')).subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47])

  const heading = await page.getByRole('heading', { level: 1 }).textContent()
  const html = await download('Save as HTML')
  const path = test.info().outputPath('feature.html')
  writeFileSync(path, html)
  const alone = await browser.newPage({ offline: true })
  await alone.goto(pathToFileURL(path).href)
  await expect(alone.getByRole('heading', { level: 1 })).toContainText(heading?.split(' ')[0] ?? '')
  await expect(alone.getByRole('heading', { name: 'Top activations' })).toBeVisible()
  await expect(alone.locator('svg')).toHaveCount(2)
  await axe(alone)
  await alone.close()
})

test('an embed works in a sandboxed frame of another origin, which has no storage', async ({
  browser,
  baseURL,
}) => {
  const address = `${baseURL}#/gemma-2-mini/3-miniscope-res-4k/12?embed=true&defaulttesttext=A%20whale`
  const host = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html')
    response.end(
      `<!doctype html><iframe sandbox="allow-scripts" width="800" height="900" src="${address}"></iframe>`,
    )
  })
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
  const where = host.address()
  const page = await browser.newPage()
  try {
    await page.goto(`http://127.0.0.1:${typeof where === 'object' ? where?.port : ''}/`)
    const frame = page.frameLocator('iframe')
    await expect(frame.getByRole('heading', { level: 1 })).toContainText('12')
    await expect(frame.getByRole('region', { name: /^Logits/ })).toBeVisible()
    await expect(frame.getByRole('textbox', { name: 'Text' })).toHaveValue('A whale')
    await expect(frame.getByRole('alert')).toHaveCount(0)
  } finally {
    await page.close()
    host.close()
  }
})
