// Measures the explore page at 1,024 tokens: from a pointer event to the frame that shows its effect, what it costs the
// page's thread, and frames while scrolling.
import { type CDPSession, expect, type Page, test } from '@playwright/test'
import { framesWhile } from './built-page.ts'

/** Shown, of which each of the bundled model's four windows has one <bos>, and of the text with one. */
const TOKENS = 1024
const TEXT_TOKENS = 1021
const HOVERS = 120

interface Frames {
  /** Milliseconds from each event to after the frame that it led to. */
  latencies: number[]
  /** Milliseconds of tasks that blocked for 50 or more. */
  blocked: number
  /** Milliseconds of processor time of the page's thread a hover. */
  work: Work
}

type Work = Record<'task' | 'script' | 'style' | 'layout', number>

test('hover and scrolling at 1,024 tokens', async ({ page }) => {
  await page.goto('./')
  await settled(page)
  const text = await textOf(page, TEXT_TOKENS)
  await page.getByRole('textbox', { name: 'Text', exact: true }).fill(text)
  await page.getByRole('textbox', { name: 'Text', exact: true }).press('Control+Enter')
  const tokens = page.getByRole('list', { name: 'Tokens', exact: true })
  await expect(tokens.getByRole('button')).toHaveCount(TOKENS, { timeout: 120_000 })
  await settled(page)
  // The promoted tokens of what is listed come after the run.
  await page.waitForTimeout(3000)

  report('a token, its tooltip and its features', await hovers(page, '[aria-label="Tokens"] [data-at]'))
  report('a feature, its colour on all tokens', await hovers(page, '[aria-label="Active features"] > li'))
  await page.evaluate(() => scrollTo(0, 0))
  scrolled('the page', await scroll(page, '[aria-label="Tokens"]', 0, 120))

  await page.getByRole('radio', { name: 'Heat map' }).click()
  await page.getByRole('spinbutton', { name: 'Top' }).fill('50')
  const plane = page.getByRole('application')
  await expect(plane).toBeVisible()
  await page.waitForTimeout(1500)
  report('a cell of the heat map, 50 features by 1,024 tokens', await hovers(page, '[role=application]'))
  scrolled('the heat map sideways', await scroll(page, '[role=application]', 160, 0))
})

async function settled(page: Page): Promise<void> {
  await expect(
    page.getByRole('list', { name: 'Active features' }).getByRole('listitem').first(),
  ).toBeVisible()
  await expect(page.getByRole('progressbar')).toHaveCount(0)
}

/** A text of so many tokens: words are added until it has them. */
function textOf(page: Page, tokens: number): Promise<string> {
  return page.evaluate(async (wanted) => {
    const words =
      'the old ship sailed from Boston and nobody on the shore had seen such a whale before'.split(' ')
    const sized = async (count: number): Promise<number> => {
      const text = Array.from({ length: count }, (_, at) => words[(at * 7) % words.length]).join(' ')
      return (await window.featurescope.tokenize(text)).ids.length
    }
    let [low, high] = [1, wanted]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((await sized(middle)) <= wanted) low = middle
      else high = middle - 1
    }
    const text = Array.from({ length: low }, (_, at) => words[(at * 7) % words.length]).join(' ')
    // The last words may have been of more than one token.
    let whole = text
    while ((await window.featurescope.tokenize(whole)).ids.length < wanted) whole += ' a'
    return whole
  }, tokens)
}

