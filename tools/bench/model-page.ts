// Opens the page of the model's benchmarks, each call in a page of its own.
import type { Browser } from '@playwright/test'
import { checkpoint } from '../../tests/support/fake-hub/checkpoint.ts'
import type { ModelPage } from './model-cases.ts'

/** config.json of a checkpoint with a model's published shapes. */
export function layerConfig(repo: string): unknown {
  const file = checkpoint(repo, 0)?.get('config.json')
  if (!file) throw new Error(`${repo} is not among the checkpoints of the fake hub`)
  return JSON.parse(file.read(0, file.size).toString())
}

/** Calls the page in a page of its own, so that no measurement finds the memory of another. */
export async function onModelPage<Method extends keyof ModelPage>(
  browser: Browser,
  method: Method,
  ...args: Parameters<ModelPage[Method]>
): Promise<Awaited<ReturnType<ModelPage[Method]>>> {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    await page.goto('./model.html')
    await page.waitForFunction(() => 'modelBench' in window)
    return await page.evaluate(
      // The signature is ModelPage's; evaluate knows only of data.
      ([method, args]) => Reflect.apply(Reflect.get(window.modelBench, method), window.modelBench, args),
      [method, args] as const,
    )
  } finally {
    await context.close()
  }
}
