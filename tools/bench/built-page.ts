// The built page for measurements: served from a folder of its own, and frames of it while something moves.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'
import { build, preview } from 'vite'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Builds the page and serves it as long as `use` runs; `dist` is the folder that is served. Both are gone afterwards. */
export async function onBuiltPage(use: (address: string, dist: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'featurescope-page-'))
  const dist = join(folder, 'dist')
  try {
    await build({ root: ROOT, logLevel: 'error', build: { outDir: dist, emptyOutDir: true } })
    const server = await preview({ root: ROOT, build: { outDir: dist }, preview: { port: 0 } })
    try {
      const address = server.resolvedUrls?.local[0]
      if (!address) throw new Error('the built page is not served')
      await use(address, dist)
    } finally {
      await server.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Goes to another place within the page: what was opened from this machine is gone after a reload. */
export async function goWithin(page: Page, hash: string): Promise<void> {
  await page.evaluate((next) => {
    location.hash = next
  }, hash)
}

/** Milliseconds between frames while `move` runs. */
export async function framesWhile(page: Page, move: () => Promise<void>): Promise<number[]> {
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
  await move()
  return page.evaluate(() => {
    const list: number[] = Reflect.get(window, 'measured')
    Reflect.set(window, 'measured', undefined)
    return list.slice(2)
  })
}

/** The middle, the 95th of a hundred, and the longest. */
export function spread(frames: readonly number[]): [p50: number, p95: number, longest: number] {
  const sorted = frames.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  return [at(0.5), at(0.95), at(1)]
}
