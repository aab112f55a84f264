// The built page on a host that only serves files: under a path, without headers or rewrite rules.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page, test as plain } from '@playwright/test'
import { CHROMIUM_FLAGS, findChromium } from '../support/chromium.ts'
import { startFakeHub } from '../support/fake-hub.ts'
import { staticHost } from '../support/static-host.ts'
import { DIST, test } from './hosted.ts'
import { chooseBackends, expect, settled } from './page.ts'

const isIsolated = (page: Page): Promise<boolean> => page.evaluate(() => crossOriginIsolated)

test('under a path it is isolated after one visit’s first moment, and WebAssembly has its threads', async ({
  page,
  host,
}) => {
  await page.goto(host.address)
  await settled(page)
  expect(await isIsolated(page)).toBe(true)
  await chooseBackends(page, 'wasm')
  const workers = page.workers().map((worker) => new URL(worker.url()).pathname)
  expect(workers.filter((path) => path.includes('/assets/ort-')).length).toBeGreaterThan(0)
  expect(workers.filter((path) => path.includes('/assets/helper-')).length).toBeGreaterThan(0)

  // Another bundled source, its index built from the bundled texts: as far as the texts being asked for.
  await page.evaluate(() => {
    const stop = new AbortController()
    Reflect.set(window, 'stopIndexing', () => stop.abort())
    window.featurescope
      .open({ sae: 'featurescope/mini-scope-res/layer_5/width_4k/average_l0_14/params.npz' })
      .then(() => window.featurescope.buildIndex({ kind: 'bundled' }, { signal: stop.signal }))
      .catch(() => undefined)
  })
  await expect.poll(() => host.asked.join('\n')).toContain('200 /a/b/corpus/')
  await page.evaluate(() => Reflect.get(window, 'stopIndexing')())

  expect(host.asked.filter((line) => !/^20[06] \/a\/b\//.test(line))).toEqual([])
})

test.describe('in a browser that gives the page no service worker', () => {
  test.use({ serviceWorkers: 'block' })

  test('it works without isolation, and says that it is not kept', async ({ page, host }) => {
    await page.goto(host.address)
    await settled(page)
    expect(await isIsolated(page)).toBe(false)
    await chooseBackends(page, 'wasm')
    await page.goto(`${host.address}#/storage`)
    await expect(page.getByRole('region', { name: 'Without a connection' })).toContainText(
      'needs its host each time',
    )
  })
})

// A browser with a profile of its own: in a private window, as other tests have, no page can be installed.
plain('Chromium finds nothing against installing it', async () => {
  const host = await staticHost(DIST, '/a/b/')
  const profile = mkdtempSync(join(tmpdir(), 'featurescope-profile-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findChromium(),
    args: CHROMIUM_FLAGS,
  })
  try {
    const page = await context.newPage()
    await page.goto(host.address)
    await settled(page)
    const session = await context.newCDPSession(page)
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors')
    expect(installabilityErrors).toEqual([])
    const { url, errors, data } = await session.send('Page.getAppManifest')
    expect(url).toBe(`${host.address}manifest.webmanifest`)
    expect(errors).toEqual([])
    const { icons }: { icons: { src: string }[] } = JSON.parse(data ?? '{}')
    expect(icons.length).toBeGreaterThan(2)
    for (const { src } of icons) expect((await page.request.get(host.address + src)).status()).toBe(200)
  } finally {
    await context.close()
    await host.goAway()
    rmSync(profile, { recursive: true, force: true })
  }
})

// The plain test: this one means to leave the page's own origin, for a hub on this machine.
plain.describe('with the service worker and its isolation', () => {
  plain.use({ serviceWorkers: 'allow' })

  plain(
    'a hub’s file comes by its redirect to another host, and each host is named where the page says them',
    async ({ page }) => {
      const [host, hub] = await Promise.all([staticHost(DIST), startFakeHub()])
      try {
        await page.goto(`${host.address}#/sources`)
        await expect.poll(() => isIsolated(page).catch(() => false)).toBe(true)
        await page.getByRole('textbox', { name: 'Address', exact: true }).fill(hub.origin)
        await page.getByRole('button', { name: 'Save', exact: true }).click()
        await page
          .getByRole('textbox', { name: 'Reference or address' })
          .fill('hf:mirror/mini-scope-res/layer_3/width_4k/average_l0_11/params.npz')
        await page.getByRole('button', { name: 'Open', exact: true }).click()
        await expect(page).not.toHaveURL(/#\/sources/)
        await page.goto(`${host.address}#/storage`)
        const row = page.getByRole('table', { name: 'Stored files' }).getByRole('row', { name: 'params.npz' })
        await expect(row).toContainText('SHA-256')
        const hosts = page.getByRole('list', { name: 'Hosts' }).getByRole('listitem')
        // Beside these three the one that labels could come from, which nobody has turned on.
        await expect(hosts).toHaveCount(4)
        await expect(hosts.filter({ hasText: 'www.neuronpedia.org' })).toContainText('not asked')
        for (const origin of [new URL(host.address).origin, hub.origin, hub.cdn])
          await expect(hosts.filter({ hasText: new URL(origin).host })).toContainText(
            /\d+ file requests? in this visit/,
          )
      } finally {
        hub.close()
        await host.goAway()
      }
    },
  )
})
