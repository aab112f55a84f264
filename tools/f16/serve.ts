// Serves what the tests fetch, as their own server does in the browser.
import { createServer } from 'vite'
import type { TestProject } from 'vitest/node'
import { fakeHub } from '../../tests/support/fake-hub.ts'
import { referenceData } from '../../tests/support/reference-route.ts'

declare module 'vitest' {
  interface ProvidedContext {
    origin: string
  }
}

export default async function serve({ provide }: TestProject): Promise<() => Promise<void>> {
  const server = await createServer({
    configFile: false,
    cacheDir: '.work/f16/vite',
    optimizeDeps: { noDiscovery: true },
    plugins: [referenceData(), fakeHub()],
    server: { host: 'localhost', port: 0, hmr: false, watch: null },
  })
  await server.listen()
  provide('origin', new URL(server.resolvedUrls?.local[0] ?? '').origin)
  return () => server.close()
}
