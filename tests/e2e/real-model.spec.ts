// Gemma 2 2B at its own dimensions from a hub on localhost: the plan first, then two layers at 8 bits and an SAE of 16k.
import { expect, type Page, test } from '@playwright/test'
import { startFakeHub } from '../support/fake-hub.ts'
import { FakeHubClient } from '../support/fake-hub-client.ts'
import { parts, takeHub } from './page.ts'

const MODEL = 'unsloth/gemma-2-2b'
/** Parameters of a block in bfloat16: four attention matrices, three of the MLP, four norms. */
const BLOCK = 2 * (2304 * 256 * (8 + 4 + 4 + 8) + 3 * 2304 * 9216 + 4 * 2304)
const ROW = 2304 * 2

test('a text runs through two layers of a model of real size, and what is fetched is what the plan said', async ({
  page,
}) => {
  test.setTimeout(400_000)
  const hub = await startFakeHub()
  const control = new FakeHubClient(hub)
  const askedOfModel = async (): Promise<number> =>
    [...(await control.asked())]
      .filter(([name]) => name.includes(MODEL) && name.endsWith('.safetensors'))
      .reduce((sum, [, bytes]) => sum + bytes, 0)
  try {
    await takeHub(page, hub.origin)
    await page.goto('./#/gemma-2-2b/1-gemmascope-res-16k?text=The%20capital%20of%20France%20is')
    await page.getByRole('button', { name: /^Download 302/ }).click()
    await page.getByRole('button', { name: `Run ${MODEL} …` }).click({ timeout: 120_000 })
    const eight = page.getByRole('radio', { name: /^8 bits/ })
    await expect(eight).toBeChecked({ timeout: 60_000 })

    await expect(page.getByText(`${((2 * BLOCK) / 1e6).toFixed(1)} MB to fetch`).first()).toBeVisible()
    // Up to here only headers were read.
    expect(await askedOfModel()).toBeLessThan(200_000)
    await control.reset()
    await page.getByRole('button', { name: /^Download .* and run$/ }).click()
    await expect(parts(page).tokens.getByRole('button')).toHaveCount(6, { timeout: 240_000 })
    await expect(parts(page).tokens).toContainText('France')
    await expect(
      page.getByRole('list', { name: 'Active features' }).getByRole('listitem').first(),
    ).toBeVisible()
    const asked = await askedOfModel()
    expect(asked).toBeGreaterThanOrEqual(2 * BLOCK)
    // Six rows of the embedding, and the first 64 KiB that a file is opened with.
    expect(asked).toBeLessThanOrEqual(2 * BLOCK + 6 * ROW + 5 * 65_536)

    // The second visit fetches no weights, no header and no row.
    await everythingKept(page)
    await control.reset()
    await page.reload()
    const again = page.getByRole('button', { name: `Run ${MODEL} …` })
    // Chromium now and then loses answers of its storage: what it did not keep of the SAE is offered again.
    const rest = page.getByRole('button', { name: /^Download \d/ })
    await again.or(rest).first().waitFor({ timeout: 60_000 })
    if (await rest.isVisible()) await rest.click()
    await again.click({ timeout: 60_000 })
    await expect(page.getByText('nothing to fetch', { exact: false }).first()).toBeVisible({
      timeout: 60_000,
    })
    await page.getByRole('button', { name: 'Run', exact: true }).last().click()
    await expect(parts(page).tokens.getByRole('button')).toHaveCount(6, { timeout: 240_000 })
    expect(await askedOfModel()).toBe(0)
  } finally {
    hub.close()
  }
})

/** Rows are kept behind what they were read for, which does not wait: until what is stored stands still. */
async function everythingKept(page: Page): Promise<void> {
  let before: number | undefined
  const stands = async (): Promise<boolean> => {
    const now = await page.evaluate(async () => (await navigator.storage.estimate()).usage)
    const same = now === before
    before = now
    return same
  }
  // Longer than the page waits before it asks a silent storage again.
  await expect.poll(stands, { intervals: [2500], timeout: 60_000 }).toBe(true)
}
