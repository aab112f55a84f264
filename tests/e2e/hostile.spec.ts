// Links, texts and labels are untrusted: whatever they hold is shown as text, runs no script and breaks no page.
import type { Page } from '@playwright/test'
import { HOSTILE } from '../support/hostile.ts'
import { seededRandom } from '../support/random.ts'
import { expect, parts, settled, test } from './page.ts'

const PLACE = './#/gemma-2-mini/3-miniscope-res-4k'
const LINKS = 300

/** Nothing ran, nothing was put into the page as markup, and the page's own frame is there. */
async function expectUnharmed(page: Page, after: string): Promise<void> {
  const found = await page.evaluate(() => ({
    hacked: 'hacked' in window,
    foreign: document.querySelectorAll(
      '#root :is(script, iframe, object, embed, base, img[src=x], a[href^="javascript:" i])',
    ).length,
    banner: document.querySelector('header') !== null,
    polluted: 'x' in {} || Object.keys(Object.prototype).length > 0,
  }))
  expect(found, after).toEqual({ hacked: false, foreign: 0, banner: true, polluted: false })
}

test(`${LINKS} hostile links: no script runs, and the page stands`, async ({ page }) => {
  test.setTimeout(240_000)
  const random = seededRandom(3)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]
  const escaped = (): string => {
    const text = pick(HOSTILE).toWellFormed()
    return random() < 0.3 ? text : encodeURIComponent(text)
  }
  await page.goto(PLACE)
  await expect(parts(page).text).toBeVisible()
  for (let link = 0; link < LINKS; link += 1) {
    const query = `${pick(['text', 'z', 'token', 'feature', 'with', 'other', 'q', 'layers', 'name', 'rank'])}=${escaped()}`
    const view = pick([
      '',
      '&view=browse',
      '&view=compare',
      '&view=list&features=1,2',
      '&view=source',
      '&view=map',
    ])
    const hash = pick([
      `#/${escaped()}/${escaped()}`,
      `#/gemma-2-mini/${escaped()}?${query}`,
      `${PLACE.slice(2)}?${query}${view}`,
      `${PLACE.slice(2)}/${escaped()}`,
      `#${escaped()}`,
    ])
    await page.evaluate((to) => location.assign(to), hash)
    await page.waitForTimeout(30)
    await expectUnharmed(page, hash)
  }
  await page.goto('./#/')
  await settled(page)
  await expect(parts(page).error).toHaveCount(0)
})

test('texts and imported labels full of markup, controls and marks of direction are shown as they are', async ({
  page,
}) => {
  await page.goto(`${PLACE}?text=Hi`)
  await settled(page)
  for (const text of HOSTILE.map((one) => one.toWellFormed()).filter((one) => one.length < 400)) {
    await parts(page).text.fill(text)
    await parts(page).text.press('Control+Enter')
    await expect(page.getByRole('progressbar')).toHaveCount(0)
    await expectUnharmed(page, text)
  }
  const label = (description: string, index: number): string =>
    JSON.stringify({
      index: String(index),
      modelId: 'gemma-2-mini',
      layer: '3-miniscope-res-4k',
      description,
    })
  const lines = HOSTILE.map((one) => label(one.toWellFormed(), HOSTILE.indexOf(one))).join('\n')
  await page.evaluate((content) => {
    const transfer = new DataTransfer()
    transfer.items.add(new File([content], '<img src=x onerror=window.hacked=1>.jsonl'))
    document.body.dispatchEvent(
      new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }),
    )
  }, lines)
  await page.waitForTimeout(1500)
  for (const index of [0, 1, 4, 20, 22]) {
    await page.goto(`${PLACE}/${index}`)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await expectUnharmed(page, `label ${index}`)
  }
  await page.goto(`${PLACE}/0`)
  await expect(page.getByText('<script>window.hacked=1</script>').first()).toBeVisible()
})
