import { defineConfig } from '@playwright/test'
import { CHROMIUM_FLAGS, findChromium } from '../../tests/support/chromium.ts'

const PORT = 4197
/** With a GPU of one's own, the flag that asks for the software adapter stays away. */
const flags = process.env.BENCH_GPU
  ? CHROMIUM_FLAGS.filter((flag) => !flag.startsWith('--use-webgpu-adapter'))
  : CHROMIUM_FLAGS

/** `npm run bench` through tools/bench/run.mjs. */
export default defineConfig({
  testDir: '.',
  testMatch: 'bench.spec.ts',
  timeout: 3_600_000,
  workers: 1,
  reporter: [['line']],
  use: {
    baseURL: `http://localhost:${PORT}/`,
    launchOptions: {
      executablePath: findChromium(),
      args: [...flags, '--enable-precise-memory-info'],
    },
  },
  webServer: {
    command: `npx vite --config tools/bench/vite.config.ts --port ${PORT} --strictPort`,
    cwd: '../..',
    url: `http://localhost:${PORT}/`,
    reuseExistingServer: false,
  },
})
