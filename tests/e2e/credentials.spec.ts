// The hub's token goes to the hub and nowhere else: not to another host, into no message, address or storage, whatever
// goes wrong on the way.
import { expect, type Page, test } from '@playwright/test'
import { everythingKept } from '../support/everything-kept.ts'
import type { Fault } from '../support/fake-hub/faults.ts'
import { startFakeHub } from '../support/fake-hub.ts'
import { FakeHubClient } from '../support/fake-hub-client.ts'
import { GOOD_TOKEN } from '../support/fake-hub-names.ts'
import { staticHost } from '../support/static-host.ts'
import { DIST } from './hosted.ts'

const FILE = 'fake/gated/params.npz'
const WRONG_TOKEN = 'hf_wrongButSecret'
const SECRETS = [GOOD_TOKEN, WRONG_TOKEN]

/** Strikes the host of large files, but for those of the API. */
const FAULTS: readonly [name: string, fault: Fault, says: RegExp][] = [
  ['401', { name: FILE, kind: 'status', status: 401 }, /This file needs an access token/],
  ['403', { name: FILE, kind: 'status', status: 403 }, /Access to this file is refused/],
  ['500', { name: FILE, kind: 'status', status: 500 }, /The host has a problem of its own/],
  ['500 of the API', { name: 'api', kind: 'status', status: 500 }, /The host has a problem of its own/],
  [
    'a cut connection',
    { name: FILE, kind: 'cut', after: 0 },
    /A file (could not be fetched|arrived incomplete)/,
  ],
  ['a web page', { name: FILE, kind: 'html' }, /There is a web page where the file should be/],
  ['no CORS', { name: FILE, kind: 'noCors' }, /A file could not be fetched/],
]

async function giveToken(page: Page, token: string, keep: 'This tab only' | 'This browser'): Promise<void> {
  await page.getByLabel('Access token').fill(token)
  await page.getByRole('radio', { name: keep, exact: true }).click()
  const save = page.getByRole('button', { name: 'Save', exact: true })
  if (await save.isEnabled()) await save.click()
  await expect(page.getByText('In use.')).toBeVisible()
}

async function openGated(page: Page): Promise<void> {
  await page.getByRole('textbox', { name: 'Reference or address' }).fill(`hf:${FILE}`)
  await page.getByRole('button', { name: 'Open', exact: true }).click()
}

/** What is kept beside what `everythingKept` looks at: for one tab, by the service worker, as cookies. */
async function keptBeside(): Promise<string> {
  const said = [JSON.stringify({ ...sessionStorage }), document.cookie, document.referrer]
  said.push(JSON.stringify(history.state))
  for (const name of await caches.keys()) {
    const cache = await caches.open(name)
    for (const request of await cache.keys()) {
      const response = await cache.match(request)
      said.push(name, request.url, JSON.stringify([...request.headers]))
      said.push(JSON.stringify([...(response?.headers ?? [])]))
      if (/json|text|javascript/.test(response?.headers.get('Content-Type') ?? '')) {
        said.push((await response?.text()) ?? '')
      }
    }
  }
  return said.join('\n')
}

