// Runs every check and test of the project, goes on after a failure, and prints the true counts last.
// `node tools/test.mjs unit e2e` runs only the named steps.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'featurescope-'))
const report = (name) => join(folder, `${name}.json`)

const STEPS = [
  { name: 'wasm', command: ['node', 'tools/build-wasm.mjs'] },
  { name: 'format', command: ['npx', 'biome', 'format', '.'] },
  { name: 'lint', command: ['npx', 'biome', 'lint', '--error-on-warnings', '.'] },
  { name: 'types', command: ['npx', 'tsc', '--noEmit'] },
  { name: 'dead', command: ['npx', 'knip'] },
  {
    name: 'unit',
    command: [
      'npx',
      'vitest',
      'run',
      '--project',
      'unit',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report('unit')}`,
    ],
    count: countVitest,
    failures: vitestFailures,
  },
  {
    name: 'gpu',
    command: [
      'npx',
      'vitest',
      'run',
      '--project',
      'gpu',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report('gpu')}`,
    ],
    count: countVitest,
    failures: vitestFailures,
  },
  { name: 'build', command: ['npx', 'vite', 'build'] },
  { name: 'size', command: ['node', 'tools/bundle-size.mjs'] },
  {
    name: 'e2e',
    command: [
      'npx',
      'playwright',
      'test',
      '--project=e2e',
      '--reporter=list,./tools/failures-reporter.mjs,json',
    ],
    env: { PLAYWRIGHT_JSON_OUTPUT_NAME: report('e2e') },
    count: countPlaywright,
    failures: playwrightFailures,
  },
]

/** Names of failed tests with their reasons, of Vitest's report. */
function vitestFailures({ testResults }) {
  return testResults.flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === 'failed')
    const file = relative('.', name)
    const tests = failed.map(({ fullName, failureMessages }) => [`${file} › ${fullName}`, ...failureMessages])
    return message ? [[file, message], ...tests] : tests
  })
}

/** The same of Playwright's, whose suites lie within each other. */
function playwrightFailures({ suites, errors }) {
  const failedIn = (suite) => [
    ...(suite.suites ?? []).flatMap(failedIn),
    ...(suite.specs ?? [])
      .filter(({ ok }) => !ok)
      .map(({ title, file, line, tests }) => {
        const results = tests.flatMap((test) => test.results)
        const reasons = results.flatMap((result) => result.errors.map(({ message }) => message))
        return [`${file}:${line} › ${title}`, ...reasons]
      }),
  ]
  return [...errors.map(({ message }) => [message]), ...suites.flatMap(failedIn)]
}

function countVitest(json) {
  return {
    passed: json.numPassedTests,
    failed: json.numFailedTests,
    skipped: json.numPendingTests + json.numTodoTests,
  }
}

function countPlaywright({ stats }) {
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped }
}

const asked = process.argv.slice(2)
const total = { passed: 0, failed: 0, skipped: 0 }
const broken = []
const reasons = []
for (const step of STEPS.filter(({ name }) => asked.length === 0 || asked.includes(name))) {
  process.stdout.write(`\n── ${step.name}\n`)
  const started = Date.now()
  const run = spawnSync(step.command[0], step.command.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, ...step.env },
  })
  const read = step.count && readReport(step)
  const counts = read?.counts
  for (const key of Object.keys(total)) total[key] += counts?.[key] ?? 0
  const ok = run.status === 0
  if (!ok) broken.push(step.name)
  reasons.push(...(read?.failures ?? []))
  // A check that fails, or a runner that breaks without a failed test to show for it, is one failure.
  if (!ok && !counts?.failed) total.failed += 1
  process.stdout.write(
    `── ${step.name} ${ok ? 'ok' : 'FAILED'} in ${((Date.now() - started) / 1000).toFixed(1)} s\n`,
  )
}
rmSync(folder, { recursive: true, force: true })

function readReport(step) {
  try {
    const json = JSON.parse(readFileSync(report(step.name), 'utf8'))
    return { counts: step.count(json), failures: step.failures(json) }
  } catch {
    return undefined
  }
}

// Said once more at the end, where a log that is cut still has it.
for (const [name, ...messages] of reasons) {
  process.stdout.write(`\n✘ ${name}\n`)
  for (const message of messages) process.stdout.write(`${message.split('\n').slice(0, 12).join('\n')}\n`)
}
if (broken.length > 0) process.stdout.write(`\nFailed: ${broken.join(', ')}\n`)
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
