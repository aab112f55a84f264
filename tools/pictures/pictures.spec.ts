// Takes the README's picture, the guide's (into docs) and a picture of every view at three widths in both themes (into .work/pictures).
import { expect, type Locator, type Page, test } from '@playwright/test'
import { startFakeHub } from '../../tests/support/fake-hub.ts'

const WIDTHS = [360, 1280, 2560]
const SCHEMES = ['light', 'dark'] as const

async function ready(page: Page): Promise<void> {
  await expect(
    page.getByRole('list', { name: 'Active features' }).getByRole('listitem').first(),
  ).toBeVisible()
  await expect(page.getByRole('progressbar')).toHaveCount(0)
}

/** Leaves one file whole and one in part in the browser's storage, and shows what is there. */
async function download(page: Page, origin: string, name: string): Promise<void> {
  await page.goto('./#/sources')
  await page.getByRole('textbox', { name: 'Address', exact: true }).fill(origin)
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  const open = page.getByRole('button', { name: 'Open', exact: true })
  const asked = page.getByRole('textbox', { name: 'Reference or address' })
  await asked.fill('hf:mirror/mini-scope-res/layer_3/width_4k/average_l0_11/params.npz')
  await open.last().click()
  await expect(page).not.toHaveURL(/#\/sources/)
  await page.goto('./#/sources')
  await asked.fill('hf:google/gemma-scope-2b-pt-res/layer_20/width_16k/average_l0_71')
  await open.last().click()
  const bar = page.getByRole('progressbar')
  await expect.poll(async () => Number(await bar.getAttribute('aria-valuenow'))).toBeGreaterThan(20)
  await page.screenshot({ path: `.work/pictures/opening-${name}.png` })
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.goto('./#/storage')
  await expect(page.getByRole('table', { name: 'Stored files' }).getByRole('row')).toHaveCount(3)
}

/** Two texts on one source, and one text on two sources. */
async function compare(page: Page, shot: (name: string) => Promise<Buffer>): Promise<void> {
  await page.getByRole('link', { name: 'Compare', exact: true }).click()
  await page.getByRole('textbox', { name: 'Compare with' }).fill('The ship sailed from Boston in 1850.')
  await page.getByRole('button', { name: 'Compare', exact: true }).click()
  const rows = page.getByRole('table', { name: 'In both' }).getByRole('row')
  await rows.nth(2).hover()
  await shot('compare-texts')
  await page.getByRole('radio', { name: 'Two sources' }).click()
  await page.getByRole('combobox', { name: 'Compare with' }).click()
  await page.getByRole('option', { name: '5-miniscope-res-4k' }).click()
  await expect(page.getByRole('list', { name: /^Source / })).toHaveCount(2)
  await shot('compare-sources')
}

/** The list of all features, with an index and without. */
async function browse(page: Page, shot: (name: string) => Promise<Buffer>): Promise<void> {
  const rows = page.getByRole('grid', { name: 'Features' }).locator('tbody [data-index]')
  await page.goto('./#/gemma-2-mini/3-miniscope-res-4k?view=browse&sort=-max&dead=hidden')
  await expect(rows.first()).toContainText('fires on')
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await shot('browse')
  await page.goto('./#/gemma-2-mini/5-miniscope-res-4k?view=browse')
  await expect(page.getByText('No activation index of this source', { exact: false })).toBeVisible()
  await expect(rows.first()).toContainText('no label')
  await shot('browse-no-index')
}

/** What running a real model would take, with the SAE's bytes of the hub that `download` has set. */
async function plan(page: Page): Promise<void> {
  await page.goto('./#/gemma-2-2b/1-gemmascope-res-16k?text=The%20capital%20of%20France%20is')
  await page.getByRole('button', { name: /^Download/ }).click()
  await page.getByRole('button', { name: 'Run unsloth/gemma-2-2b …' }).click({ timeout: 120_000 })
  await expect(page.getByRole('radio').first()).toBeVisible({ timeout: 30_000 })
}

for (const colorScheme of SCHEMES) {
  for (const width of WIDTHS) {
    test(`${width} px, ${colorScheme}`, async ({ browser }) => {
      const hub = await startFakeHub()
      const page = await browser.newPage({
        colorScheme,
        viewport: { width, height: width === 360 ? 780 : 900 },
      })
      const shot = (name: string): Promise<Buffer> =>
        page.screenshot({ path: `.work/pictures/${name}-${width}-${colorScheme}.png`, fullPage: true })
      await page.goto('./')
      await ready(page)
      await shot('explore')
      await page.getByRole('link', { name: 'Layers', exact: true }).click()
      await expect(page.getByRole('list', { name: 'Layers', exact: true }).locator('> li')).toHaveCount(9)
      await page
        .getByRole('list', { name: /^Top features/ })
        .getByRole('link')
        .nth(7)
        .focus()
      await shot('layers')
      await page.goBack()
      await ready(page)
      await page.getByRole('radio', { name: 'Heat map' }).click()
      await page.getByRole('application').hover({ position: { x: 56, y: 90 } })
      await shot('heat-map')
      await page.getByRole('radio', { name: 'List', exact: true }).click()
      await compare(page, shot)
      await page.goto('./#/')
      await ready(page)
      await page.getByRole('list', { name: 'Tokens' }).getByRole('button').nth(6).click()
      await shot('locked')
      await page.getByRole('list', { name: 'Active features' }).getByRole('link').first().click()
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await page.waitForTimeout(1500)
      await shot('feature')
      await page.goto('./#/sources')
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await page.waitForTimeout(1500)
      await shot('sources')
      await page.getByRole('searchbox', { name: 'Find source' }).fill('2b 20 res')
      if (width > 960)
        await page.getByRole('columnheader', { name: 'L0', exact: true }).getByRole('button').click()
      await page.waitForTimeout(300)
      await shot('sources-found')
      await page.goto('./#/gemma-2-mini/3-miniscope-res-4k?view=source')
      await expect(page.getByText('Near 1:', { exact: false })).toBeVisible()
      await shot('source')
      await browse(page, shot)
      await page.goto('./#/gemma-2-2b/20-gemmascope-res-16k/12082')
      await expect(page.getByRole('button', { name: /Download/ })).toBeVisible()
      await shot('offer')
      await page.goto('./#/storage')
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await page.waitForTimeout(500)
      await shot('storage')
      await download(page, hub.origin, `${width}-${colorScheme}`)
      await shot('storage-files')
      await plan(page)
      await shot('plan')
      await page.goto('./#/gemma-2-mini/no-such-source')
      await page.waitForTimeout(500)
      await shot('error')
      await page.close()
      hub.close()
    })
  }
}

test('the picture in the README', async ({ browser }) => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  await page.goto('./')
  await ready(page)
  const german = page.getByRole('listitem').filter({ hasText: /German text/ })
  await german.getByRole('button').click()
  await page.mouse.move(0, 0)
  await expect(page.getByText('…', { exact: true })).toHaveCount(0)
  await page.screenshot({ path: 'docs/explore.png' })
  await page.close()
})

