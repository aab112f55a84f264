// Builds the page, serves it on this machine and opens it in the installed Chromium: for commands that drive it.
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright'
import { preview, runnerImport } from 'vite'

/**
 * Gives what `use(page, base)` gives; throws when the page cannot be built. `port` is always the same for a command, so
 * that what a `profile` folder has stored is found again; without one nothing is kept. `gpu`: no software adapter.
 */
export async function withBuiltPage({ port, profile, gpu }, use) {
  const built = spawnSync('npm', ['run', 'build', '--silent'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (built.status !== 0) throw new Error('The page could not be built.')
  const { module } = await runnerImport('./tests/support/chromium.ts')
  const server = await preview({ logLevel: 'silent', preview: { port, strictPort: true } })
  const folder = profile ?? (await mkdtemp(join(tmpdir(), 'featurescope-')))
  let context
  try {
    context = await chromium.launchPersistentContext(folder, {
      executablePath: module.findChromium(),
      args: module.CHROMIUM_FLAGS.filter((flag) => !(gpu && flag.includes('swiftshader'))),
    })
    const page = context.pages()[0] ?? (await context.newPage())
    return await use(page, `http://localhost:${port}/`)
  } finally {
    await context?.close()
    await server.close()
    if (!profile) await rm(folder, { recursive: true, force: true })
  }
}
