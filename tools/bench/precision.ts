// Features of the bundled model with its weights in fewer bits, against float32.
import type { Browser } from '@playwright/test'
import { print, quick, results } from './drive.ts'
import { layerConfig, onModelPage } from './model-page.ts'
import { table } from './report.ts'

export async function precision(browser: Browser): Promise<void> {
  const page = await browser.newPage()
  await page.goto('./loading.html')
  await page.waitForFunction(() => 'loading' in window)
  const rows = await page.evaluate(() => window.loading.precision())
  await page.close()
  results.precision = rows
  print('\n## Features of the bundled model with its weights in fewer bits, against float32\n')
  const share = (value: number): string => value.toFixed(4)
  print(
    table(
      ['source', 'weights', 'tokens', 'Jaccard', 'order of the top ten', 'same strongest'],
      rows.map(({ source, weights, tokens, jaccard, order, sameTop }) => [
        source,
        weights,
        String(tokens),
        share(jaccard),
        share(order),
        share(sameTop),
      ]),
    ),
  )
}

/** One layer of Gemma 2 2B's shapes, on both backends, with SAEs of 16k. */
export async function layerPrecision(browser: Browser): Promise<void> {
  const tokens = quick ? { wasm: 16, webgpu: 4 } : { wasm: 128, webgpu: 64 }
  const rows = await onModelPage(browser, 'precision', layerConfig('unsloth/gemma-2-2b'), tokens)
  results.layerPrecision = rows
  const figures = (features: (typeof rows)[number]['features']): string[] =>
    features
      ? [features.jaccard, features.order, features.sameTop, features.l0].map((value) => value.toFixed(4))
      : ['', '', '', '']
  print(
    `\n## One layer of Gemma 2 2B against float32 on wasm (${tokens.wasm} tokens; ${tokens.webgpu} on WebGPU)\n`,
  )
  print(
    table(
      ['hook', 'backend', 'weights', 'error', 'Jaccard', 'order of the top ten', 'same strongest', 'L0'],
      rows.map(({ site, backend, weights, error, features }) => [
        site,
        backend,
        weights,
        error.toExponential(1),
        ...figures(features),
      ]),
    ),
  )
}
