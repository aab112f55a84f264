// What the page does when the ground gives way: its worker dies, the GPU is taken away. The table is docs/faults.md.
import type { Worker } from '@playwright/test'
import { hookGpu, loseAt } from '../support/lost-gpu.ts'
import { ENGINE, engineOf, featuresOf, kill, openOnGpu, run } from './engine-page.ts'
import { expect, parts, settled, shownFeatures, test } from './page.ts'

const FIRST = 'The captain of the whale ship spoke to the President.'
const SECOND = 'Water boils at a hundred degrees in Boston.'
const SOURCE = './#/gemma-2-mini/3-miniscope-res-4k?view=source&text=Moby%20Dick'
const LONG = 'The whale swam past the ship while the captain slept, and nobody saw it go. '.repeat(400)

/** Runs in the worker: it holds a lock from its first answer on. */
async function closeOnceAlive(): Promise<void> {
  const alive = async (): Promise<boolean> => {
    const { held = [] } = await navigator.locks.query()
    return held.some(({ name = '' }) => name.startsWith('featurescope engine'))
  }
  while (!(await alive())) await new Promise((resolve) => setTimeout(resolve, 5))
  self.close()
}

test.describe('the engine’s worker dies', () => {
  test('while nothing is asked: what is shown stays, and the next text runs on what was open', async ({
    page,
  }) => {
    await page.goto('./#/gemma-2-mini/5-miniscope-res-4k?text=Moby%20Dick')
    await settled(page)
    const expected = await featuresOf(page, SECOND)
    const before = await featuresOf(page, FIRST)
    await kill(page)
    expect(await shownFeatures(page)).toEqual(before)
    expect(await featuresOf(page, SECOND)).toEqual(expected)
    await expect(parts(page).error).toHaveCount(0)
    await expect(parts(page).source).toContainText('5 · residual')
  })

  test('while it builds an index: building goes on from what was written', async ({ page }) => {
    await page.goto(SOURCE)
    const panel = page.getByRole('region', { name: 'Activation index' })
    await panel.getByText('Build one from your own texts').click()
    await panel.getByRole('textbox', { name: 'Texts' }).fill(LONG)
    await panel.getByRole('button', { name: 'Build from this text' }).click()
    await expect(panel.getByRole('progressbar')).toBeVisible()
    await kill(page)
    await expect(panel).toContainText('built here', { timeout: 60_000 })
    await expect(panel.getByRole('alert')).toHaveCount(0)
  })

  test('at every try: it says so, what is shown stays, and later it runs', async ({ page }) => {
    await page.goto('./')
    await settled(page)
    const before = await featuresOf(page, FIRST)
    await kill(page)
    // As soon as it lives; onnxruntime's threads are workers too.
    const again = (worker: Worker): void => {
      if (ENGINE.test(worker.url())) void worker.evaluate(closeOnceAlive).catch(() => undefined)
    }
    page.on('worker', again)
    await run(page, SECOND)
    await expect(parts(page).error).toContainText('The engine stopped twice at this.')
    expect(await shownFeatures(page)).toEqual(before)
    page.off('worker', again)
    expect((await featuresOf(page, SECOND)).length).toBeGreaterThan(0)
    await expect(parts(page).error).toHaveCount(0)
  })
})

test.describe('the GPU is lost', () => {
  for (const [when, method, count] of [
    ['while a text runs', 'submit', 6],
    ['while weights go to it', 'writeBuffer', 5],
  ] as const) {
    test(`${when}: all is opened again, and the text runs`, async ({ page }) => {
      await openOnGpu(page)
      const expected = await featuresOf(page, SECOND)
      await featuresOf(page, FIRST)
      const engine = await engineOf(page)
      const ended = new Promise((resolve) => engine.once('close', resolve))
      await loseAt(engine, method, count)
      if (method === 'writeBuffer') await page.goto('./#/gemma-2-mini/5-miniscope-res-4k')
      await run(page, SECOND)
      await ended
      if (method === 'writeBuffer') await page.goto('./#/gemma-2-mini/3-miniscope-res-4k')
      expect(await featuresOf(page, SECOND)).toEqual(expected)
      await expect(parts(page).error).toHaveCount(0)
      await expect(parts(page).backend).toContainText('WebGPU')
    })
  }

  test('twice at the same text: it says so, what is shown stays, and later it runs; on wasm where none comes back', async ({
    page,
  }) => {
    const engines = await openOnGpu(page)
    const before = await featuresOf(page, FIRST)
    engines.runFirst('self.losses = { submit: 6 }')
    await loseAt(await engineOf(page), 'submit', 6)
    await run(page, SECOND)
    await expect(parts(page).error).toContainText('The GPU was lost twice at this.')
    expect(await shownFeatures(page)).toEqual(before)
    engines.runFirst('')
    expect((await featuresOf(page, SECOND)).length).toBeGreaterThan(0)
    await expect(parts(page).error).toHaveCount(0)
    await expect(parts(page).backend).toContainText('WebGPU')

    // And once more, not to come back.
    engines.runFirst(`Object.defineProperty(navigator, 'gpu', { value: undefined })`)
    await loseAt(await engineOf(page), 'submit', 6)
    await featuresOf(page, FIRST)
    await expect(parts(page).error).toHaveCount(0)
    await expect(parts(page).backend).toContainText('wasm')
  })

  test('while an index is built on it: building goes on', async ({ page }) => {
    await hookGpu(page)
    await page.goto('./')
    await settled(page)
    // The model's own part, what features promote, takes minutes where the GPU is a program.
    await parts(page).backend.getByRole('button').click()
    await page.getByRole('radiogroup', { name: 'SAE runs on' }).getByRole('radio', { name: 'WebGPU' }).click()
    await page.keyboard.press('Escape')
    await expect(parts(page).backend).toContainText('WebGPU')
    await settled(page)
    await page.goto(SOURCE)
    const panel = page.getByRole('region', { name: 'Activation index' })
    await panel.getByText('Build one from your own texts').click()
    await panel.getByRole('textbox', { name: 'Texts' }).fill(LONG.slice(0, 6_000))
    const engine = await engineOf(page)
    const ended = new Promise((resolve) => engine.once('close', resolve))
    await panel.getByRole('button', { name: 'Build from this text' }).click()
    await expect(panel.getByRole('progressbar')).toBeVisible()
    await loseAt(engine, 'submit', 6)
    await ended
    await expect(panel).toContainText('built here', { timeout: 90_000 })
    await expect(panel.getByRole('alert')).toHaveCount(0)
  })
})
