// Opens the bench page for every measurement, and keeps what was printed, measured and checked.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, freemem } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Browser } from '@playwright/test'
import type { BenchPage, DecodePeer, Effort, EncodePeer, Timing } from './cases.ts'
import type { Shape } from './data.ts'
import { best, median, table } from './report.ts'

export const quick = Boolean(process.env.BENCH_QUICK)

export const D_IN = quick ? 768 : 2304
export const WIDTHS = quick ? [4096] : [16_384, 65_536]
export const TOKENS = [1, 16, 128]
export const EFFORT: Effort = { repetitions: 15, cap: quick ? 4000 : 20_000 }
/** What one page may hold of a matrix, its copy on the GPU and a peer's second copy. */
export const COPIES = 5

const printed: string[] = []
export const results: Record<string, unknown> = {}

export function print(text: string): void {
  printed.push(text)
  process.stdout.write(`${text}\n`)
}

/** Calls the bench page in a page of its own, so that no peer finds the memory of another. */
export async function inPage<Method extends keyof BenchPage>(
  browser: Browser,
  method: Method,
  ...args: Parameters<BenchPage[Method]>
): Promise<Awaited<ReturnType<BenchPage[Method]>>> {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    await page.goto('./')
    await page.waitForFunction(() => 'bench' in window)
    return await page.evaluate(
      // The signature is BenchPage's; evaluate knows only of data.
      ([method, args]) => Reflect.apply(Reflect.get(window.bench, method), window.bench, args),
      [method, args] as const,
    )
  } finally {
    await context.close()
  }
}

export const encodeIn = (
  browser: Browser,
  peer: EncodePeer,
  shape: Shape,
  effort = EFFORT,
): Promise<Timing> => inPage(browser, 'encode', peer, shape, effort)

export const decodeIn = (browser: Browser, peer: DecodePeer, shape: Shape): Promise<Timing> =>
  inPage(browser, 'decode', peer, shape, EFFORT)

export const name = ({ tokens, dIn, dSae }: Shape): string => `T=${tokens} ${dIn}×${dSae}`
export const shapes = (dSae: number): Shape[] => TOKENS.map((tokens) => ({ tokens, dIn: D_IN, dSae }))
export const fits = ({ dIn, dSae }: Shape): boolean => COPIES * 4 * dIn * dSae < freemem()

/** Timings without their answers. */
export function strip(record: Record<string, Timing>): Record<string, Omit<Timing, 'indices' | 'values'>> {
  return Object.fromEntries(
    Object.entries(record).map(([peer, { indices: _indices, values: _values, ...timing }]) => [peer, timing]),
  )
}

interface Checked {
  what: string
  target: string
  /** Of medians, and of the fastest repetitions, which the machine's other work disturbs least. */
  value: number
  ofBest?: number
  limit: number
  /** Whether more is better. */
  atLeast: boolean
}

const checks: Checked[] = []

/** Asks that the peer take at least `limit` times as long as ours. */
export function checkRatio(
  what: string,
  ours: readonly number[],
  peer: readonly number[],
  limit: number,
): void {
  const value = median(peer) / median(ours)
  checks.push({
    what,
    target: `≥ ${limit}×`,
    value,
    ofBest: best(peer) / best(ours),
    limit,
    atLeast: true,
  })
}

/** Asks that `value` be no more than `limit`. */
export function checkAtMost(what: string, value: number, limit: number): void {
  checks.push({ what, target: `≤ ${limit}`, value, limit, atLeast: false })
}

/** Prints the targets, met or missed, and writes all of it to results/. */
export function writeResults(): void {
  if (checks.length > 0) {
    print('\n## Targets\n')
    print(
      table(
        ['target', 'asked', 'of medians', 'of bests', ''],
        checks.map(({ what, target, value, ofBest, limit, atLeast }) => {
          const met = atLeast ? value >= limit : value <= limit
          const by = atLeast ? limit / value : value / limit
          return [
            what,
            target,
            value.toFixed(2),
            ofBest?.toFixed(2) ?? '',
            met ? 'met' : `MISSED by ${((by - 1) * 100).toFixed(0)}%`,
          ]
        }),
      ),
    )
  }
  const folder = fileURLToPath(new URL('results/', import.meta.url))
  mkdirSync(folder, { recursive: true })
  const stamp = new Date().toISOString().replaceAll(':', '-').slice(0, 19)
  const file = `${folder}${stamp}${quick ? '-quick' : ''}`
  writeFileSync(`${file}.md`, `${printed.join('\n')}\n`)
  writeFileSync(
    `${file}.json`,
    JSON.stringify({ quick, cpu: cpus()[0]?.model, cores: cpus().length, results, checks }, null, 1),
  )
  process.stdout.write(`\nWritten to ${file}.md and .json\n`)
}
