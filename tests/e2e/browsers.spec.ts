// Browsers that know less than the one these tests run in: what the page needs is named where it is missing, and what
// it only likes is done without. Versions: docs/browsers.md.
import { test as plain } from '@playwright/test'
import { runFirst } from '../support/changed-scripts.ts'
import { expect, parts, settled, test } from './page.ts'

const EXPLORE = './#/gemma-2-mini/3-miniscope-res-4k?text=The%20whale%20swam%20away'

/** What the page cannot do without, by the name it gives it, and how it is taken away. */
const NEEDED: readonly [name: string, away: string][] = [
  [
    'light-dark() in style sheets',
    'const { supports } = CSS; CSS.supports = (...asked) => !asked.join().includes("light-dark") && supports(...asked)',
  ],
  ['Promise.withResolvers', 'delete Promise.withResolvers'],
  ['AbortSignal.any', 'delete AbortSignal.any'],
  ['Intl.Segmenter', 'delete Intl.Segmenter'],
  ['Array.prototype.toSorted', 'delete Array.prototype.toSorted'],
  ['String.prototype.toWellFormed', 'delete String.prototype.toWellFormed'],
  ['DecompressionStream', 'delete self.DecompressionStream'],
  ['OffscreenCanvas', 'delete self.OffscreenCanvas'],
  ['<dialog>', 'delete self.HTMLDialogElement'],
]

for (const [name, away] of NEEDED) {
  plain(`without ${name} the page says so, and begins nothing`, async ({ page }) => {
    const uncaught: string[] = []
    page.on('pageerror', (error) => uncaught.push(error.message))
    await page.addInitScript(away)
    await page.goto('./')
    const alert = page.getByRole('alert')
    await expect(alert).toContainText('This browser is too old for Featurescope.')
    await expect(alert).toContainText(`It lacks ${name}.`)
    await expect(alert).toContainText('Firefox from 125')
    // What follows the last script of the page has run.
    await page.waitForLoadState('load')
    await expect(page.getByRole('textbox')).toHaveCount(0)
    expect(page.workers()).toEqual([])
    expect(uncaught).toEqual([])
  })
}

plain('where several are missing, all of them are named', async ({ page }) => {
  await page.addInitScript(NEEDED.map(([, away]) => away).join('\n'))
  await page.goto('./')
  const names = NEEDED.map(([name]) => name).join(', ')
  await expect(page.getByRole('alert')).toContainText(`It lacks ${names}.`)
})

/** As in Safari 17.5 and Firefox 125: no WebGPU, nothing lent to streams, no writing to files but by workers. */
const LESS = `
delete Navigator.prototype.gpu
delete WorkerNavigator.prototype.gpu
const { getReader } = ReadableStream.prototype
ReadableStream.prototype.getReader = function (options) {
  if (options?.mode === 'byob') throw new TypeError('There are no byte streams.')
  return getReader.call(this)
}
delete self.ReadableStreamBYOBReader
delete FileSystemFileHandle.prototype.createWritable
delete self.ClipboardItem
`.replaceAll(/^delete (\w+)\.prototype/gm, "if (typeof $1 !== 'undefined') delete $1.prototype")

test('what the page only likes is done without: texts run, and an index is built for this visit', async ({
  page,
}) => {
  await runFirst(page, LESS)
  await page.goto(EXPLORE)
  await settled(page)
  await expect(parts(page).tokens).toContainText('whale')
  await expect(parts(page).backend).toContainText('wasm')
  await expect(parts(page).error).toHaveCount(0)

  await page.goto('./#/gemma-2-mini/3-miniscope-res-4k?view=source')
  const panel = page.getByRole('region', { name: 'Activation index' })
  await panel.getByText('Build one from your own texts').click()
  await panel.getByRole('textbox', { name: 'Texts' }).fill('The whale swam past the ship. '.repeat(40))
  await panel.getByRole('button', { name: 'Build from this text' }).click()
  await expect(panel).toContainText('built here', { timeout: 90_000 })
  await expect(parts(page).error).toHaveCount(0)

  await page.goto('./#/storage')
  await expect(page.getByText(/not kept|keeps nothing|gives this page no/i).first()).toBeVisible()
})
