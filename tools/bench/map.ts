// The map of a source of real size in the built page: time to the map by its parts, what the page's thread does
// meanwhile, and frames while the map is moved. Beside it, the same computation alone in Node.
import { type Browser, expect, type Page } from '@playwright/test'
import { featureMapOf, type MapHelper } from '../../src/engine/feature-map.ts'
import { readNpz } from '../../src/formats/npz.ts'
import { formatShare } from '../../src/lib/format.ts'
import { DirectionTable } from '../../src/sae/feature-map/directions.ts'
import { layoutOf } from '../../src/sae/feature-map/layout.ts'
import { nearestNeighbours } from '../../src/sae/feature-map/neighbours.ts'
import { trustOf } from '../../src/sae/feature-map/trust.ts'
import { scopeFile } from '../../tests/support/fake-hub/generated.ts'
import { startFakeHub } from '../../tests/support/fake-hub.ts'
import { longestTasks, markTasks, startTasks } from '../../tests/support/long-tasks.ts'
import { framesWhile, goWithin, onBuiltPage, spread } from './built-page.ts'
import { checkAtMost, print, results } from './drive.ts'
import { milliseconds, ratio, table } from './report.ts'

const [D_IN, D_SAE] = [2304, 16_384]
const PLACE = '#/gemma-2-2b/20-gemmascope-res-16k'
/** What progress calls each part, in its order, and then the whole. */
const PARTS = [
  'Reading decoder directions',
  'Comparing decoder directions',
  'Placing features on the map',
  'Checking the map',
]
const PHASES = ['before', 'computed', 'moved']
const TURNS = 120

/** When progress was told, in milliseconds since the map was asked for, and of which part. */
type Told = { at: number; label: string }[]

export function mapAtSize(browser: Browser): Promise<void> {
  return onBuiltPage(async (address) => {
    const hub = await startFakeHub()
    try {
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
      await openFromHub(page, address, hub.origin)
      await startTasks(browser, page)
      await markTasks(page, 'before')
      const { told, whole } = await computed(page)
      await markTasks(page, 'computed')
      const notes = (await page.locator('details').filter({ hasText: 'umap-js' }).textContent()) ?? ''
      const dragged = spread(await framesWhile(page, () => drag(page)))
      const zoomed = spread(await framesWhile(page, () => zoom(page)))
      await markTasks(page, 'moved')
      const longest = await longestTasks(browser, PHASES)
      await page.close()

      const alone = await inNode()
      const ours = [...partsOf(told, whole), whole]
      const peer = [...partsOf(alone.told, alone.whole), alone.whole]
      print(`\n## The map of ${D_SAE} features of ${D_IN} numbers, in the built page and alone in Node\n`)
      const rows = [...PARTS, 'the whole map'].map((name, part) => {
        return [name, milliseconds(ours[part]), milliseconds(peer[part]), ratio(peer[part] / ours[part])]
      })
      print(table(['', 'in the page', 'in Node', 'Node takes'], rows))
      const gap = Math.max(...told.map(({ at }, i) => at - (told[i - 1]?.at ?? 0)))
      const task = longest.get('computed') ?? { work: 0, clock: 0 }
      const moving = longest.get('moved') ?? { work: 0, clock: 0 }
      print(
        `\nProgress was told ${told.length} times, at most ${milliseconds(gap)} apart. Longest task of the page’s ` +
          `thread meanwhile: ${milliseconds(task.work)} of work, ${milliseconds(task.clock)} by the clock; ` +
          `while the map is moved ${milliseconds(moving.work)} and ${milliseconds(moving.clock)}.\n`,
      )
      const frames = [
        ['dragged', ...dragged.map(milliseconds)],
        ['zoomed by the wheel', ...zoomed.map(milliseconds)],
      ]
      print(table([`frames at ${D_SAE} points`, 'p50', 'p95', 'longest'], frames))
      checkAtMost('longest task of the page’s thread while a map is computed, ms of work', task.work, 50)
      checkAtMost('map of 16,384 points dragged, 95 of 100 frames, ms', dragged[1], 34)
      results.map = { ours, peer, told: told.length, gap, task, moving, dragged, zoomed }
      // The same neighbours, from the same bytes; where they are put hangs on the last bits of each engine's powers.
      expect(notes).toContain(`this found ${formatShare(alone.found)} of the true 10 nearest`)
    } finally {
      hub.close()
    }
  })
}

