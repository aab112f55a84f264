// Loading a real-size params.npz from a hub on localhost to the GPU, beside a plain fetch of the same file in the same
// page: time, and what the engine's workers hold meanwhile.
import type { Browser } from '@playwright/test'
import { CHROMIUM_FLAGS } from '../../tests/support/chromium.ts'
import { type FakeHub, startFakeHub } from '../../tests/support/fake-hub.ts'
import { type BareBrowser, type BarePage, type Bytes, startBareBrowser } from './bare-browser.ts'
import type { LoadedModel, LoadingPage } from './cases.ts'
import { checkAtMost, print, quick, results } from './drive.ts'
import { median, megabytes, milliseconds, ratio, table } from './report.ts'

const REPO = 'google/gemma-scope-2b-pt-res'
const PATH = 'layer_20/width_16k/average_l0_71/params.npz'
const BYTES = 302_131_416
const MIB = 1024 * 1024
const HEAP_LIMIT_MIB = 64
const ROUNDS = quick ? 1 : 3

interface Timed {
  milliseconds: number
  /** Growth of what the workers hold, at its highest. */
  heap: Bytes
}

interface Round {
  /** As `fetch(address)` does it: the browser keeps what came in its own cache. */
  fetch: number
  /** The same, kept nowhere. */
  unkept: number
  first: Timed
  /** From then on, until the file was compared with the hub's SHA-256. */
  check: number
  stored: Timed
  statistics: Timed
}

/** Rounds of plain fetches, first load (network, storage, GPU) and load from storage, each of these in a new profile. */
export async function loading(_: Browser, baseURL: string): Promise<void> {
  const hub = await startFakeHub()
  // The file's checksums are computed when it is first asked for: not while anything is timed.
  await fetch(`${hub.origin}/${REPO}/resolve/main/${PATH}`, { method: 'HEAD' })
  const rounds: Round[] = []
  let adapter = ''
  for (let at = 0; at < ROUNDS; at++) {
    const { round, adapter: used } = await oneRound(hub, baseURL)
    rounds.push(round)
    adapter = used
  }
  hub.close()
  const fetched = median(rounds.map((round) => round.fetch))
  const timesOf = (part: 'first' | 'stored' | 'statistics') => rounds.map((round) => round[part].milliseconds)
  const highest = (part: 'first' | 'stored' | 'statistics'): Bytes =>
    rounds.map((round) => round[part].heap).reduce((a, b) => (b.all > a.all ? b : a))
  const row = (name: string, times: number[], heap?: Bytes): string[] => [
    name,
    ratio(median(times) / fetched),
    milliseconds(median(times)),
    times.map((time) => milliseconds(time)).join(', '),
    heap ? megabytes(heap.all) : '',
    heap ? megabytes(heap.buffers) : '',
    heap ? megabytes(heap.browser) : '',
  ]
  print(`\n## Loading ${megabytes(BYTES)} from localhost to ${adapter}\n`)
  print(
    table(
      ['', 'of fetch', 'median', 'each', 'heap growth', 'of it buffers', 'of it the browser’s'],
      [
        row(
          'fetch(…).arrayBuffer()',
          rounds.map((round) => round.fetch),
        ),
        row(
          'the same, kept by nobody (no-store)',
          rounds.map((round) => round.unkept),
        ),
        row('first time: network, storage, GPU', timesOf('first'), highest('first')),
        row(
          'beside the use, after it: SHA-256',
          rounds.map((round) => round.check),
        ),
        row('again: storage, GPU', timesOf('stored'), highest('stored')),
        row('statistics of all features: storage', timesOf('statistics'), highest('statistics')),
      ],
    ),
  )
  results.loading = { bytes: BYTES, adapter, rounds }
  checkAtMost('loading / fetch(…).arrayBuffer()', median(timesOf('first')) / fetched, 1.5)
  // The browser's own objects are no part of the JavaScript heap: they are told beside it.
  const script = ({ all, browser }: Bytes): number => (all - browser) / MIB
  checkAtMost('JavaScript heap growth while loading, MiB', script(highest('first')), HEAP_LIMIT_MIB)
  checkAtMost('JavaScript heap growth of the statistics, MiB', script(highest('statistics')), HEAP_LIMIT_MIB)
}

const CHECKPOINT = 'fake/gemma-2-2b-two-layers'
const HOOK = 'blocks.1.hook_resid_post'

