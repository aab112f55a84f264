// Runs every check and test of the project, goes on after a failure, and prints the true counts last.
// `node tools/test.mjs unit e2e` runs only the named steps.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

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
  },
]

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
for (const step of STEPS.filter(({ name }) => asked.length === 0 || asked.includes(name))) {
  process.stdout.write(`\n── ${step.name}\n`)
  const started = Date.now()
  const run = spawnSync(step.command[0], step.command.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, ...step.env },
  })
  const counts = step.count && readCounts(step)
  for (const key of Object.keys(total)) total[key] += counts?.[key] ?? 0
  const ok = run.status === 0
  if (!ok) broken.push(step.name)
  // A check that fails, or a runner that breaks without a failed test to show for it, is one failure.
  if (!ok && !counts?.failed) total.failed += 1
  process.stdout.write(
    `── ${step.name} ${ok ? 'ok' : 'FAILED'} in ${((Date.now() - started) / 1000).toFixed(1)} s\n`,
  )
}
rmSync(folder, { recursive: true, force: true })

function readCounts(step) {
  try {
    return step.count(JSON.parse(readFileSync(report(step.name), 'utf8')))
  } catch {
    return undefined
  }
}

if (broken.length > 0) process.stdout.write(`\nFailed: ${broken.join(', ')}\n`)
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