/** Downloads the SAE and has it ready, without a map. */
async function openFromHub(page: Page, address: string, origin: string): Promise<void> {
  await page.goto(`${address}#/sources`)
  await page.getByRole('textbox', { name: 'Address', exact: true }).fill(origin)
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.goto(`${address}${PLACE}`)
  await page.getByRole('button', { name: 'Download 302.1 MB' }).click()
  await expect(page.getByText('is ready', { exact: false })).toBeVisible({ timeout: 300_000 })
}

/** Goes to the map; resolves when its points are drawn. */
async function computed(page: Page): Promise<{ told: Told; whole: number }> {
  await page.evaluate(() => {
    const began = performance.now()
    const told: { at: number; label: string }[] = []
    Reflect.set(window, 'told', told)
    let last = ''
    new MutationObserver(() => {
      const at = performance.now() - began
      const bar = document.querySelector('section[aria-label="Map of features"] [role=progressbar]')
      const words = bar?.getAttribute('aria-valuetext') ?? ''
      if (bar && words !== last) told.push({ at, label: bar.getAttribute('aria-label') ?? '' })
      last = words
      if (!Reflect.has(window, 'whole') && document.querySelector('[role=application] canvas'))
        requestAnimationFrame(() => setTimeout(() => Reflect.set(window, 'whole', performance.now() - began)))
    }).observe(document, { subtree: true, childList: true, attributes: true })
  })
  await goWithin(page, `${PLACE}?view=map`)
  await page.waitForFunction(() => Reflect.has(window, 'whole'), undefined, { timeout: 900_000 })
  return page.evaluate(() => ({ told: Reflect.get(window, 'told'), whole: Reflect.get(window, 'whole') }))
}

/** Milliseconds of each of `PARTS`: from when it was first told of to when the next one was. */
function partsOf(told: Told, whole: number): number[] {
  const begins = PARTS.map((part) => told.find(({ label }) => label === part)?.at ?? Number.NaN)
  return begins.map((at, part) => (begins[part + 1] ?? whole) - (part === 0 ? 0 : at))
}

/** The same code on the same numbers, in this thread, with nothing beside it. */
async function inNode(): Promise<{ told: Told; whole: number; found: number }> {
  const file = scopeFile(D_IN, D_SAE)
  const arrays = await readNpz({
    ...{ name: 'params.npz', size: file.size },
    read: async (offset, length) => new Uint8Array(file.read(offset, length)),
  })
  const began = performance.now()
  const told: Told = []
  const tell = (label: string): void => void told.push({ at: performance.now() - began, label })
  const files = { arrays, path: 'params.npz', repo: 'a/repo', source: 'made-up' }
  const map = await featureMapOf(
    { ...files, activation: { kind: 'jumprelu' } },
    { signal: new AbortController().signal, onProgress: ({ label }) => tell(label) },
    { start: () => inThisThread(tell), store: { get: async () => undefined, set: async () => undefined } },
  )
  return { told, whole: performance.now() - began, found: map.trust.found }
}

function inThisThread(tell: (label: string) => void): MapHelper {
  let directions = new DirectionTable(1, 1, 0)
  return {
    begin: async (room, width, seed) => {
      directions = new DirectionTable(room, width, seed)
    },
    add: async (rows) => directions.add(rows),
    compute: async ({ seed, neighbours, minDist, epochs }) => {
      tell(PARTS[1])
      const nearest = nearestNeighbours(directions, neighbours)
      tell(PARTS[2])
      const places = layoutOf(nearest, { seed, minDist, epochs })
      tell(PARTS[3])
      const { searchWidth } = directions
      return { places, searchWidth, trust: trustOf(directions, nearest, places, seed) }
    },
    end: () => undefined,
  }
}

async function middleOf(page: Page): Promise<{ x: number; y: number }> {
  const box = await page.locator('[role=application] canvas').boundingBox()
  if (!box) throw new Error('the map is not shown')
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
}

/** Round in a circle with the button held. */
async function drag(page: Page): Promise<void> {
  const { x, y } = await middleOf(page)
  await page.mouse.move(x, y)
  await page.mouse.down()
  for (let turn = 0; turn < TURNS; turn += 1) {
    const angle = (4 * Math.PI * turn) / TURNS
    await page.mouse.move(x + 150 * Math.sin(angle), y + 150 * (1 - Math.cos(angle)))
    await page.waitForTimeout(16)
  }
  await page.mouse.up()
}

async function zoom(page: Page): Promise<void> {
  const { x, y } = await middleOf(page)
  await page.mouse.move(x, y)
  for (let turn = 0; turn < TURNS; turn += 1) {
    await page.mouse.wheel(0, turn % 40 < 20 ? -100 : 100)
    await page.waitForTimeout(16)
  }
}