const SOURCE = './#/gemma-2-mini/3-miniscope-res-4k'

/** Pages of the user guide, and what is in sight once they are whole. */
const GUIDE: { name: string; address: string; sign: (page: Page) => Locator }[] = [
  {
    name: 'feature',
    address: `${SOURCE}/262?defaulttesttext=${encodeURIComponent('The whale swam past the ship.')}`,
    sign: (page) => page.getByText('Top activations', { exact: true }),
  },
  {
    name: 'browse',
    address: `${SOURCE}?view=browse&sort=-max&density=0.0002,0.003`,
    sign: (page) => page.getByText('fires on', { exact: false }).nth(8),
  },
  {
    name: 'map',
    address: `${SOURCE}?view=map`,
    sign: (page) => page.getByText(/10 nearest by decoder direction/).first(),
  },
]

test('the image of a view in the guide', async ({ browser }) => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  await page.goto(`${SOURCE}/3118`)
  await expect(page.getByRole('heading', { name: 'Top activations' })).toBeVisible({ timeout: 120_000 })
  await page.getByRole('button', { name: 'Image', exact: true }).click()
  const saving = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save PNG', exact: true }).click()
  await (await saving).saveAs('docs/share-card.png')
  await page.close()
})

test('the switch for labels from elsewhere in the guide', async ({ browser }) => {
  const hub = await startFakeHub()
  const page = await browser.newPage({ viewport: { width: 1280, height: 520 } })
  await page.addInitScript(
    (endpoint) => localStorage.setItem('featurescope.hub', JSON.stringify({ endpoint })),
    hub.origin,
  )
  await page.goto('./#/gemma-2-2b/7-gemmascope-res-16k?view=browse')
  await page.getByRole('button', { name: /^Download/ }).click()
  // As it is offered: off, and nothing fetched.
  await expect(page.getByRole('checkbox', { name: /^Fetch labels from neuronpedia.org/ })).not.toBeChecked()
  await expect(page.getByRole('progressbar')).toHaveCount(0)
  await page.screenshot({ path: 'docs/labels.png' })
  await page.close()
  hub.close()
})

for (const { name, address, sign } of GUIDE) {
  test(`the picture of ${name} in the guide`, async ({ browser }) => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    await page.goto(address)
    await expect(sign(page)).toBeVisible({ timeout: 120_000 })
    await expect(page.getByRole('progressbar')).toHaveCount(0)
    await page.screenshot({ path: `docs/${name}.png` })
    await page.close()
  })
}
