// The hub's token goes to the hub and nowhere else: not to another host, into no message, address or storage, whatever
// goes wrong on the way.
import { expect, type Page, test } from '@playwright/test'
import { keptIn } from '../support/everything-kept.ts'
import type { Fault } from '../support/fake-hub/faults.ts'
import { startFakeHub } from '../support/fake-hub.ts'
import { FakeHubClient } from '../support/fake-hub-client.ts'
import { GOOD_TOKEN } from '../support/fake-hub-names.ts'
import { deepText, leaks } from '../support/secrets.ts'
import { staticHost } from '../support/static-host.ts'
import { DIST } from './hosted.ts'
import { copied } from './page.ts'

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

/** What is kept beside what `everythingKept` looks at: by the service worker. */
async function cached(textOf: typeof deepText): Promise<string> {
  const said: string[] = []
  for (const name of await caches.keys()) {
    said.push(name)
    const cache = await caches.open(name)
    for (const request of await cache.keys()) {
      const response = await cache.match(request)
      const body = await response?.blob()
      said.push(await textOf(request), await textOf(response))
      if (body && body.size < 1_000_000) said.push(await textOf(body))
    }
  }
  return said.join('\n')
}
const cachedIn = `(${cached})(${deepText})`

/** What the page shows and holds right now; the one field that a token is typed into is left out. */
function shownNow(): string[] {
  const page = document.cloneNode(true) as Document
  page.querySelector('input[type="password"]')?.remove()
  const fields = document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(
    'input:not([type="password"]), textarea',
  )
  return [
    `page: ${page.documentElement.outerHTML}`,
    ...[...fields].map(({ value }) => `field: ${value}`),
    `at: ${location.href} ${document.title} ${document.referrer}`,
    `window: ${window.name} ${JSON.stringify(history.state)}`,
    `kept for the tab: ${JSON.stringify({ ...sessionStorage })} ${document.cookie}`,
  ]
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
  const notSaid = (): void => expect(leaks(said, SECRETS)).toEqual([])
  /** What is still on its way into `said`; what was gone before it could be asked says nothing. */
  const coming: Promise<unknown>[] = []
  const say = (where: string, what: Promise<unknown>): void => {
    coming.push(
      what.then(
        (text) => said.push(`${where}: ${typeof text === 'string' ? text : JSON.stringify(text)}`),
        () => undefined,
      ),
    )
  }
  context.on('console', (message) => {
    said.push(`console: ${message.text()} ${message.location().url}`)
    for (const arg of message.args()) say('console', arg.evaluate(deepText))
  })
  context.on('weberror', (error) => said.push(`uncaught: ${error.error().message} ${error.error().stack}`))
  context.on('page', (page) => page.on('websocket', (socket) => said.push(`socket: ${socket.url()}`)))
  context.on('request', (request) => {
    const { origin } = new URL(request.url())
    said.push(`request: ${request.url()} ${request.postData() ?? ''}`)
    if (origin === hub.origin) return
    say(`headers to ${origin}`, request.allHeaders())
  })
  try {
    const page = await context.newPage()
    const look = async (): Promise<void> => {
      said.push(...(await page.evaluate(shownNow)))
      said.push(...(await control.log()).map((one) => `the ${one.host} was told: ${one.said}`), ...host.heard)
      await Promise.all(coming)
    }
    /** What a script gets when it opens the same. */
    const rejection = async (): Promise<void> => {
      const error = await page.evaluateHandle(
        (sae) => window.featurescope.open({ sae }).catch((thrown: unknown) => thrown),
        `hf:${FILE}`,
      )
      const text = await error.evaluate(deepText)
      expect(text).toMatch(/title .* remedy /s)
      said.push(`rejection: ${text}`)
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
      await rejection()
      said.push(`link: ${await copied(page)}`)
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
        expect(said.join('\n')).toContain('the hub was told: /')
        notSaid()
      })
    }

    await test.step('an address of another host', async () => {
      await page.getByRole('textbox', { name: 'Reference or address' }).fill(`${hub.cdn}/${FILE}`)
      await page.getByRole('button', { name: 'Open', exact: true }).click()
      await expect
        .poll(async () => (await control.log()).map((one) => `${one.host} ${one.method} ${one.path}`))
        .toContain(`cdn GET /${FILE}`)
      await expect(page.getByRole('alert')).toContainText(/refused/)
      await look()
      notSaid()
    })

    await test.step('and opened at last', async () => {
      await control.reset()
      await openGated(page)
      await expect(page).not.toHaveURL(/#\/sources/, { timeout: 60_000 })
      await expect(page.getByRole('progressbar')).toHaveCount(0)
      said.push(`link: ${await copied(page)}`)
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
      const kept = await page.evaluate<string>(keptIn)
      const beside = await page.evaluate<string>(cachedIn)
      // What was looked at is where the token would be: the repository's name is kept, the build is cached.
      expect(kept).toContain('fake/gated')
      expect(beside).toContain('/a/b/')
      expect(leaks([kept, beside], SECRETS)).toEqual([])
      await page.goto('./#/sources')
      await giveToken(page, GOOD_TOKEN, 'This browser')
      const places = await page.evaluate(
        (secret) => Object.keys(localStorage).filter((name) => localStorage.getItem(name)?.includes(secret)),
        GOOD_TOKEN,
      )
      expect(places).toEqual(['featurescope.hub'])
      await page.evaluate(() => localStorage.removeItem('featurescope.hub'))
      expect(leaks([await page.evaluate(keptIn), await page.evaluate(cachedIn)], SECRETS)).toEqual([])
      await look()
      notSaid()
    })
  } finally {
    await context.close()
    await host.goAway()
    hub.close()
  }
})
