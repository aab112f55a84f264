import { defineConfig } from '@playwright/test'
import { CHROMIUM_FLAGS, findChromium } from './tests/support/chromium.ts'

const PORT = 4199

/** The built page, served as a static host would. `npm test` runs the project e2e only. */
export default defineConfig({
  timeout: 120_000,
  expect: { timeout: 30_000 },
  workers: 1,
  forbidOnly: true,
  use: {
    baseURL: `http://localhost:${PORT}/`,
    // Each test's browser is new: it would keep the build for a next visit that never comes. Where that is tested, it is allowed.
    serviceWorkers: 'block',
    viewport: { width: 1280, height: 900 },
    launchOptions: { executablePath: findChromium(), args: CHROMIUM_FLAGS },
  },
  projects: [
    { name: 'e2e', testDir: 'tests/e2e' },
    { name: 'pictures', testDir: 'tools/pictures' },
    { name: 'bench', testDir: 'tools/bench', testMatch: ['first-visit.spec.ts', 'hover.spec.ts'] },
  ],
  webServer: {
    command: `npx vite preview --port ${PORT} --strictPort`,
    url: `http://localhost:${PORT}/`,
    reuseExistingServer: false,
  },
})
