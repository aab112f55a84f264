// npm run verify -- [--model REF] [--sae REF] [--precision auto|float32|float16|q8|q4] [--hub URL] [--cases FILE]
//                   [--gpu] [--profile FOLDER] [--json]
// Serves the built page and lets it check published values in Chromium. Exit code 0 only if every value is right.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { withBuiltPage } from '../built-page.mjs'

/** Always the same, so that what a profile has stored is found again. */
const PORT = 4195

const PRECISIONS = { auto: 'Auto', float32: 'float32', float16: 'float16', q8: '8 bits', q4: '4 bits' }

const USAGE = `npm run verify -- [--model REF] [--sae REF] [--precision ${Object.keys(PRECISIONS).join('|')}]
    [--hub URL] [--cases FILE] [--gpu] [--profile FOLDER] [--json]
HF_TOKEN is sent to the hub for gated models. What a --profile folder has stored is not fetched again.`

const asked = readArguments()
if (asked) process.exitCode = await verify(asked)

function readArguments() {
  try {
    const string = { type: 'string' }
    const { values } = parseArgs({
      options: {
        ...{ model: string, sae: string, hub: string, cases: string, profile: string },
        precision: { ...string, default: 'auto' },
        ...{ gpu: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
      },
    })
    if (values.help) return say(USAGE, 0)
    if (!Object.hasOwn(PRECISIONS, values.precision)) return say(USAGE, 2)
    if (values.cases && !existsSync(values.cases)) return say(`There is no file ${values.cases}.`, 2)
    return values
  } catch (thrown) {
    return say(`${thrown.message}\n${USAGE}`, 2)
  }
}

function say(text, code) {
  process.exitCode = code
  const stream = code === 0 ? process.stdout : process.stderr
  stream.write(`${text}\n`)
  return undefined
}

/** Gives the exit code. */
async function verify(options) {
  try {
    const { gpu, profile } = options
    return await withBuiltPage({ port: PORT, gpu, profile }, async (page, base) => {
      const report = await check(page, base, options)
      process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : `${worded(report)}\n`)
      return report.passed ? 0 : 1
    })
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? thrown.message : thrown}\n`)
    return 2
  }
}

/** Presses what a person would press, and takes the report that the page saves. */
async function check(page, base, { model, sae, precision, hub, cases }) {
  page.setDefaultTimeout(60_000)
  const button = (name) => page.getByRole('button', { name, exact: typeof name === 'string' })
  await page.goto(`${base}#/sources`)
  if (hub) await page.getByRole('textbox', { name: 'Address', exact: true }).fill(hub)
  if (process.env.HF_TOKEN) await page.getByLabel('Access token').fill(process.env.HF_TOKEN)
  if (await button('Save').isEnabled()) await button('Save').click()
  await stopAt(page, page.getByText('In use.'), Boolean(hub || process.env.HF_TOKEN))

  const query = new URLSearchParams(Object.entries({ model, sae }).filter(([, value]) => value))
  await page.goto(`${base}#/verify?${query}`)
  if (cases) {
    await page.getByLabel('Values from a file').setInputFiles(cases)
    await stopAt(page, button('Back to the published values'), true)
  }
  const unknown = page.getByText(/^No values of .* are known/)
  await button('Check').waitFor()
  if (await unknown.isVisible()) throw new Error(await unknown.textContent())
  const held = page.getByLabel('Model weights held as', { exact: true })
  await held.getByRole('radio', { name: PRECISIONS[precision], exact: true }).click()
  await button('Check').click()
  const download = button(/^Download .* check$/)
  const done = button('Save as JSON')
  await download.or(done).first().waitFor({ timeout: 0 })
  if (await download.isVisible()) {
    process.stderr.write(`${await download.textContent()}\n`)
    await download.click()
  }
  const stop = tellProgress(page)
  await done.waitFor({ timeout: 0 }).finally(stop)
  const [saved] = await Promise.all([page.waitForEvent('download'), done.click()])
  return JSON.parse(await readFile(await saved.path(), 'utf8'))
}

/** Waits for `sign`, or throws the error that the page shows in its place. */
async function stopAt(page, sign, wanted) {
  if (!wanted) return
  const error = page.getByRole('alert').first()
  await sign.or(error).first().waitFor()
  if (await error.isVisible()) throw new Error(await error.textContent())
}

/** A line whenever the page's progress has another label; call the result to end it. */
function tellProgress(page) {
  let last = ''
  const timer = setInterval(async () => {
    const bar = page.getByRole('progressbar').first()
    const label = await bar.getAttribute('aria-label', { timeout: 500 }).catch(() => undefined)
    if (!label || label === last) return
    last = label
    process.stderr.write(`${label}\n`)
  }, 1000)
  return () => clearInterval(timer)
}

function worded({ cases, passed, right, wrong, notDone }) {
  const lines = cases.flatMap((one) => [
    `\n${one.title}${one.sae ? ` · ${one.sae}` : ''}`,
    ...(one.state === 'done' ? table(one.rows) : [`  ${one.state}: ${why(one)}`]),
    ...(one.used?.held ? [`  ${one.used.model}, weights held as ${one.used.held.precision}`] : []),
  ])
  return [
    ...lines,
    '',
    `${right} right, ${wrong} wrong, ${notDone} not done: ${passed ? 'passed' : 'not passed'}`,
  ].join('\n')
}

function why({ error }) {
  return error ? `${error.title} ${error.detail} ${error.remedy}` : 'not done'
}

function table(rows) {
  const cells = [
    ['verdict', 'value', 'expected', 'tolerance', 'found'],
    ...rows.map(({ verdict, what, expected, tolerance, found }) => [
      verdict,
      what,
      expected,
      tolerance,
      found ?? 'nothing',
    ]),
  ]
  const widths = cells[0].map((_, column) =>
    Math.min(44, Math.max(...cells.map((row) => row[column].length))),
  )
  return cells.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column])).join('  ')}`.trimEnd(),
  )
}
