// npm run bench -- [--quick] [--gpu] [--only first-visit|hover|encode|decode|scaling|memory|fidelity|roofline|tuning|loading|weights|precision|prefill|quantise|first-features|index|import|browse|map …]
import { spawnSync } from 'node:child_process'

const args = process.argv.slice(2)
const at = args.indexOf('--only')
const only = at >= 0 ? args.slice(at + 1).filter((arg) => !arg.startsWith('--')) : []
const env = {
  ...process.env,
  BENCH_QUICK: args.includes('--quick') ? '1' : '',
  BENCH_GPU: args.includes('--gpu') ? '1' : '',
  BENCH_ONLY: only.join(' '),
}
const run = (...command) => {
  const { status } = spawnSync('npx', command, { stdio: 'inherit', env })
  if (status !== 0) process.exitCode = 1
}
/** Measured on the built page, each in a file of its name. */
const ON_THE_PAGE = ['first-visit', 'hover']
if (only.length === 0 || only.some((name) => !ON_THE_PAGE.includes(name))) {
  run('playwright', 'test', '--config', 'tools/bench/bench.config.ts')
}
const onThePage = ON_THE_PAGE.filter((name) => only.length === 0 || only.includes(name))
if (onThePage.length > 0) {
  run('vite', 'build', '--logLevel', 'warn')
  run('playwright', 'test', '--project=bench', '--reporter=line', ...onThePage)
}
