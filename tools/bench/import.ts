// Importing a batch of Neuronpedia's export at its real size: speed beside the least a reader has to do, how long the page is away, and what cancelling leaves.
import type { Browser } from '@playwright/test'
import type { ImportBench } from './cases.ts'
import { checkAtMost, print, quick, results } from './drive.ts'
import { megabytes, milliseconds, ratio, table } from './report.ts'

const SAE = 'featurescope/mini-scope-res/layer_3/width_4k/average_l0_11/params.npz'
const BYTES = quick ? 40e6 : 300e6

type Answer<Method extends keyof ImportBench> = Awaited<ReturnType<ImportBench[Method]>>

export async function importing(browser: Browser, baseURL: string): Promise<void> {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    await page.goto(new URL('loading.html', baseURL).href)
    await page.waitForFunction(() => 'importing' in window)
    const ask = <Method extends keyof ImportBench>(
      method: Method,
      ...args: Parameters<ImportBench[Method]>
    ): Promise<Answer<Method>> =>
      page.evaluate(`window.importing.${method}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`)

    const made = await ask('make', SAE, BYTES)
    const rows: string[][] = []
    const measured: unknown[] = []
    for (const name of ['plain', 'gzip'] as const) {
      const read = await ask('least', name, 'read')
      const parse = await ask('least', name, 'parse')
      const imported = await ask('import', name)
      if (imported.labels !== made.features || imported.examples !== made.texts || imported.skipped > 0) {
        throw new Error(`Not what is in the file: ${JSON.stringify({ made, imported })}`)
      }
      const row = (what: string, time: number, ...more: string[]): string[] => [
        `${name}: ${what}`,
        ratio(time / parse.milliseconds),
        milliseconds(time),
        `${(made.bytes / 1000 / time).toFixed(1)} MB/s`,
        ...more,
      ]
      rows.push(row('lines read', read.milliseconds, '', ''))
      rows.push(row('lines read, JSON.parse', parse.milliseconds, '', ''))
      const { longestPause, progress } = imported
      rows.push(row('imported', imported.milliseconds, milliseconds(longestPause), String(progress)))
      measured.push({ name, read, parse, imported })
      checkAtMost(
        `${name} batch, import / JSON.parse of its lines`,
        imported.milliseconds / parse.milliseconds,
        3,
      )
      checkAtMost(`${name} batch, longest pause of the page, ms`, longestPause, 200)
    }
    const cancelled = await ask('cancel', 'gzip')
    const kept = cancelled.before === 'was here before' && cancelled.after === cancelled.before
    if (cancelled.ended !== 'AbortError' || !kept || cancelled.others !== undefined) {
      throw new Error(`Cancelling left something else: ${JSON.stringify(cancelled)}`)
    }
    checkAtMost('cancelling an import, ms', cancelled.milliseconds, 1000)
    print(
      `\n## Importing ${megabytes(made.bytes)} of export (${megabytes(made.packed)} gzipped): ${made.texts} texts, ${made.features} labels\n`,
    )
    print(table(['', 'of JSON.parse', 'time', 'rate', 'longest pause of the page', 'progress told'], rows))
    print(
      `\nCancelled at a third: over after ${milliseconds(cancelled.milliseconds)}, earlier labels as they were.`,
    )
    results.import = { made, measured, cancelled }
  } finally {
    await context.close()
  }
}
