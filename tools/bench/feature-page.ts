// A feature's page in the built page from an index of a million tokens that it has nothing of yet, opened by address and
// read by Range: from going to the feature to when its examples and its chart are drawn.
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, expect, type Page } from '@playwright/test'
import { goWithin, onBuiltPage } from './built-page.ts'
import { checkAtMost, print, results } from './drive.ts'
import { madeSae, openMadeSae } from './made-sae.ts'
import { megabytes, milliseconds, table } from './report.ts'

const ROUNDS = 2

/** `index`: the folder of an index of `MADE_SAE`, which is moved away. */
export function featurePages(browser: Browser, index: string, features: readonly number[], dSae: number) {
  return onBuiltPage(async (address, dist) => {
    await rename(index, join(dist, 'index'))
    const sae = await madeSae(dist, dSae)
    const rows: string[][] = []
    for (const [at, feature] of features.entries()) {
      const other = features[(at + 1) % features.length]
      const cold: ColdPage[] = []
      for (let round = 0; round < ROUNDS; round += 1) {
        // Nothing is kept from one to the next.
        const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
        const page = await context.newPage()
        const place = await openMadeSae(page, address, sae)
        await openIndex(page, place, `${address}index/`)
        cold.push(await pageOf(page, `${place}/${feature}`))
        if (round === 0) cold[0].next = (await pageOf(page, `${place}/${other}`)).milliseconds
        await context.close()
      }
      const times = cold.map((one) => one.milliseconds)
      checkAtMost(`page of feature ${feature} in the built page, ms`, Math.min(...times), 1000)
      const [{ requests, bytes, next = Number.NaN }] = cold
      rows.push([
        ...[String(feature), times.map((time) => milliseconds(time)).join(', '), milliseconds(next)],
        ...[String(requests), megabytes(bytes)],
      ])
    }
    print('\nThe same in the built page, drawn: an index that was just opened by its address.\n')
    print(table(['feature', 'from cold', 'another after it', 'requests', 'bytes'], rows))
    results.featurePages = rows
  })
}

interface ColdPage {
  milliseconds: number
  requests: number
  bytes: number
  next?: number
}

/** On the source's own page, as a person would. */
async function openIndex(page: Page, place: string, address: string): Promise<void> {
  await goWithin(page, `${place}?view=source`)
  await page.getByText('Open one that was built elsewhere').click()
  await page.getByLabel('Address of its folder').fill(address)
  await page.getByRole('button', { name: 'Open the address' }).click()
  await expect(page.getByText('opened from files')).toBeVisible({ timeout: 60_000 })
}

/** Goes to a feature; milliseconds until its examples and its histogram are drawn, and what was read meanwhile. */
async function pageOf(page: Page, hash: string): Promise<ColdPage> {
  let [requests, bytes] = [0, 0]
  page.context().on('request', (request) => {
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers().range ?? '')
    if (!range || !request.url().includes('/index/')) return
    requests += 1
    bytes += Number(range[2]) - Number(range[1]) + 1
  })
  const took = await page.evaluate(
    (next) =>
      new Promise<number>((resolve) => {
        const began = performance.now()
        location.hash = next
        const number = next.split('/').at(-1) ?? ''
        const look = (): void => {
          const panels = [...document.querySelectorAll('main section')]
          const has = (title: string, what: string): boolean =>
            panels.some((one) => {
              const heading = one.querySelector('h2')?.textContent ?? ''
              return heading.startsWith(title) && one.querySelector(what)
            })
          const heading = document.querySelector('main h1')?.textContent ?? ''
          const drawn = has('Examples', 'li') && has('Activations, ', 'svg')
          // After the frame that shows it.
          if (heading.includes(number) && drawn) setTimeout(() => resolve(performance.now() - began))
          else requestAnimationFrame(look)
        }
        requestAnimationFrame(look)
      }),
    hash,
  )
  page.context().removeAllListeners('request')
  return { milliseconds: took, requests, bytes }
}
