// Frames while the list of features is scrolled in the built page: by the wheel, and by leaps as the scroll bar's thumb
// makes them. A list with an index, and local SAEs of 16k and a million features.
import { type Browser, expect, type Page } from '@playwright/test'
import { framesWhile, goWithin, onBuiltPage, spread } from './built-page.ts'
import { checkAtMost, print, quick, results } from './drive.ts'
import { madeSae, openMadeSae } from './made-sae.ts'
import { milliseconds, table } from './report.ts'

const WIDTHS = quick ? [16_384] : [16_384, 1_048_576]
const TURNS = 120

export function scrolling(browser: Browser): Promise<void> {
  return onBuiltPage(async (address, dist) => {
    const rows: string[][] = []
    const add = async (name: string, page: Page): Promise<void> => {
      const [wheel, leaps] = [spread(await frames(page, 'wheel')), spread(await frames(page, 'leaps'))]
      checkAtMost(`wheel over ${name}, 95 of 100 frames, ms`, wheel[1], 34)
      rows.push([name, ...[...wheel, ...leaps].map(milliseconds)])
      await page.close()
    }
    const indexed = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    await indexed.goto(`${address}#/gemma-2-mini/3-miniscope-res-4k?view=browse&sort=-max`)
    await expect(indexed.getByText('never fire', { exact: false })).toBeVisible({ timeout: 60_000 })
    await add('4,096 with an index', indexed)
    for (const dSae of WIDTHS) {
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
      const place = await openMadeSae(page, address, await madeSae(dist, dSae))
      await goWithin(page, `${place}?view=browse`)
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
  })
}

/** Milliseconds between frames while the list moves. */
async function frames(page: Page, how: 'wheel' | 'leaps'): Promise<number[]> {
  const grid = page.getByRole('grid', { name: 'Features' })
  await expect(grid.locator('tbody [data-index]').first()).toBeVisible()
  await page.waitForTimeout(1500)
  const box = await grid.locator('xpath=..').boundingBox()
  if (!box) throw new Error('the list is not shown')
  await page.mouse.move(box.x + box.width / 2, box.y + 200)
  return framesWhile(page, async () => {
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
  })
}
