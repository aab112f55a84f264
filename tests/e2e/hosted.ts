// The built page on a plain static host of its own, under a path, with its service worker.
import { type StaticHost, staticHost } from '../support/static-host.ts'
import { test as base } from './page.ts'

/** The build under test. */
export const DIST = process.env.DIST ?? 'dist'

export const test = base.extend<{ host: StaticHost }>({
  serviceWorkers: 'allow',
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads which fixtures are needed from the pattern.
  host: async ({}, use) => {
    const host = await staticHost(DIST, '/a/b/')
    await use(host)
    await host.goAway()
  },
  baseURL: ({ host }, use) => use(host.address),
})