test('through redirects and faults, the token is in no message, error, address, storage or foreign request', async ({
  browser,
}) => {
  const host = await staticHost(DIST, '/a/b/')
  const hub = await startFakeHub()
  const control = new FakeHubClient(hub)
  const context = await browser.newContext({ baseURL: host.address, serviceWorkers: 'allow' })
  /** Everything said, shown or sent, each with where it was found. */
  const said: string[] = []
  const notSaid = (): void =>
    expect(said.filter((text) => SECRETS.some((one) => text.includes(one)))).toEqual([])
  const headers: Promise<void>[] = []
  context.on('console', (message) => {
    said.push(`console: ${message.text()} ${message.location().url}`)
    for (const arg of message.args()) {
      headers.push(
        arg.jsonValue().then(
          (value) => void said.push(`console: ${JSON.stringify(value)}`),
          () => undefined,
        ),
      )
    }
  })
  context.on('weberror', (error) => said.push(`uncaught: ${error.error().message} ${error.error().stack}`))
  context.on('request', (request) => {
    const { origin } = new URL(request.url())
    said.push(`request: ${request.url()} ${request.postData() ?? ''}`)
    if (origin === hub.origin) return
    headers.push(
      request.allHeaders().then(
        (all) => void said.push(`headers to ${origin}: ${JSON.stringify(all)}`),
        () => undefined,
      ),
    )
  })
  try {
    const page = await context.newPage()
    const look = async (): Promise<void> => {
      await Promise.all(headers)
      const alerts = await page.getByRole('alert').evaluateAll((all) => all.map((one) => one.outerHTML))
      said.push(
        `page: ${await page.evaluate(() => document.body.textContent)}`,
        ...alerts,
        `at: ${page.url()}`,
      )
      said.push(`title: ${await page.title()}`)
    }
    await page.goto('./#/sources')
    // The engine, and the worker that will ask the hub, are heard.
    await expect.poll(() => page.workers().length).toBeGreaterThan(0)
    // biome-ignore lint/suspicious/noConsole: what workers say is what is listened to.
    await page.workers()[0].evaluate(() => console.info('the worker is heard'))
    await expect.poll(() => said.join('\n')).toContain('the worker is heard')
    await page.evaluate(async () => void (await navigator.serviceWorker.ready))
    await page.getByRole('textbox', { name: 'Address', exact: true }).fill(hub.origin)

    await test.step('a wrong token', async () => {
      await giveToken(page, WRONG_TOKEN, 'This tab only')
      await openGated(page)
      await expect(page.getByRole('alert')).toContainText('Access to this file is refused')
      await look()
      notSaid()
    })

    await giveToken(page, GOOD_TOKEN, 'This tab only')
    for (const [name, fault, says] of FAULTS) {
      await test.step(name, async () => {
        await control.fault(fault)
        await openGated(page)
        await expect(page.getByRole('alert').filter({ hasText: says })).toBeVisible({ timeout: 60_000 })
        await look()
        await control.clearFaults()
        notSaid()
      })
    }

    await test.step('and opened at last', async () => {
      await control.reset()
      await openGated(page)
      await expect(page).not.toHaveURL(/#\/sources/, { timeout: 60_000 })
      await expect(page.getByRole('progressbar')).toHaveCount(0)
      await look()
      const log = await control.log()
      expect(log.some(({ host: to, authorized }) => to === 'hub' && authorized)).toBe(true)
      expect(log.some(({ host: to }) => to === 'cdn')).toBe(true)
      expect(log.filter(({ host: to, authorized }) => to === 'cdn' && authorized)).toEqual([])
      // What was listened to holds what it should: requests to both hosts, and headers of those to the second.
      const all = said.join('\n')
      expect(all).toContain(`request: ${hub.origin}/fake/gated/resolve/`)
      expect(all).toContain(`headers to ${hub.cdn}`)
      notSaid()
    })

    await test.step('nothing keeps it, unless that was chosen', async () => {
      const kept = await page.evaluate(everythingKept)
      const beside = await page.evaluate(keptBeside)
      // What was looked at is where the token would be: the repository's name is kept, the build is cached.
      expect(kept).toContain('fake/gated')
      expect(beside).toContain('/a/b/')
      for (const secret of SECRETS) {
        expect(kept).not.toContain(secret)
        expect(beside).not.toContain(secret)
      }
      await page.goto('./#/sources')
      await giveToken(page, GOOD_TOKEN, 'This browser')
      const places = await page.evaluate(
        (secret) => Object.keys(localStorage).filter((name) => localStorage.getItem(name)?.includes(secret)),
        GOOD_TOKEN,
      )
      expect(places).toEqual(['featurescope.hub'])
      await page.evaluate(() => localStorage.removeItem('featurescope.hub'))
      expect(await page.evaluate(everythingKept)).not.toContain(GOOD_TOKEN)
      expect(await page.evaluate(keptBeside)).not.toContain(GOOD_TOKEN)
      await look()
      notSaid()
    })
  } finally {
    await context.close()
    await host.goAway()
    hub.close()
  }
})
