// The image of a view and results as files, as a person takes them.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { Page } from '@playwright/test'
import type { AxeResults } from 'axe-core'
import { expect, parts, settled, test } from './page.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const SOURCE = './#/gemma-2-mini/3-miniscope-res-4k'
const TEXT = encodeURIComponent('The whale swam past the ship.')
const SECOND = encodeURIComponent('The ship sailed from Boston in 1850.')

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  const results = await page.evaluate((): Promise<AxeResults> => Reflect.get(window, 'axe').run())
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
}

const share = (page: Page) => ({
  button: page.getByRole('button', { name: 'Image', exact: true }),
  dialog: page.getByRole('dialog', { name: 'Image of this view' }),
  savePng: page.getByRole('button', { name: 'Save PNG', exact: true }),
  saveSvg: page.getByRole('button', { name: 'Save SVG', exact: true }),
  words: page.getByRole('textbox', { name: 'In words, for those who do not see it' }),
  preview: page.getByRole('dialog').getByRole('img'),
})

/** Saves what a press of `press` gives. */
async function saved(page: Page, press: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
  const saving = page.waitForEvent('download')
  await press()
  const download = await saving
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) }
}

/** Size of a PNG, and how many colours and what share of its most frequent one it has, as the browser decodes it. */
async function decoded(page: Page, png: Buffer): Promise<{ size: number[]; colours: number; most: number }> {
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
    const context = new OffscreenCanvas(image.width, image.height).getContext('2d')
    if (!context) throw new Error('no canvas')
    context.drawImage(image, 0, 0)
    const pixels = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer)
    const counts = new Map<number, number>()
    for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1)
    const size = [image.width, image.height]
    return { size, colours: counts.size, most: Math.max(...counts.values()) / pixels.length }
  }, png.toString('base64'))
}

/** Cells of a CSV without line ends inside of quotes. */
function cells(csv: string): string[][] {
  const lines = csv.trimEnd().split('\r\n')
  return lines.map((line) =>
    [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, bare]) =>
      (quoted ?? bare).replaceAll('""', '"'),
    ),
  )
}

