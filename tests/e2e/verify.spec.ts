// The check of values through the page: stand-ins that PyTorch computed for the bundled model, one of them wrong; the
// same over a hub; and published ones, on weights that are not the published ones.
import { test as free } from '@playwright/test'
import { startFakeHub } from '../support/fake-hub.ts'
import { casesFile, standIns } from '../support/stand-in-cases.ts'
import { expect, parts, takeHub, test } from './page.ts'

test('stand-in values are found right, and a wrong one among them is shown as wrong', async ({ page }) => {
  await page.goto('./#/verify')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Check against published values')
  const cases = standIns('3-miniscope-res-4k', 'featurescope/gemma-2-mini')
  await page.getByLabel('Values from a file').setInputFiles(casesFile(cases))
  await page.getByRole('button', { name: 'Check', exact: true }).click()
  const good = page.getByRole('table', { name: 'Stand-ins', exact: true })
  const bad = page.getByRole('table', { name: 'With a wrong one', exact: true })
  await expect(page.getByRole('status', { name: 'Result' })).toContainText(/\d+ right, 1 wrong, 0 not done/)
  const verdicts = (of: typeof good) => of.getByRole('row').locator('td:last-child').allInnerTexts()
  expect(new Set(await verdicts(good))).toEqual(new Set(['✓ right']))
  expect((await verdicts(bad))[0]).toBe('✗ wrong')
  expect(new Set((await verdicts(bad)).slice(1))).toEqual(new Set(['✓ right']))
  await expect(page.getByText('held as float32', { exact: false }).first()).toBeVisible()

  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: 'Copy as JSON' }).click()
  const report = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))
  expect(report).toMatchObject({ passed: false, wrong: 1, notDone: 0 })
  expect(report.cases).toHaveLength(2)

  // The page goes on with what its address names.
  await page.goto('./#/gemma-2-mini/2-miniscope-res-4k?text=The%20ship%20sailed')
  await expect(parts(page).featureLinks.first()).toBeVisible()
})

free(
  'a model of a hub is checked too; one source that is not there fails, the others go on',
  async ({ page }) => {
    const hub = await startFakeHub()
    try {
      await takeHub(page, hub.origin)
      await page.goto('./#/verify?model=mirror%2Fgemma-2-mini')
      const [good] = standIns('5-miniscope-res-4k', 'mirror/gemma-2-mini')
      const lost = { ...good, id: 'lost', title: 'Lost' }
      Reflect.set(lost, 'run', { ...Reflect.get(good, 'run'), sae: 'fake/demo/nothing/params.npz' })
      await page.getByLabel('Values from a file').setInputFiles(casesFile([lost, good]))
      await page.getByRole('button', { name: 'Check', exact: true }).click()
      await page.getByRole('button', { name: /^Download .* and more and check$/ }).click()
      await expect(page.getByRole('status', { name: 'Result' })).toContainText(
        /^\d+ right, 0 wrong, 1 not done/,
      )
      await expect(page.getByRole('region', { name: 'Lost' }).getByRole('alert')).toBeVisible()
      await expect(
        page.getByText('mirror/gemma-2-mini (bfloat16 files)', { exact: false }).first(),
      ).toBeVisible()
    } finally {
      hub.close()
    }
  },
)

free(
  'published values are asked for with their bytes, and made-up weights do not pass for the real ones',
  async ({ page }) => {
    free.setTimeout(400_000)
    const hub = await startFakeHub()
    try {
      await takeHub(page, hub.origin)
      await page.goto('./#/verify?sae=google/gemma-scope-2b-pt-res/layer_0/width_16k/average_l0_105')
      await expect(page.getByRole('checkbox')).toHaveCount(1)
      await page.getByRole('button', { name: 'Check', exact: true }).click()
      // One block in bfloat16, the SAE and the tokenizer.
      await page.getByRole('button', { name: /^Download 475\.\d MB and check$/ }).click({ timeout: 60_000 })
      const table = page.getByRole('table', { name: 'Residual stream, layer 0' })
      await expect(table).toBeVisible({ timeout: 300_000 })
      const verdict = (name: string) => table.getByRole('row', { name }).locator('td').last()
      await expect(verdict('Tokens')).toHaveText('✓ right')
      await expect(verdict('Feature 10492 on “ is”')).toHaveText('✗ wrong')
      await expect(verdict('Length of the activations on “ is”')).toHaveText('✗ wrong')
    } finally {
      hub.close()
    }
  },
)