/** Moves the pointer over places of the elements in sight, one after another. */
async function hovers(page: Page, selector: string): Promise<Frames> {
  const places = await page.evaluate(
    ([chosen, count]) => {
      const inSight = [...document.querySelectorAll(chosen)]
        .map((element) => element.getBoundingClientRect())
        .filter((box) => box.width > 2 && box.top >= 70 && box.top < innerHeight - 20)
      return Array.from({ length: count }, (_, at) => {
        // A large step, so that no hover is of what was hovered before.
        const box = inSight[(at * 37) % inSight.length]
        const [right, bottom] = [Math.min(box.right, innerWidth), Math.min(box.bottom, innerHeight - 20)]
        const part = inSight.length === 1 ? ((at * 37) % 101) / 101 : 0.5
        return { x: box.left + (right - box.left) * part, y: box.top + (bottom - box.top) * part }
      })
    },
    [selector, HOVERS] as const,
  )
  await page.evaluate(() => {
    // What an earlier measurement listens with would be measured too.
    const before: AbortController | undefined = Reflect.get(window, 'listening')
    before?.abort()
    const listening = new AbortController()
    Reflect.set(window, 'listening', listening)
    const latencies: number[] = []
    const state = { latencies, blocked: 0 }
    Reflect.set(window, 'measured', state)
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) state.blocked += entry.duration
    }).observe({ type: 'longtask' })
    const channel = new MessageChannel()
    const waiting: number[] = []
    channel.port1.onmessage = () => {
      for (const since of waiting.splice(0)) latencies.push(performance.now() - since)
    }
    addEventListener(
      'pointermove',
      (event) => {
        waiting.push(event.timeStamp)
        // A message posted from the frame's own callback arrives after it was painted.
        requestAnimationFrame(() => channel.port2.postMessage(undefined))
      },
      { capture: true, signal: listening.signal },
    )
  })
  const client = await page.context().newCDPSession(page)
  await client.send('Performance.enable', { timeDomain: 'threadTicks' })
  const since = await workOf(client)
  for (const { x, y } of places) {
    await page.mouse.move(x, y)
    await page.waitForTimeout(40)
  }
  const until = await workOf(client)
  await client.detach()
  const work = (part: keyof Work): number => (until[part] - since[part]) / HOVERS
  const measured: Omit<Frames, 'work'> = await page.evaluate(() => Reflect.get(window, 'measured'))
  return {
    ...measured,
    work: { task: work('task'), script: work('script'), style: work('style'), layout: work('layout') },
  }
}

/**
 * What the page's thread has worked so far, in milliseconds of processor time: on a machine that other programs share,
 * the clock counts their time too.
 */
async function workOf(client: CDPSession): Promise<Work> {
  const { metrics } = await client.send('Performance.getMetrics')
  const of = (wanted: string): number => 1000 * (metrics.find(({ name }) => name === wanted)?.value ?? 0)
  return {
    task: of('TaskDuration'),
    script: of('ScriptDuration'),
    style: of('RecalcStyleDuration'),
    layout: of('LayoutDuration'),
  }
}

/** Milliseconds between frames while the wheel turns over the first element in sight. */
async function scroll(page: Page, selector: string, x: number, y: number): Promise<number[]> {
  const box = await page.locator(selector).first().boundingBox()
  if (!box) throw new Error(`${selector} is not shown`)
  await page.mouse.move(box.x + 60, Math.max(100, Math.min(box.y + 100, 700)))
  return framesWhile(page, async () => {
    for (let turn = 0; turn < 60; turn += 1) {
      await page.mouse.wheel(x, y)
      await page.waitForTimeout(16)
    }
  })
}

function percentile(values: readonly number[], share: number): string {
  const sorted = values.toSorted((a, b) => a - b)
  return `${sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1)} ms`
}

function report(what: string, { latencies, blocked, work }: Frames): void {
  const parts = Object.entries(work).map(([part, ms]) => `${part} ${ms.toFixed(1)} ms`)
  process.stdout.write(
    `${what}: p50 ${percentile(latencies, 0.5)}, p95 ${percentile(latencies, 0.95)}, ` +
      `of ${latencies.length}; long tasks ${blocked.toFixed(0)} ms in all; a hover ${parts.join(', ')}\n`,
  )
}

function scrolled(what: string, frames: readonly number[]): void {
  process.stdout.write(
    `${what} scrolled, a frame: p50 ${percentile(frames, 0.5)}, p95 ${percentile(frames, 0.95)}, ` +
      `longest ${percentile(frames, 1)}, of ${frames.length}\n`,
  )
}
