// The activation index on the source's own page: what it is of, one of the user's own texts, saved, opened, removed.
import { readFileSync } from 'node:fs'
import { unzipSync } from 'fflate'
import { expect, test } from './page.ts'

const SOURCE = './#/gemma-2-mini/3-miniscope-res-4k?view=source&text=Moby%20Dick'
const OWN = 'The whale swam past the ship while the captain slept. '.repeat(40)

test('an index of one’s own texts takes the place of the bundled one, and is saved, opened and removed again', async ({
  page,
}) => {
  await page.goto(SOURCE)
  const panel = page.getByRole('region', { name: 'Activation index' })
  await expect(panel).toContainText('367,424')
  await expect(panel).toContainText('comes with this page')

  await panel.getByText('Build one from your own texts').click()
  await panel.getByRole('textbox', { name: 'Texts' }).fill(OWN)
  await panel.getByRole('button', { name: 'Build from this text' }).click()
  await expect(panel).toContainText('built here', { timeout: 60_000 })
  await expect(panel).toContainText('pasted text')
  const tokens = (await page.evaluate((text) => window.featurescope.tokenize(text), OWN)).ids.length - 1
  await expect(panel).toContainText(tokens.toLocaleString('en'))

  // The list is of this index now: what fires is named by its words.
  const rows = await page.evaluate(async () => {
    const found = await window.featurescope.indexedFeature(0)
    return found?.countedTokens
  })
  expect(rows).toBe(tokens)

  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    panel.getByRole('button', { name: /^Save its/ }).click(),
  ])
  const files = unzipSync(readFileSync(await saved.path()))
  expect(Object.keys(files).sort()).toEqual([
    'documents.parquet',
    'features.parquet',
    'manifest.json',
    'postings-0.parquet',
    'tokens.parquet',
  ])

  await page.reload()
  await expect(panel).toContainText('built here')
  await panel.getByRole('button', { name: 'Remove' }).click()
  await expect(panel).toContainText('comes with this page')
  await expect(panel.getByRole('button', { name: 'Remove' })).toHaveCount(0)
})

test('says what is wrong with a file, and keeps the index that was there', async ({ page }) => {
  await page.goto(SOURCE)
  const panel = page.getByRole('region', { name: 'Activation index' })
  await expect(panel).toContainText('comes with this page')
  await panel.getByText('Build one from your own texts').click()
  await panel.getByLabel('Text files').setInputFiles({
    name: 'bad.jsonl',
    mimeType: 'application/json',
    buffer: Buffer.from('{"text":"fine"}\n{"words":1}\n'),
  })
  await expect(panel.getByRole('alert')).toContainText('bad.jsonl, line 2')
  await expect(panel).toContainText('comes with this page')
})
