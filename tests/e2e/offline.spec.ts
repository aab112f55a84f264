// The page without a connection, and what happens when its host has a new version.
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Page } from '@playwright/test'
import { nextVersion } from '../support/next-version.ts'
import type { StaticHost } from '../support/static-host.ts'
import { DIST, test } from './hosted.ts'
import { copied, expect, parts, settled, shownFeatures, watch } from './page.ts'

const TEXT = 'The captain of the whale ship spoke to the President.'

/** Waits until the page says on Storage that it opens without a connection. */
async function kept(page: Page, host: StaticHost): Promise<void> {
  await page.goto(`${host.address}#/storage`)
  const panel = page.getByRole('region', { name: 'Without a connection' })
  await expect(panel).toContainText('open without a connection', { timeout: 60_000 })
}

/** The version that the page in front of us was built as. */
const versionOf = (page: Page): Promise<string> =>
  page.evaluate(() => document.querySelector<HTMLMetaElement>('meta[name=version]')?.content ?? 'first')

test('after a first visit the page, its demo and a shared link open without the host', async ({
  page,
  context,
  host,
}) => {
  await page.goto(host.address)
  await settled(page)
  await parts(page).text.fill(TEXT)
  await parts(page).text.press('Control+Enter')
  await expect(parts(page).tokens).toContainText('whale')
  await settled(page)
  await parts(page).token(4).click()
  const shown = await shownFeatures(page)
  const link = await copied(page)
  await kept(page, host)

  // The runtime's wasm of this browser, and no other; each file of it once.
  const wasm = host.asked.filter((line) => /\/ort-.*\.wasm/.test(line))
  expect(wasm).toHaveLength(1)

  await host.goAway()
  await context.setOffline(true)
  const later = await context.newPage()
  const check = watch(later, new URL(host.address).origin)
  await later.goto(link)
  await settled(later)
  await later.reload()
  await settled(later)
  await expect(parts(later).text).toHaveValue(TEXT)
  expect(await shownFeatures(later)).toEqual(shown)
  expect(await later.evaluate(() => crossOriginIsolated)).toBe(true)

  // Another text, a feature with examples from the index, the list of all features.
  await parts(later).text.fill('Call me Ishmael.')
  await parts(later).text.press('Control+Enter')
  await expect(parts(later).tokens).toContainText('Ish')
  await settled(later)
  await parts(later).featureLinks.first().click()
  await expect(later.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(later.getByText('Threshold', { exact: false }).first()).toBeVisible()
  await expect(parts(later).error).toHaveCount(0)
  const part = await later.evaluate(async () => {
    const file = 'hub/featurescope/gemma-2-mini/config.json'
    const whole = await (await fetch(file)).text()
    const response = await fetch(file, { headers: { Range: 'bytes=10-19' } })
    const isSame = (await response.text()) === whole.slice(10, 20)
    return {
      status: response.status,
      isSame,
      range: response.headers.get('Content-Range'),
      size: whole.length,
    }
  })
  expect(part).toMatchObject({ status: 206, isSame: true, range: `bytes 10-19/${part.size}` })
  check()
})

test('a new version is announced, taken when asked for, and the old one runs on until then', async ({
  page,
  context,
  host,
}) => {
  await page.goto(host.address)
  await settled(page)
  await kept(page, host)
  await page.goto(`${host.address}#/`)
  await settled(page)
  const other = await context.newPage()
  await other.goto(host.address)
  await settled(other)

  const next = nextVersion(DIST, 'SourcesView')
  try {
    host.serve(next.folder)
    await parts(page).text.fill('In the middle of a sentence')
    await page.evaluate(async () => {
      await (await navigator.serviceWorker.ready).update()
    })
    const notice = page.getByRole('status', { name: 'Version' })
    await expect(notice).toContainText('A new version is ready.')
    await expect(parts(page).text).toHaveValue('In the middle of a sentence')
    expect(await versionOf(page)).toBe('first')

    // Not even a reload takes it unasked, and a part of the old one is there that its host no longer has.
    await page.reload()
    await settled(page)
    expect(await versionOf(page)).toBe('first')
    await notice.getByRole('button', { name: 'Reload' }).click()
    await expect.poll(() => versionOf(page).catch(() => 'loading')).toBe('next')
    await settled(page)
    await expect(notice).toBeEmpty()

    const told = other.getByRole('status', { name: 'Version' })
    await expect(told).toContainText('another tab')
    expect(await versionOf(other)).toBe('first')
    await other.evaluate(() => {
      location.hash = '#/sources'
    })
    await expect(other.getByRole('heading', { name: 'Sources', level: 1 })).toBeVisible()
    expect(host.asked.filter((line) => line.endsWith(next.gone) && line.startsWith('404'))).toEqual([])
    await told.getByRole('button', { name: 'Reload' }).click()
    await expect.poll(() => versionOf(other).catch(() => 'loading')).toBe('next')
    await other.close()

    // With no page of the old version left, what was only its own is deleted.
    await kept(page, host)
    await expect
      .poll(() =>
        page.evaluate(async () => {
          const names = await caches.keys()
          const keys = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()))
          return keys.flat().flatMap(({ url }) => new URL(url).searchParams.get('path') ?? [])
        }),
      )
      .not.toContain(next.gone)
  } finally {
    rmSync(dirname(next.folder), { recursive: true, force: true })
  }
})
