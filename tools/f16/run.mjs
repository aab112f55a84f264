// npm run f16 [-- test files]: the tests of models and kernels on Dawn in Node, whose adapters have shader-f16 where a
// Vulkan driver has it, which Chromium's own software adapter has not. Without a GPU: Mesa's, fetched beside the
// project where the machine's is too old.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Chromium's WebGPU as a Node module. Not among the project's packages: 100 MB that nothing else needs. */
const DAWN = 'webgpu@0.6.2'
const here = fileURLToPath(new URL('.', import.meta.url))
const work = join(here, '../../.work/f16')
const TESTS = ['model-precision', 'model-parity', 'sae-webgpu', 'sae-backends', 'top-k', 'lens'].map(
  (name) => `tests/gpu/${name}.test.ts`,
)

mkdirSync(work, { recursive: true })
if (!existsSync(join(work, 'node_modules/webgpu'))) {
  execFileSync('npm', ['install', '--prefix', work, '--no-save', DAWN], { stdio: 'inherit' })
}
const mesa = join(work, 'mesa')
const own = {
  VK_DRIVER_FILES: join(mesa, 'driver.json'),
  VK_ICD_FILENAMES: join(mesa, 'driver.json'),
  LD_LIBRARY_PATH: join(mesa, 'usr/lib/x86_64-linux-gnu'),
  XDG_RUNTIME_DIR: work,
}
if (!hasFloat16({}) && !existsSync(own.VK_DRIVER_FILES)) {
  execFileSync('sh', [join(here, 'fetch-mesa.sh'), mesa], { stdio: 'inherit' })
}
const env = hasFloat16({}) ? {} : own
if (!hasFloat16(env)) {
  process.stderr.write(
    'No adapter here has shader-f16: it needs a GPU with float16, or Mesa from version 24 on (lavapipe).\n',
  )
  process.exit(1)
}
const asked = process.argv.slice(2)
const { status } = spawnSync(
  'npx',
  ['vitest', 'run', '--config', join(here, 'vitest.config.ts'), ...(asked.length > 0 ? asked : TESTS)],
  { stdio: 'inherit', env: { ...process.env, ...env } },
)
process.exitCode = status ?? 1

/** Asks in a process of its own: the Vulkan loader reads its environment once. */
function hasFloat16(env) {
  const code = `
    const { create } = require(${JSON.stringify(join(work, 'node_modules/webgpu'))})
    create([]).requestAdapter().then((adapter) => process.exit(adapter?.features.has('shader-f16') ? 0 : 1))`
  return spawnSync('node', ['-e', code], { env: { ...process.env, ...env } }).status === 0
}
