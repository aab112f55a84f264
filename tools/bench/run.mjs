// npm run bench -- [--quick] [--gpu] [--only first-visit|encode|decode|scaling|memory|fidelity|roofline|tuning|loading|weights|precision|prefill|quantise|first-features|index …]
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
if (only.length === 0 || only.some((name) => name !== 'first-visit')) {
  run('playwright', 'test', '--config', 'tools/bench/bench.config.ts')
}
if (only.length === 0 || only.includes('first-visit')) {
  run('vite', 'build', '--logLevel', 'warn')
  run('playwright', 'test', '--project=bench', '--reporter=line')
}
