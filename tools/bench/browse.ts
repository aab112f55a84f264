// Questions to the list of all features beside Array's own filter and sort, and beside MiniSearch, at two widths.
import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from '@playwright/test'
import MiniSearch from 'minisearch'
import { build } from 'vite'
import { FeatureList } from '../../src/activation-index/browse.ts'
import { type BrowseQuery, EVERY_FEATURE } from '../../src/lib/browse-query.ts'
import { COUNTED, type MadeList, madeList, RANGE } from './browse-lists.ts'
import { checkAtMost, checkRatio, print, quick, results } from './drive.ts'
import type { FirstQuestions } from './first-questions.ts'
import { median, milliseconds, ratio, table } from './report.ts'

const WIDTHS = quick ? [16_384] : [16_384, 1_048_576]
const REPETITIONS = 9
/** Processes that are asked for the first time. */
const PROCESSES = quick ? 2 : 5
const SEARCHES = [
  { name: 'a Latin word', text: 'harbour' },
  { name: 'two Latin words', text: 'captain river' },
  { name: 'a Russian word', text: 'корабль' },
  { name: 'a Japanese word', text: '東京' },
  { name: 'inside a Japanese word', text: '海' },
  { name: 'a word nobody has', text: 'xyzzy' },
]

/** Milliseconds of every repetition, and the last answer. */
function timed<T>(run: () => T): { times: number[]; answer: T } {
  const times: number[] = []
  let answer: T | undefined
  for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
    const started = performance.now()
    answer = run()
    times.push(performance.now() - started)
  }
  if (answer === undefined) throw new Error('a question was not answered')
  return { times, answer }
}

/** A row of the table for one width: ours, how often as long Array and MiniSearch take, and what is found. */
type Line = [name: string, ours: string, array: string, miniSearch: string, found: string]

/** The whole list in Node; questions of the page are asked in its worker, by the same code. */
export async function browseQueries(): Promise<void> {
  const widths: Line[][] = []
  for (const dSae of WIDTHS) {
    const first = await firstQuestions(dSae)
    widths.push([...first, ...(await linesOf(dSae))])
  }
  const titles = WIDTHS.flatMap((dSae) => [dSae.toLocaleString('en'), 'Array', 'MiniSearch', 'found'])
  const rows = widths[0].map(([name], row) => [name, ...widths.flatMap((lines) => lines[row].slice(1))])
  print('\n## The list of all features: times in Node, and how often as long others take\n')
  print(table(['', ...titles], rows))
  results.browse = rows
}

/** What the first questions of a process take, in as many processes as give a median. */
async function firstQuestions(dSae: number): Promise<Line[]> {
  const folder = await mkdtemp(join(tmpdir(), 'featurescope-first-'))
  try {
    const ssr = fileURLToPath(new URL('first-questions.ts', import.meta.url))
    await build({ configFile: false, publicDir: false, logLevel: 'error', build: { ssr, outDir: folder } })
    const [program] = await readdir(folder)
    const asked = Array.from({ length: PROCESSES }, (): FirstQuestions => {
      return JSON.parse(execFileSync(process.execPath, [join(folder, program), String(dSae)]).toString())
    })
    return (['sort', 'filter'] as const).map((what) => {
      const [ours, plain] = [0, 1].map((which) => asked.map((one) => one[what][which]))
      return line(`${what}, the first of a process (processor time)`, ours, plain)
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function linesOf(dSae: number): Promise<Line[]> {
  const made = madeList(dSae)
  const { count, max } = made.columns
  const listOf = () =>
    new FeatureList(made.columns, dSae, COUNTED, (feature) => ({
      label: undefined,
      others: [made.texts[feature]],
    }))
  const building = timed(listOf)
  const list = building.answer
  const ask = (query: Partial<BrowseQuery>): Uint32Array => list.query({ ...EVERY_FEATURE, ...query })
  const density = Float32Array.from(count, (times) => times / COUNTED)
  const all = Array.from({ length: dSae }, (_, feature) => feature)
  const rows: Line[] = [['build', milliseconds(median(building.times)), '', '', '']]

  // A list of its own each time: orders are kept.
  const fresh = building.times.slice(0, 3).map(listOf)
  const first = fresh.map((one) => {
    const started = performance.now()
    one.query({ ...EVERY_FEATURE, sort: 'max', descending: true })
    return performance.now() - started
  })
  const sorted = timed(() => ask({ sort: 'max', descending: true }))
  const plain = timed(() => [...all].sort((a, b) => max[b] - max[a] || a - b))
  expect([...sorted.answer], 'in the order of a plain sort').toEqual(plain.answer)
  rows.push(line('sort, the first of a list', first, plain.times))
  rows.push(line('sort, again', sorted.times, plain.times))
  checkRatio(`first sort of ${dSae} against Array.sort`, first, plain.times, 1)

  const filtered = timed(() => ask({ density: RANGE, dead: 'hidden' }))
  const [low, high] = RANGE.map(Math.fround)
  const plainly = timed(() =>
    all.filter((feature) => density[feature] >= low && density[feature] <= high && count[feature] > 0),
  )
  expect([...filtered.answer], 'as a plain filter has it').toEqual(plainly.answer)
  rows.push(line('filter', filtered.times, plainly.times))
  rows.push(...searches(made, ask))
  return rows
}

function line(name: string, ours: readonly number[], plain: readonly number[]): Line {
  return [name, milliseconds(median(ours)), ratio(median(plain) / median(ours)), '', '']
}

/** A row a search, and one of building MiniSearch's index. */
function searches({ texts }: MadeList, ask: (query: Partial<BrowseQuery>) => Uint32Array): Line[] {
  const lowered = texts.map((text) => text.toLowerCase())
  const started = performance.now()
  const peer = new MiniSearch<{ id: number; text: string }>({ fields: ['text'] })
  peer.addAll(texts.map((text, id) => ({ id, text })))
  const building = performance.now() - started
  const rows = SEARCHES.map(({ name, text }): Line => {
    const words = text.split(' ')
    const found = [...ask({ text })]
    const took = Array.from({ length: REPETITIONS }, (_, repetition) => {
      // Another question in between: what was found last is kept.
      ask({ text: `between ${repetition}` })
      const began = performance.now()
      ask({ text })
      return performance.now() - began
    })
    const plain = timed(() =>
      lowered.flatMap((own, feature) => (words.every((word) => own.includes(word)) ? [feature] : [])),
    )
    expect(found, `${name}: as a plain search finds`).toEqual(plain.answer)
    const other = timed(() => peer.search(text, { prefix: true, combineWith: 'AND' }))
    const own = new Set(found)
    expect(
      other.answer.every(({ id }) => own.has(id)),
      `${name}: whatever MiniSearch finds`,
    ).toBe(true)
    const mine = median(took)
    checkAtMost(`${name} among ${texts.length}, ms`, mine, 100)
    const counts = `${own.size.toLocaleString('en')} (${other.answer.length.toLocaleString('en')})`
    const [array, miniSearch] = [plain, other].map(({ times }) => ratio(median(times) / mine))
    return [`search: ${name}`, milliseconds(mine), array, miniSearch, counts]
  })
  return [...rows, ['MiniSearch’s own build', '', '', milliseconds(building), '']]
}
