// Frames while the list of features is scrolled in the built page: by the wheel, and by leaps as the scroll bar's thumb
// makes them. A list with an index, and local SAEs of 16k and a million features.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, expect, type Page } from '@playwright/test'
import { build, preview } from 'vite'
import { npyFloat32, npzFile } from '../../tests/support/array-files.ts'
import { checkAtMost, print, quick, results } from './drive.ts'
import { milliseconds, table } from './report.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const WIDTHS = quick ? [16_384] : [16_384, 1_048_576]
/** Of the made-up SAEs: their weights are not what is scrolled. */
const D_IN = 2
const TURNS = 120

export async function scrolling(browser: Browser): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'featurescope-browse-'))
  await build({ root: ROOT, logLevel: 'error', build: { outDir: join(folder, 'dist'), emptyOutDir: true } })
  const server = await preview({
    ...{ root: ROOT, build: { outDir: join(folder, 'dist') }, preview: { port: 4297, strictPort: true } },
  })
  try {
    const address = server.resolvedUrls?.local[0]
    if (!address) throw new Error('the built page is not served')
    const rows: string[][] = []
    const add = async (name: string, page: Page): Promise<void> => {
      const wheel = await frames(page, 'wheel')
      const leaps = await frames(page, 'leaps')
      checkAtMost(`wheel over ${name}, 95 of 100 frames, ms`, percentile(wheel, 0.95), 34)
      const figures = [wheel, leaps].flatMap((list) =>
        [percentile(list, 0.5), percentile(list, 0.95), percentile(list, 1)].map(milliseconds),
      )
      rows.push([name, ...figures])
      await page.close()
    }
    const indexed = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    await indexed.goto(`${address}#/gemma-2-mini/3-miniscope-res-4k?view=browse&sort=-max`)
    await expect(indexed.getByText('never fire', { exact: false })).toBeVisible({ timeout: 60_000 })
    await add('4,096 with an index', indexed)
    for (const dSae of WIDTHS) {
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
      await openLocal(page, address, await madeSae(folder, dSae))
      await expect(page.getByRole('grid', { name: 'Features' })).toHaveAttribute(
        'aria-rowcount',
        String(dSae + 1),
        { timeout: 60_000 },
      )
      await add(`${dSae.toLocaleString('en')} without one`, page)
    }
    print('\n## Scrolling the list of features: milliseconds between frames\n')
    const by = (how: string): string[] => ['p50', 'p95', 'longest'].map((what) => `${how}: ${what}`)
    print(table(['features', ...by('wheel'), ...by('leaps')], rows))
    results.browseScroll = rows
  } finally {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** A Gemma Scope file of so many features of two numbers each. */
async function madeSae(folder: string, dSae: number): Promise<string> {
  const own = await mkdtemp(join(folder, 'sae-'))
  const path = join(own, 'params.npz')
  const wave = (length: number): Float32Array => Float32Array.from({ length }, (_, at) => Math.sin(at))
  const members = {
    W_enc: npyFloat32([D_IN, dSae], wave(D_IN * dSae)),
    W_dec: npyFloat32([dSae, D_IN], wave(D_IN * dSae)),
    ...{ b_enc: npyFloat32([dSae], wave(dSae)), b_dec: npyFloat32([D_IN], wave(D_IN)) },
    threshold: npyFloat32([dSae], new Float32Array(dSae).fill(1)),
  }
  await writeFile(path, npzFile(members))
  return path
}

async function openLocal(page: Page, address: string, path: string): Promise<void> {
  await page.goto(`${address}#/sources`)
  await page.getByLabel('Files to open').setInputFiles(path)
  await expect(page).toHaveURL(/params\.npz/, { timeout: 60_000 })
  const place = page.url().split('?')[0]
  // Within the page: what was opened from this machine is gone after a reload.
  await page.evaluate(
    (hash) => {
      location.hash = hash
    },
    `${new URL(place).hash}?view=browse`,
  )
}

/** Milliseconds between frames while the list moves. */
async function frames(page: Page, how: 'wheel' | 'leaps'): Promise<number[]> {
  const grid = page.getByRole('grid', { name: 'Features' })
  await expect(grid.locator('tbody [data-index]').first()).toBeVisible()
  await page.waitForTimeout(1500)
  const box = await grid.locator('xpath=..').boundingBox()
  if (!box) throw new Error('the list is not shown')
  await page.mouse.move(box.x + box.width / 2, box.y + 200)
  await page.evaluate(() => {
    const list: number[] = []
    Reflect.set(window, 'measured', list)
    let before = performance.now()
    const next = (now: number): void => {
      list.push(now - before)
      before = now
      if (Reflect.get(window, 'measured') === list) requestAnimationFrame(next)
    }
    requestAnimationFrame(next)
  })
  for (let turn = 0; turn < TURNS; turn += 1) {
    if (how === 'wheel') await page.mouse.wheel(0, 120)
    else {
      await grid.evaluate(
        ({ parentElement: scroller }, share) => {
          if (scroller) scroller.scrollTop = share * scroller.scrollHeight
        },
        ((turn * 37) % TURNS) / TURNS,
      )
    }
    await page.waitForTimeout(16)
  }
  const drawn = await grid.locator('tbody [data-index]').count()
  expect(drawn, 'rows are there wherever it stands').toBeGreaterThan(10)
  return page.evaluate(() => {
    const list: number[] = Reflect.get(window, 'measured')
    Reflect.set(window, 'measured', undefined)
    return list.slice(2)
  })
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}
