// A person drops activations on the page, steps through them, exports what is shown and goes back to the text.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'
import type { AxeResults } from 'axe-core'
import { npyFile } from '../support/array-files.ts'
import { expect, parts, settled, shownFeatures, test } from './page.ts'

const HOOK = 'blocks.3.hook_resid_post'
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const bar = (page: Page) => page.getByRole('region', { name: 'Activations', exact: true })

/** float32 activations of the page's own model, and their tokens. */
async function activationsOf(page: Page, text: string): Promise<{ values: number[]; tokens: string[] }> {
  return page.evaluate(
    async ([input, hook]) => {
      const { tokens } = await window.featurescope.tokenize(input)
      const { data } = await window.featurescope.activations(input, hook)
      return { values: [...data], tokens }
    },
    [text, HOOK] as const,
  )
}

function npy(shape: readonly number[], values: readonly number[]): Uint8Array {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`
  return npyFile(header, new Uint8Array(Float32Array.from(values).buffer))
}

async function drop(page: Page, files: Record<string, Uint8Array | string>): Promise<void> {
  const plain = Object.entries(files).map(
    ([name, content]) => [name, [...(typeof content === 'string' ? Buffer.from(content) : content)]] as const,
  )
  await page.evaluate((given) => {
    const transfer = new DataTransfer()
    for (const [name, bytes] of given) transfer.items.add(new File([Uint8Array.from(bytes)], name))
    document.body.dispatchEvent(
      new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }),
    )
  }, plain)
}

test('dropped activations show the features of their text; closing brings the text back', async ({
  page,
}) => {
  await page.goto('./')
  await settled(page)
  const text = await parts(page).text.inputValue()
  const features = await shownFeatures(page)
  const { values, tokens } = await activationsOf(page, text)

  await drop(page, {
    'dump.npy': npy([tokens.length, 128], values),
    'dump.json': JSON.stringify({ hook: HOOK, tokens }),
  })
  await expect(bar(page)).toContainText('dump.npy')
  await expect(bar(page)).toContainText(`<f4 [1, ${tokens.length}, 128]`)
  await expect(bar(page)).toContainText(HOOK)
  await expect(parts(page).text).toHaveCount(0)
  await settled(page)
  expect(await shownFeatures(page)).toEqual(features)
  expect(page.url()).not.toContain('text=')
  await page.getByText('How was this computed?').click()
  await expect(page.getByText('No model was run')).toBeVisible()

  // A feature's page and another source show the same activations.
  await parts(page).featureLinks.first().click()
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(bar(page)).toBeVisible()
  await page.goBack()
  await settled(page)

  await page.getByRole('button', { name: 'Close activations' }).click()
  await expect(parts(page).text).toHaveValue(text)
  await settled(page)
  expect(await shownFeatures(page)).toEqual(features)
})

test('sequences are stepped through, and a source of another hook says which', async ({ page }) => {
  await page.goto('./')
  await settled(page)
  const one = await activationsOf(page, 'The whale')
  const two = await activationsOf(page, 'def main')
  const length = Math.max(one.tokens.length, two.tokens.length)
  const padded = [one, two].flatMap(({ values }) => [
    ...values,
    ...Array<number>(length * 128 - values.length).fill(0),
  ])
  await drop(page, {
    'two.npy': npy([2, length, 128], padded),
    'two.json': JSON.stringify({ hook: HOOK, tokens: [one.tokens, two.tokens] }),
  })
  await settled(page)
  await expect(parts(page).tokens).toContainText('whale')
  await expect(page.getByRole('button', { name: 'Previous sequence' })).toBeDisabled()
  await page.getByRole('button', { name: 'Next sequence' }).click()
  await expect(parts(page).tokens).toContainText('main')
  await expect(page.getByRole('textbox', { name: 'Sequence' })).toHaveValue('2')
  await page.getByRole('textbox', { name: 'Sequence' }).fill('1')
  await page.getByRole('textbox', { name: 'Sequence' }).press('Enter')
  await expect(parts(page).tokens).toContainText('whale')
  await settled(page)
  await page.evaluate(AXE)
  const found = await page.evaluate((): Promise<AxeResults> => Reflect.get(window, 'axe').run())
  expect(found.violations.map(({ id, nodes }) => `${id} ${nodes.map(({ html }) => html)}`)).toEqual([])

  await parts(page).source.click()
  await page.getByRole('option', { name: /transcoder/ }).click()
  await expect(parts(page).error).toContainText(`two.npy has activations of ${HOOK}`)
  await expect(parts(page).error).toContainText('blocks.3.ln2.hook_normalized')
  await page.goBack()
  await settled(page)
  await expect(parts(page).tokens).toContainText('whale')
})

test('activations of another width are refused with both numbers', async ({ page }) => {
  await page.goto('./')
  await settled(page)
  await drop(page, { 'wide.npy': npy([1, 2304], Array<number>(2304).fill(1)) })
  await expect(parts(page).error).toContainText('2304 wide')
  await expect(parts(page).error).toContainText('reads 128')
})

test('what is shown is exported as JSON, CSV, npz and safetensors', async ({ page }) => {
  await page.goto('./')
  await settled(page)
  const save = async (choice: string): Promise<{ name: string; bytes: Buffer }> => {
    await page.getByRole('button', { name: 'Export' }).click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: choice }).click(),
    ])
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) }
  }
  const json = await save('Features as JSON')
  expect(json.name).toMatch(/^gemma-2-mini_\d-miniscope-\w+-4k_features\.json$/)
  const run = JSON.parse(json.bytes.toString('utf8'))
  expect(run).toMatchObject({ model: 'gemma-2-mini', activations_from: 'the model', n_features: 4096 })
  const count = run.activations.flat().length
  expect(count).toBeGreaterThan(50)
  const csv = await save('Features as CSV')
  expect(csv.bytes.toString('utf8').match(/,\d+,[\d.e-]+\r\n/g)).toHaveLength(count)
  const npz = await save('Features as npz')
  expect(npz.name).toMatch(/\.npz$/)
  expect(npz.bytes.subarray(0, 2).toString()).toBe('PK')
  const dense = await save('Activations and reconstruction')
  expect(dense.bytes.subarray(8, 2000).toString('utf8')).toContain('"reconstruction"')

  // The page opens what it exported, and finds the same features in it.
  const features = await shownFeatures(page)
  await drop(page, { [dense.name]: dense.bytes })
  await expect(bar(page)).toContainText(dense.name)
  await settled(page)
  expect(await shownFeatures(page)).toEqual(features)
})
