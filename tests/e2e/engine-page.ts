// The engine's worker as a test reaches it, and runs in the page whose features are compared.
import type { Page, Worker } from '@playwright/test'
import { type Engines, hookGpu } from '../support/lost-gpu.ts'
import { chooseBackends, expect, parts, settled, shownFeatures } from './page.ts'

export const ENGINE = /\/assets\/worker-/

/** The engine's worker; onnxruntime's threads are workers too. */
export async function engineOf(page: Page): Promise<Worker> {
  const engine = (): Worker | undefined => page.workers().find((worker) => ENGINE.test(worker.url()))
  await expect.poll(engine).toBeDefined()
  const found = engine()
  if (!found) throw new Error('the page has no engine')
  return found
}

/** Ends the engine's worker from inside, as running out of memory does: no event tells of it. */
export async function kill(page: Page): Promise<void> {
  const engine = await engineOf(page)
  const closed = new Promise((resolve) => engine.once('close', resolve))
  await engine.evaluate(() => self.close()).catch(() => undefined)
  await closed
}

export async function run(page: Page, text: string): Promise<void> {
  await parts(page).text.fill(text)
  await parts(page).text.press('Control+Enter')
}

/** What a text shows, run from new. */
export async function featuresOf(page: Page, text: string): Promise<string[]> {
  await run(page, text)
  await expect(parts(page).tokens).toContainText(text.split(' ')[1])
  await settled(page)
  return shownFeatures(page)
}

/** The front page with all on WebGPU, whose end a test can choose. */
export async function openOnGpu(page: Page): Promise<Engines> {
  const engines = await hookGpu(page)
  await page.goto('./')
  await settled(page)
  await chooseBackends(page, 'WebGPU')
  return engines
}
