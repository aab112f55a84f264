// An SAE of real size (302 MB, 2304 × 16,384) from a hub on localhost: cancelled half way, resumed, encoded, right.
import { expect, test } from '@playwright/test'
import { scopeWeight } from '../support/fake-hub/weights.ts'
import { startFakeHub } from '../support/fake-hub.ts'
import { FakeHubClient } from '../support/fake-hub-client.ts'
import { seededRandom } from '../support/random.ts'
import { takeHub } from './page.ts'

const FILE = 'google/gemma-scope-2b-pt-res/layer_20/width_16k/average_l0_71/params.npz'
const D_IN = 2304
const D_SAE = 16_384
const ROWS = 2

/** Float64 pre-activations of `x` by the formula, from the numbers the hub makes its file of. */
function preActivations(x: readonly number[]): Float64Array {
  const pre = new Float64Array(ROWS * D_SAE)
  for (let f = 0; f < D_SAE; f++) {
    const sums = Array.from({ length: ROWS }, () => scopeWeight('b_enc', f))
    for (let k = 0; k < D_IN; k++) {
      const weight = scopeWeight('W_enc', k * D_SAE + f)
      for (let row = 0; row < ROWS; row++) sums[row] += weight * x[row * D_IN + k]
    }
    for (let row = 0; row < ROWS; row++) pre[row * D_SAE + f] = sums[row]
  }
  return pre
}

test('302 MB are cancelled half way, resumed without fetching anything twice, and encode right', async ({
  page,
}) => {
  test.setTimeout(300_000)
  const hub = await startFakeHub()
  const control = new FakeHubClient(hub)
  try {
    await takeHub(page, hub.origin)
    await page.goto('./#/gemma-2-2b/20-gemmascope-res-16k')
    await page.getByRole('button', { name: 'Download 302.1 MB' }).click()
    const bar = page.getByRole('progressbar')
    await expect
      .poll(async () => Number(await bar.getAttribute('aria-valuenow')), {
        timeout: 60_000,
        intervals: [50],
      })
      .toBeGreaterThan(35)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await expect(page.getByText('was cancelled', { exact: false }).first()).toBeVisible()
    await page.getByRole('button', { name: 'Try again' }).click()

    // The offer is made again, for what is missing.
    const rest = page.getByRole('button', { name: /^Download [\d.]+ MB$/ })
    await expect(rest).not.toHaveText('Download 302.1 MB')
    const missing = 1e6 * Number(/[\d.]+/.exec((await rest.textContent()) ?? '')?.[0])
    expect(missing).toBeGreaterThan(10e6)
    expect(missing).toBeLessThan(250e6)
    await control.reset()
    await rest.click()
    await expect(page.getByText('is ready', { exact: false })).toBeVisible({ timeout: 180_000 })
    const fetched = (await control.log())
      .filter(({ host }) => host === 'cdn')
      .map(({ range }) => /^bytes=(\d+)-(\d+)$/.exec(range ?? ''))
      .reduce((sum, match) => sum + (match ? Number(match[2]) - Number(match[1]) + 1 : 0), 0)
    // Rounded to 0.1 MB, and the headers of the file's arrays.
    expect(fetched).toBeLessThan(missing + 1e6)
    expect(fetched).toBeGreaterThan(missing - 1e6)

    const random = seededRandom(7)
    const x = Array.from({ length: ROWS * D_IN }, () => Math.fround(2 * random() - 1))
    const found = await page.evaluate(
      async ({ numbers, rows }) => {
        const { rowPtr, indices, values } = await window.featurescope.encode(new Float32Array(numbers), rows)
        return { rowPtr: [...rowPtr], indices: [...indices], values: [...values] }
      },
      { numbers: x, rows: ROWS },
    )
    const pre = preActivations(x)
    let active = 0
    const wrong: string[] = []
    for (let row = 0; row < ROWS; row++) {
      const values = new Map<number, number>()
      for (let at = found.rowPtr[row]; at < found.rowPtr[row + 1]; at++) {
        values.set(found.indices[at], found.values[at])
      }
      active += values.size
      for (let f = 0; f < D_SAE; f++) {
        const expected = pre[row * D_SAE + f]
        const threshold = scopeWeight('threshold', f)
        // Sums of 2,304 float32 products differ by up to about 1e-5 from float64's.
        if (Math.abs(expected - threshold) < 1e-4) continue
        const value = values.get(f) ?? 0
        const right = expected > threshold ? Math.abs(value - expected) < 1e-4 : value === 0
        if (!right) wrong.push(`feature ${f} of row ${row}: ${value} for ${expected}, threshold ${threshold}`)
      }
    }
    expect(wrong.slice(0, 5)).toEqual([])
    expect(active).toBeGreaterThan(1000)

    // A second visit asks nothing: it is stored, and was checked against the hub's SHA-256.
    await page.goto('./#/storage')
    const row = page.getByRole('table', { name: 'Stored files' }).getByRole('row', { name: /average_l0_71/ })
    await expect(row).toContainText('whole')
    await expect(row).toContainText('SHA-256')
  } finally {
    hub.close()
  }
})

test('302 MB with one wrong bit are taken back as soon as that is known, and are fetched anew', async ({
  page,
}) => {
  test.setTimeout(300_000)
  const hub = await startFakeHub()
  const control = new FakeHubClient(hub)
  try {
    await takeHub(page, hub.origin)
    await control.fault({ name: FILE, kind: 'flip', at: 200_000_001 })
    await page.goto('./#/gemma-2-2b/20-gemmascope-res-16k')
    await page.getByRole('button', { name: 'Download 302.1 MB' }).click()
    const error = page.getByRole('alert').filter({ hasText: 'The file is not the one the hub describes.' })
    await expect(error).toBeVisible({ timeout: 120_000 })
    await expect(error).toContainText('average_l0_71/params.npz')
    const refusal = await page.evaluate(
      (width) => window.featurescope.encode(new Float32Array(width), 1).then(String, String),
      D_IN,
    )
    expect(refusal).toContain('No SAE is open.')
    await control.clearFaults()
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('button', { name: 'Download 302.1 MB' }).click()
    await expect(page.getByText('is ready', { exact: false })).toBeVisible({ timeout: 120_000 })
    await page.goto('./#/storage')
    const row = page.getByRole('table', { name: 'Stored files' }).getByRole('row', { name: /average_l0_71/ })
    await expect(row).toContainText('SHA-256')
  } finally {
    hub.close()
  }
})