async function saveTable(page: Page, format: 'CSV' | 'JSON', within = page.locator('body')) {
  await within.getByRole('button', { name: 'Save table', exact: true }).click()
  return saved(page, () => page.getByRole('menuitem', { name: `Table as ${format}` }).click())
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the image of a text, by keyboard, ${colorScheme}: previewed, told in words, saved as PNG and SVG`, async ({
    page,
    browser,
  }) => {
    await page.emulateMedia({ colorScheme })
    await page.goto(`${SOURCE}?text=${TEXT}`)
    await settled(page)
    await expect(parts(page).tokens).toContainText('whale')
    await share(page).button.focus()
    await page.keyboard.press('Enter')
    await expect(share(page).dialog).toBeVisible()
    // What is first done is first reached, and what the picture shows is told with the dialog.
    await expect(share(page).savePng).toBeFocused()
    await expect(share(page).dialog).toHaveAccessibleDescription(/“The whale swam past the ship/)
    await expect(share(page).preview).toHaveAccessibleName(/The whale swam past the ship/)
    await expect(share(page).words).toHaveValue(/gemma-2-mini › 3-miniscope-res-4k: “The whale swam/)
    expect(await violations(page)).toEqual([])

    const png = await saved(page, () => page.keyboard.press('Enter'))
    expect(png.name).toBe('3-miniscope-res-4k-explore.png')
    const { size, colours, most } = await decoded(page, png.bytes)
    expect(size).toEqual([1200, 630])
    expect(colours).toBeGreaterThan(200)
    expect(most).toBeLessThan(0.8)

    const svg = await saved(page, () => share(page).saveSvg.click())
    const text = svg.bytes.toString()
    expect(text).toContain('viewBox="0 0 1200 630"')
    const path = test.info().outputPath('card.svg')
    writeFileSync(path, text)
    const alone = await browser.newPage({ offline: true, viewport: { width: 1200, height: 630 } })
    await alone.goto(pathToFileURL(path).href)
    // A file that is not well-formed is shown as far as it goes, with an element that says so.
    await expect(alone.locator('parsererror')).toHaveCount(0)
    expect(await alone.locator('text').count()).toBeGreaterThan(20)
    await expect(alone.locator('text').filter({ hasText: 'Featurescope' })).toHaveCount(1)
    expect((await decoded(page, await alone.screenshot())).colours).toBeGreaterThan(200)
    await alone.close()

    // Back over the picture's words, and on to the other ways to take it, by keys alone.
    await share(page).savePng.focus()
    await page.keyboard.press('Shift+Tab')
    await expect(share(page).words).toBeFocused()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await expect(page.getByRole('button', { name: 'Copy image', exact: true })).toBeFocused()
    await page.keyboard.press('Escape')
    await expect(share(page).dialog).toHaveCount(0)
    await expect(share(page).button).toBeFocused()
  })
}

test('before there is anything to draw, the dialog says so and its way out has the focus', async ({
  page,
}) => {
  // Parameters that never come.
  await page.route('**/params.npz', () => undefined)
  await page.goto(`${SOURCE}?view=source`)
  await share(page).button.focus()
  await page.keyboard.press('Enter')
  await expect(share(page).dialog).toHaveAccessibleDescription('There is nothing to draw on this page yet.')
  await expect(share(page).dialog.getByRole('button', { name: 'Close', exact: true })).toBeFocused()
})

test('a histogram of the image counts on the axis that the page shows', async ({ page }) => {
  /** What the saved SVG writes, and whether the words say that counts are logarithmic. */
  const drawn = async (): Promise<{ texts: string[]; words: string }> => {
    await share(page).button.click()
    await expect(share(page).words).toHaveValue(/a histogram/)
    const words = await share(page).words.inputValue()
    const svg = (await saved(page, () => share(page).saveSvg.click())).bytes.toString()
    await page.keyboard.press('Escape')
    await expect(share(page).dialog).toHaveCount(0)
    return { texts: [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text), words }
  }
  const logarithmic = /a histogram, counts on a logarithmic axis/
  await page.goto(`${SOURCE}/262`)
  const activations = page.getByRole('region', { name: /^Activations, / })
  await expect(activations.getByRole('radio', { name: 'Linear', exact: true })).toBeChecked()
  const linear = await drawn()
  expect(linear.words).not.toMatch(logarithmic)
  expect(linear.texts).not.toContain('1')

  await activations.getByRole('radio', { name: 'Log', exact: true }).click()
  const log = await drawn()
  expect(log.words).toMatch(logarithmic)
  expect(log.texts).toEqual(
    expect.arrayContaining(['1', '10', expect.stringMatching(/^Activations.*\(log\)$/)]),
  )

  await test.step('which stays for the next feature, and is each chart’s own', async () => {
    await page.goto(`${SOURCE}/261`)
    await expect(page.getByRole('heading', { level: 1 })).toContainText('261')
    await expect(activations.getByRole('radio', { name: 'Log', exact: true })).toBeChecked()
    const logits = page.getByRole('region', { name: /^Logits/ })
    await expect(logits.getByRole('radio', { name: 'Linear', exact: true })).toBeChecked()
  })

  await test.step('the source’s page', async () => {
    await page.goto(`${SOURCE}?view=source`)
    const thresholds = page.getByRole('region', { name: 'Thresholds', exact: true })
    await thresholds.getByRole('radio', { name: 'Log', exact: true }).click()
    const { texts, words } = await drawn()
    expect(words).toMatch(
      /Thresholds: a histogram, counts on a logarithmic axis\. Encoder norms: a histogram$/,
    )
    expect(texts).toContain('Thresholds (log)')
    expect(texts).toContain('Encoder norms')
  })
})

test('the image follows the theme and what is locked', async ({ page }) => {
  await page.goto(`${SOURCE}?feature=262&token=2&text=${TEXT}`)
  await settled(page)
  const picture = async (): Promise<string> => {
    await share(page).button.click()
    await expect(share(page).words).toHaveValue(/262/)
    const { bytes } = await saved(page, () => share(page).savePng.click())
    await page.keyboard.press('Escape')
    await expect(share(page).dialog).toHaveCount(0)
    return bytes.toString('base64')
  }
  const light = await picture()
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await picture()).not.toBe(light)
})

test('every view has an image of its own', async ({ page }) => {
  const views: [address: string, words: RegExp][] = [
    [`${SOURCE}/262?defaulttesttext=${TEXT}`, /262 .*fires on .*promotes .*Top activations: /],
    [`${SOURCE}?view=browse&sort=-max&dead=hidden`, /All features.*by max, highest first.*\(\d[\d.]*%/],
    [`${SOURCE}?view=list&name=Ships&features=12,262`, /Ships. 2 features.*12 .*262 /],
    [`${SOURCE}?view=source`, /features 4,096/],
    [`${SOURCE}?view=map`, /Map of features. 4,096 features.*4096 points/],
    [`${SOURCE}?view=map&colour=search&q=whale`, /lit: “whale”.*1 \d+ +fires on .*8 \d+ /],
    [`${SOURCE}?view=layers&text=${TEXT}`, /9 sources.*3 residual/],
    [`${SOURCE}?view=compare&text=${TEXT}&with=${SECOND}`, /Two texts.*Only in the second text/],
    [`${SOURCE}?view=compare&other=5-miniscope-res-4k&text=${TEXT}`, /two sources.*5-miniscope-res-4k/],
  ]
  for (const [address, words] of views) {
    await page.goto(address)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await share(page).button.click()
    // What is missing yet comes into the open dialog by itself.
    await expect(share(page).words, address).toHaveValue(words, { timeout: 90_000 })
    const { bytes } = await saved(page, () => share(page).savePng.click())
    const { size, colours } = await decoded(page, bytes)
    expect(size).toEqual([1200, 630])
    expect(colours, address).toBeGreaterThan(100)
    await page.keyboard.press('Escape')
    await expect(share(page).dialog).toHaveCount(0)
  }
})

test('the image is copied, and where the browser cannot the dialog says so', async ({ page }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.goto(`${SOURCE}?text=${TEXT}`)
  await settled(page)
  await share(page).button.click()
  await page.getByRole('button', { name: 'Copy image', exact: true }).click()
  await expect(share(page).dialog.getByText('Copied', { exact: true }).first()).toBeVisible()
  const types = await page.evaluate(async () =>
    (await navigator.clipboard.read()).flatMap((item) => item.types),
  )
  expect(types).toEqual(['image/png'])
  await page.evaluate(() => Reflect.deleteProperty(window, 'ClipboardItem'))
  await page.getByRole('button', { name: 'Copy image', exact: true }).click()
  await expect(
    share(page)
      .dialog.getByText(/copies no images: save it instead/)
      .first(),
  ).toBeVisible()
})

test('nothing runs out of a page of 360 px, with the dialog open and closed', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 })
  const overflow = (): Promise<number> =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  await page.goto(`${SOURCE}/262`)
  await expect(page.getByRole('heading', { level: 1 })).toContainText('262')
  expect(await overflow()).toBe(0)
  await share(page).button.click()
  await expect(share(page).preview).toBeVisible()
  expect(await overflow()).toBe(0)
  const box = await share(page).dialog.boundingBox()
  expect(box?.width).toBeLessThanOrEqual(360)
  expect(await violations(page)).toEqual([])
})

test('the list of features is saved as CSV and JSON, line by line what the page shows', async ({ page }) => {
  await page.goto(`${SOURCE}?view=browse&sort=-max&density=0.0002,0.003`)
  const rows = page.getByRole('grid', { name: 'Features' }).locator('tbody [data-index]')
  await expect(rows.first()).toContainText('fires on')
  const found = Number((await page.getByText(/^[\d,]+ found$/).textContent())?.replace(/\D/g, ''))
  const shown = await rows.evaluateAll((lines) =>
    lines.slice(0, 10).map((line) => [...line.children].slice(0, 4).map((cell) => cell.textContent ?? '')),
  )
  const csv = await saveTable(page, 'CSV')
  expect(csv.name).toBe('3-miniscope-res-4k-features.csv')
  const [head, ...lines] = cells(csv.bytes.toString())
  expect(head).toEqual(['feature', 'label', 'label_by', 'summary', 'density', 'max', 'mean', 'skew'])
  expect(lines).toHaveLength(found)
  expect(new Set(lines.map(([feature]) => feature)).size).toBe(found)
  for (const [at, [index, words, density, max]] of shown.entries()) {
    const [feature, label, , summary, share, highest] = lines[at]
    expect(feature).toBe(index)
    expect(words).toContain(label || summary)
    expect(Number.parseFloat(density) / 100).toBeCloseTo(Number(share), 4)
    expect(Number(max)).toBeCloseTo(Number(highest), 0)
  }
  const json = JSON.parse((await saveTable(page, 'JSON')).bytes.toString())
  expect(json).toMatchObject({ source: '3-miniscope-res-4k', n_features: found })
  expect(json.question).toMatchObject({ sort: 'max', descending: true, density: [0.0002, 0.003] })
  expect(json.rows.map(({ feature }: { feature: number }) => String(feature))).toEqual(
    lines.map(([feature]) => feature),
  )
})

test('the ranking of a token, two texts and the layers are saved as the page shows them', async ({
  page,
}) => {
  await page.goto(`${SOURCE}?token=2&rank=sum&k=7&text=${TEXT}`)
  await settled(page)
  const items = parts(page).features.getByRole('listitem')
  const indices = await items.evaluateAll((all) => all.map((item) => item.getAttribute('data-feature')))
  const [head, ...ranking] = cells((await saveTable(page, 'CSV')).bytes.toString())
  expect(head.slice(0, 3)).toEqual(['rank', 'feature', 'label'])
  expect(ranking.map(([, feature]) => feature)).toEqual(indices)
  expect(ranking.map(([rank]) => rank)).toEqual(indices.map((_, at) => String(at + 1)))
  const json = JSON.parse((await saveTable(page, 'JSON')).bytes.toString())
  expect(json).toMatchObject({ text: 'The whale swam past the ship.', ordered_by: 'sum', positions: [2] })

  await page.goto(`${SOURCE}?view=compare&text=${TEXT}&with=${SECOND}`)
  const first = page.getByRole('table', { name: 'Only in the first text' })
  const count = page
    .getByRole('region', { name: /^Only in the first text/ })
    .locator('span')
    .first()
  await expect(first).toBeVisible()
  const shown = await first
    .locator('tbody tr')
    .evaluateAll((all) => all.map((row) => row.getAttribute('data-index')))
  const [, ...compared] = cells((await saveTable(page, 'CSV')).bytes.toString())
  const only = compared.filter(([list]) => list === 'only first')
  expect(only.slice(0, shown.length).map(([, feature]) => feature)).toEqual(shown)
  expect(only.length).toBe(Number(await count.textContent()) || only.length)

  await page.goto(`${SOURCE}?view=layers&text=${TEXT}`)
  await expect(page.getByRole('list', { name: 'Layers', exact: true }).locator('> li')).toHaveCount(9)
  await expect(page.getByRole('progressbar')).toHaveCount(0)
  const links = page.getByRole('list', { name: /^Top features/ }).getByRole('link')
  const strongest = await links.evaluateAll((all) =>
    all.map((link) => `${link.getAttribute('data-source')} ${link.getAttribute('data-feature')}`),
  )
  const [, ...layers] = cells((await saveTable(page, 'CSV')).bytes.toString())
  expect(layers.map((line) => `${line[0]} ${line[6]}`)).toEqual(strongest)
})

test('a list is saved and renamed, and its address follows', async ({ page }) => {
  await page.goto(`${SOURCE}?view=list&name=Ships&features=12,262`)
  await page.getByRole('button', { name: 'Keep as my list' }).click()
  const features = page.getByRole('list', { name: 'Features of the list' })
  await expect(features).toContainText('fires on')
  const [head, ...lines] = cells((await saveTable(page, 'CSV')).bytes.toString())
  expect(head.slice(0, 2)).toEqual(['place', 'feature'])
  expect(lines.map(([, feature]) => feature)).toEqual(['12', '262'])

  await page.getByRole('button', { name: 'Rename the list Ships' }).click()
  await page.getByRole('textbox', { name: 'New name of the list' }).fill('  Whales & boats ')
  expect(await violations(page)).toEqual([])
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Whales & boats')
  await expect(page).toHaveURL(/view=list&name=Whales%20%26%20boats&features=12,262/)
  await page.reload()
  await expect(page.getByRole('list', { name: 'My lists' })).toContainText('Whales & boats')
  await expect(page.getByRole('button', { name: 'Take 12 out of the list' })).toBeVisible()
  await page.getByRole('button', { name: 'Rename the list Whales & boats' }).click()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('textbox', { name: 'New name of the list' })).toHaveCount(0)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Whales & boats')
})
