// Features of the bundled model with its weights in fewer bits, against float32.
import type { Browser } from '@playwright/test'
import { print, results } from './drive.ts'
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
