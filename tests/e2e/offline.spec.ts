// The page without a connection, and what happens when its host has a new version.
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Locator, Page } from '@playwright/test'
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

/** Has the page take the new version, as often as it says that one is ready: Chromium may wait for a quiet half minute. */
async function takeNew(page: Page): Promise<void> {
  const notice = page.getByRole('status', { name: 'Version' })
  await expect(async () => {
    if ((await notice.textContent())?.includes('A new version is ready.'))
      await notice.getByRole('button', { name: 'Reload' }).click({ timeout: 2000 })
    const version = () => versionOf(page).catch(() => 'loading')
    await expect.poll(version, { timeout: 20_000 }).toBe('next')
  }).toPass({ timeout: 80_000 })
}

/** A file of the build that the page and its demo do without. */
const SPARE = 'licences.txt'

/** The kept copies' paths, of all versions. */
const keptPaths = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const names = await caches.keys()
    const keys = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()))
    return keys.flat().flatMap(({ url }) => new URL(url).searchParams.get('path') ?? [])
  })

/** Deletes the kept copies of `file`, so that the host must be asked for it. */
const forget = (page: Page, file: string): Promise<void> =>
  page.evaluate(async (path) => {
    for (const name of await caches.keys()) {
      const cache = await caches.open(name)
      for (const key of await cache.keys())
        if (new URL(key.url).searchParams.get('path') === path) await cache.delete(key)
    }
  }, file)

/** Has the service worker in force keep what it can, and waits until it has. */
const keepNow = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const { port1, port2 } = new MessageChannel()
    const kept = new Promise<void>((resolve) => {
      port1.onmessage = () => resolve()
    })
    navigator.serviceWorker.controller?.postMessage('keep', [port2])
    await kept
  })

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
    // Nor does the old one, keeping and tidying, delete what the new one has fetched.
    await keepNow(page)
    expect(await keptPaths(page)).toContain(next.moved)
    await takeNew(page)
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
    await expect.poll(() => keptPaths(page)).not.toContain(next.gone)
  } finally {
    rmSync(dirname(next.folder), { recursive: true, force: true })
  }
})

/** Runs `use` on a page that says that a new version is ready, whose host no longer answers for the spare file. */
async function withNews(
  page: Page,
  host: StaticHost,
  use: (notice: Locator) => Promise<void>,
): Promise<void> {
  await page.goto(host.address)
  await settled(page)
  await kept(page, host)
  await page.goto(`${host.address}#/`)
  await settled(page)
  const next = nextVersion(DIST, 'SourcesView')
  try {
    host.serve(next.folder)
    await page.evaluate(async () => {
      await (await navigator.serviceWorker.ready).update()
    })
    const notice = page.getByRole('status', { name: 'Version' })
    await expect(notice).toContainText('A new version is ready.')
    await forget(page, SPARE)
    host.keepSilentAbout(SPARE)
    await use(notice)
  } finally {
    rmSync(dirname(next.folder), { recursive: true, force: true })
  }
}

const whenAsked = (host: StaticHost): Promise<void> =>
  expect.poll(() => host.asked).toContain(`--- /a/b/${SPARE}`)

for (const [whose, ask] of [
  [
    'the old one’s own work',
    (page: Page) =>
      page.evaluate(() => {
        navigator.serviceWorker.controller?.postMessage('keep', [new MessageChannel().port2])
      }),
  ],
  [
    'this page',
    (page: Page) =>
      page.evaluate((file) => {
        fetch(file, { cache: 'no-cache' }).catch(() => undefined)
      }, SPARE),
  ],
] as const)
  test(`a new version that is asked for comes, though the host leaves ${whose} without an answer`, async ({
    page,
    host,
  }) => {
    await withNews(page, host, async (notice) => {
      await ask(page)
      await whenAsked(host)
      await takeNew(page)
      await settled(page)
      await expect(notice).toBeEmpty()
    })
  })

test('where another tab waits for an answer, the page says what a new version waits for, and goes on', async ({
  page,
  context,
  host,
}) => {
  await withNews(page, host, async (notice) => {
    const other = await context.newPage()
    await other.goto(host.address)
    await settled(other)
    await other.evaluate((file) => {
      fetch(file, { cache: 'no-cache' }).catch(() => undefined)
    }, SPARE)
    await whenAsked(host)
    await notice.getByRole('button', { name: 'Reload' }).click()
    await expect(notice).toContainText('when nothing is being loaded any more, here and in other tabs')
    expect(await versionOf(page)).toBe('first')
    await settled(page)
    await parts(page).text.fill('Typed meanwhile')

    await other.close()
    await expect(notice).toContainText('A new version is ready.')
    await expect(parts(page).text).toHaveValue('Typed meanwhile')
    expect(await versionOf(page)).toBe('first')
    await takeNew(page)
  })
})
