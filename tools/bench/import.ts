// Importing a batch of Neuronpedia's export at its real size: speed beside the least a reader has to do, how long the page is away, what is held meanwhile, and what cancelling leaves.
import type { Browser } from '@playwright/test'
import { CHROMIUM_FLAGS } from '../../tests/support/chromium.ts'
import { type Growth, startBareBrowser } from './bare-browser.ts'
import type { ImportBench } from './cases.ts'
import { checkAtMost, print, quick, results } from './drive.ts'
import { megabytes, milliseconds, ratio, table } from './report.ts'

const SAE = 'featurescope/mini-scope-res/layer_3/width_4k/average_l0_11/params.npz'
const BYTES = quick ? 40e6 : 300e6
const NAMES = ['plain', 'gzip'] as const
const MIB = 1024 * 1024

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
    for (const name of NAMES) {
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
    const heap = await memory(baseURL)
    results.import = { made, measured, cancelled, heap }
  } finally {
    await context.close()
  }
}

/** What a third of the batch and all of it take in memory, in a browser with nothing attached to its network. */
async function memory(baseURL: string): Promise<Record<string, Growth>> {
  const heap: Record<string, Growth> = {}
  const rows: string[][] = []
  for (const bytes of [BYTES / 3, BYTES]) {
    for (const name of NAMES) {
      const all = await growthOf(baseURL, bytes, name)
      const used = await growthOf(baseURL, bytes, name, 'collected')
      heap[`${name} ${bytes}`] = all
      heap[`${name} ${bytes} collected`] = used
      rows.push([
        `${name}, ${megabytes(bytes)}`,
        megabytes(all.page.all),
        megabytes(all.all),
        megabytes(used.all),
        megabytes(used.buffers),
      ])
      checkAtMost(
        `${name} batch of ${megabytes(bytes)}, growth of the page's heap, MiB`,
        all.page.all / MIB,
        8,
      )
      checkAtMost(
        `${name} batch of ${megabytes(bytes)}, growth in use of the workers, MiB`,
        used.all / MIB,
        96,
      )
    }
  }
  print(table(['', 'page', 'workers', 'of it in use after a collection', 'of it buffers'], rows))
  return heap
}

async function growthOf(
  baseURL: string,
  bytes: number,
  name: (typeof NAMES)[number],
  collected?: 'collected',
): Promise<Growth> {
  const browser = await startBareBrowser(CHROMIUM_FLAGS)
  try {
    const page = await browser.open(new URL('loading.html', baseURL).href)
    await page.evaluate(`new Promise((ready) => {
      const look = () => ('importing' in window ? ready() : setTimeout(look, 50)); look()
    })`)
    await page.evaluate(`window.importing.make(${JSON.stringify(SAE)}, ${bytes})`)
    await page.settle()
    return await page.growth(async () => {
      await page.evaluate(`window.importing.import('${name}')`)
    }, collected)
  } finally {
    await browser.close()
  }
}
