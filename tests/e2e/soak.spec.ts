// 500 seeded random actions on the built page: no error, and neither memory, listeners nor nodes grow with them.
import type { CDPSession, Page } from '@playwright/test'
import { seededRandom } from '../support/random.ts'
import { expect, parts, settled, test } from './page.ts'

const SEED = 20_261
const ACTIONS = 500
const WORDS = 'whale ship captain President Boston def return import sea the of 1850 water nobody'.split(' ')
const PLACE = '#/gemma-2-mini/3-miniscope-res-4k'

test.setTimeout(240_000)

interface Figures {
  heap: number
  listeners: number
  nodes: number
}

async function figures(cdp: CDPSession): Promise<Figures> {
  // Twice: what the first sweep frees may hold what the second one does.
  for (let sweep = 0; sweep < 2; sweep += 1) await cdp.send('HeapProfiler.collectGarbage')
  const { usedSize } = await cdp.send('Runtime.getHeapUsage')
  const { metrics } = await cdp.send('Performance.getMetrics')
  const of = (name: string): number => metrics.find((one) => one.name === name)?.value ?? Number.NaN
  return { heap: usedSize, listeners: of('JSEventListeners'), nodes: of('Nodes') }
}

/** One of those that are there, or none. */
async function any(page: Page, selector: string, random: () => number) {
  const all = page.locator(selector)
  const count = Math.min(await all.count(), 12)
  return count === 0 ? undefined : all.nth(Math.floor(random() * count))
}

/** What a person does, by name and how often; each leaves out what the page does not offer just then. */
function actions(
  page: Page,
  random: () => number,
): [name: string, weight: number, act: () => Promise<unknown>][] {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]
  const soon = { timeout: 2000 }
  const tokens = '[aria-label="Tokens"] button'
  const links = '[aria-label="Active features"] a'
  const go = (hash: string) => page.evaluate((to) => location.assign(to), hash)
  const press = (key: string) => page.keyboard.press(key)
  const on = (selector: string, act: 'hover' | 'click') => async () => {
    const found = await any(page, selector, random)
    // It may be gone by now: the page goes on under the pointer.
    await found?.[act](soon).catch(() => undefined)
  }
  return [
    [
      'type and run',
      8,
      async () => {
        const box = parts(page).text
        if (!(await box.isVisible())) return
        await box.fill(
          Array.from({ length: 2 + Math.floor(random() * 10) }, () => pick(WORDS)).join(' '),
          soon,
        )
        await press('Control+Enter')
      },
    ],
    ['hover a token', 6, on(tokens, 'hover')],
    ['hover a feature', 6, on(links, 'hover')],
    ['lock a token', 6, on(tokens, 'click')],
    ['unlock', 3, () => press('Escape')],
    ['rank', 3, on('[role=radio]', 'click')],
    ['open a feature', 6, on(links, 'click')],
    ['next or previous', 6, () => press(pick(['j', 'k']))],
    ['another source', 3, () => go(pick([PLACE, PLACE.replace('3', '5'), PLACE.replace('3', '1')]))],
    ['back', 4, () => page.evaluate(() => history.back())],
    ['forward', 2, () => page.evaluate(() => history.forward())],
    ['browse', 3, () => go(`${PLACE}?view=browse&q=${pick(WORDS)}`)],
    ['sort', 2, () => go(`${PLACE}?view=browse&sort=${pick(['density', 'max', 'index'])}`)],
    ['source page', 2, () => go(`${PLACE}?view=source`)],
    ['storage, sources', 2, () => go(pick(['#/storage', '#/sources']))],
    ['home', 3, () => go(`${PLACE}?text=${pick(WORDS)}%20${pick(WORDS)}`)],
    [
      'find',
      2,
      async () => {
        await press('/')
        await page.keyboard.type(pick(['12', 'whale', '999']))
        await press(pick(['Enter', 'Escape']))
      },
    ],
    [
      'keys',
      1,
      async () => {
        await press('?')
        await press('Escape')
      },
    ],
    ['theme', 1, () => page.emulateMedia({ colorScheme: pick(['light', 'dark']) })],
    ['resize', 2, () => page.setViewportSize({ width: pick([360, 768, 1280]), height: 900 })],
  ]
}

/** Brings the page to one and the same state, a view that always shows the same, so that figures can be compared. */
async function rest(page: Page): Promise<void> {
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.keyboard.press('Escape')
  await page.goto(`./${PLACE}?text=The%20whale%20swam%20away`)
  await settled(page)
  await page.goto('./#/storage')
  await expect(page.getByRole('heading', { name: 'Storage' })).toBeVisible()
  // React holds the field that had the focus last, and the view around it, until another one loses it (its selection
  // events): one view, whatever was done before.
  await parts(page).find.focus()
  await parts(page).find.blur()
}

test(`${ACTIONS} random actions: no error, no growing memory, no listener left behind`, async ({ page }) => {
  const random = seededRandom(SEED)
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Performance.enable')
  await page.goto(`./${PLACE}?text=The%20whale`)
  await settled(page)
  const all = actions(page, random)
  const often = all.flatMap((action) => Array.from({ length: action[1] }, () => action))
  const done: string[] = []
  const places = new Set<string>()
  let early: Figures | undefined
  for (let step = 1; step <= ACTIONS; step += 1) {
    const [name, , act] = often[Math.floor(random() * often.length)]
    done.push(name)
    await act()
    places.add(await page.evaluate(() => location.hash))
    expect(
      await page.locator('#root > *').count(),
      `page after ${done.slice(-8).join(', ')}`,
    ).toBeGreaterThan(0)
    if (step === 150) {
      await rest(page)
      early = await figures(cdp)
    }
  }
  await rest(page)
  await expect(parts(page).error).toHaveCount(0)
  const late = await figures(cdp)
  const description = `after 150 actions ${JSON.stringify(early)}, after ${ACTIONS} ${JSON.stringify(late)}`
  test.info().annotations.push({ type: 'figures', description })
  if (!early) throw new Error('no figures were taken')
  // Actions that go nowhere would leave nothing behind.
  expect(places.size).toBeGreaterThan(60)
  // Results kept by feature and text are bounded; a leak of each action's nodes or listeners would be far above.
  expect(late.heap - early.heap).toBeLessThan(15e6)
  expect(late.listeners).toBeLessThan(early.listeners * 1.2 + 50)
  expect(late.nodes).toBeLessThan(early.nodes * 1.2 + 100)
})
