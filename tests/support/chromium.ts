// Finds the browser the GPU and end-to-end tests run in, and the flags that give it a WebGPU adapter.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/usr/bin/microsoft-edge',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]

/** WebGPU in software, so that a machine without a GPU runs the same tests; no traffic of the browser's own. */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
]

/**
 * Path of a Chromium: `CHROMIUM_PATH`, then an installed Chromium, Chrome or Edge, then (Debian or Ubuntu, as
 * root) `apt-get install chromium`. Throws with what to do when there is none.
 */
export function findChromium(): string {
  const asked = process.env.CHROMIUM_PATH
  if (asked) {
    if (existsSync(asked)) return asked
    throw new Error(`CHROMIUM_PATH is ${asked}, but no such file exists.`)
  }
  const found = INSTALLED.find((path) => existsSync(path))
  if (found) return found
  if (canInstall()) {
    process.stdout.write('No Chromium found: installing it with apt-get …\n')
    const run = (...args: string[]): void => {
      execFileSync('apt-get', args, {
        stdio: 'inherit',
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      })
    }
    run('update', '-qq')
    run('install', '-y', '-qq', 'chromium')
    if (existsSync(INSTALLED[0])) return INSTALLED[0]
  }
  throw new Error(
    'The GPU and end-to-end tests need Chromium, Chrome or Edge, and none was found. Install one (Debian: ' +
      '"apt-get install chromium") or set CHROMIUM_PATH to its executable.',
  )
}

function canInstall(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/etc/os-release')) return false
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'))
}