/** Two layers of Gemma 2 2B from a hub, packed on the way, beside a plain fetch of one of its files. */
export async function loadingModel(_: Browser, baseURL: string): Promise<void> {
  const hub = await startFakeHub()
  const rows: string[][] = []
  for (const precision of ['q8', 'q4'] as const) {
    const browser = await startBareBrowser(CHROMIUM_FLAGS)
    try {
      for (const visit of ['first visit', 'second visit']) {
        const page = await openLoadingPage(browser, baseURL, hub)
        const plain = await page.evaluate<Awaited<ReturnType<LoadingPage['fetch']>>>(
          call(
            'fetch',
            `${hub.origin}/${CHECKPOINT}/resolve/main/model-00001-of-00003.safetensors`,
            'no-store',
          ),
        )
        await page.evaluate(call('openModel', CHECKPOINT, precision))
        await page.settle()
        let loaded: LoadedModel | undefined
        const heap = await page.growth(async () => {
          loaded = await page.evaluate<LoadedModel>(call('model', CHECKPOINT, HOOK, precision))
        })
        await page.close()
        if (!loaded?.bytes) throw new Error('no weights were loaded')
        const { download, cached, bytes, milliseconds: time } = loaded
        const rate = (count: number, ms: number): string => `${(count / 1000 / ms).toFixed(0)} MB/s`
        // WebAssembly's own memory, where the weights are in the end, is counted among the buffers.
        rows.push([
          `${precision}, ${visit}`,
          megabytes(download),
          megabytes(cached),
          milliseconds(time),
          rate(download + cached, time),
          rate(plain.byteLength, plain.milliseconds),
          megabytes(bytes),
          megabytes(heap.all),
          megabytes(heap.all - bytes),
        ])
        results[`loading model ${precision} ${visit}`] = { loaded, plain, heap }
        checkAtMost(
          `${precision} ${visit}, heap growth beside the weights, MiB`,
          (heap.all - bytes) / MIB,
          256,
        )
      }
    } finally {
      await browser.close()
    }
  }
  hub.close()
  print('\n## Loading two layers of Gemma 2 2B from localhost to WebAssembly\n')
  print(
    table(
      ['', 'download', 'stored', 'time', 'rate', 'plain fetch', 'weights', 'heap growth', 'beside weights'],
      rows,
    ),
  )
}

async function openLoadingPage(browser: BareBrowser, baseURL: string, hub: FakeHub): Promise<BarePage> {
  const page = await browser.open(new URL('loading.html', baseURL).href)
  await page.evaluate(`new Promise((ready) => {
    const look = () => ('loading' in window ? ready() : setTimeout(look, 50)); look()
  })`)
  await page.evaluate<string>(call('prepare', hub.origin))
  return page
}

/** Milliseconds of a plain fetch of the file in a browser of its own. */
async function plainFetch(hub: FakeHub, baseURL: string, cache: 'default' | 'no-store'): Promise<number> {
  const browser = await startBareBrowser(CHROMIUM_FLAGS)
  try {
    const page = await openLoadingPage(browser, baseURL, hub)
    const { byteLength, milliseconds } = await page.evaluate<Awaited<ReturnType<LoadingPage['fetch']>>>(
      call('fetch', `${hub.origin}/${REPO}/resolve/main/${PATH}`, cache),
    )
    if (byteLength !== BYTES) throw new Error(`The hub gave ${byteLength} bytes.`)
    return milliseconds
  } finally {
    await browser.close()
  }
}

async function oneRound(hub: FakeHub, baseURL: string): Promise<{ round: Round; adapter: string }> {
  const unkept = await plainFetch(hub, baseURL, 'no-store')
  const fetched = await plainFetch(hub, baseURL, 'default')
  const browser = await startBareBrowser(CHROMIUM_FLAGS)
  try {
    const visit = async (): Promise<{ page: BarePage; adapter: string }> => {
      const page = await openLoadingPage(browser, baseURL, hub)
      const adapter = await page.evaluate<string>(call('prepare', hub.origin))
      if (page.workers() === 0) throw new Error('The engine’s worker was not found.')
      return { page, adapter }
    }
    /** Calls the page and watches its workers meanwhile. */
    const timed = async <T extends { milliseconds: number }>(
      page: BarePage,
      expression: string,
      right: (answer: T) => boolean,
    ): Promise<Timed> => {
      await page.settle()
      let answer: T | undefined
      const heap = await page.growth(async () => {
        answer = await page.evaluate<T>(expression)
      })
      if (!answer || !right(answer)) throw new Error(`Not what was asked: ${JSON.stringify(answer)}`)
      return { milliseconds: answer.milliseconds, heap }
    }
    const load = (page: BarePage): Promise<Timed> =>
      timed<Awaited<ReturnType<LoadingPage['open']>>>(
        page,
        call('open', `${REPO}/${PATH}`),
        ({ dIn, dSae, onGpu }) => dIn === 2304 && dSae === 16_384 && Boolean(onGpu),
      )
    const before = await visit()
    const first = await load(before.page)
    const started = performance.now()
    await before.page.evaluate(call('checked', `${REPO}/${PATH}`))
    const check = performance.now() - started
    await before.page.close()
    const after = await visit()
    const stored = await load(after.page)
    const statistics = await timed<Awaited<ReturnType<LoadingPage['statistics']>>>(
      after.page,
      call('statistics'),
      ({ features }) => features === 16_384,
    )
    return { adapter: before.adapter, round: { fetch: fetched, unkept, first, check, stored, statistics } }
  } finally {
    await browser.close()
  }
}

function call(method: keyof LoadingPage, ...args: string[]): string {
  return `window.loading.${method}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`
}
