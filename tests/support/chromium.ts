// Finds the browser the GPU and end-to-end tests run in, and the flags that give it a WebGPU adapter.
import { existsSync } from 'node:fs'
import { installPackage } from './apt.ts'

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
  if (installPackage('chromium') && existsSync(INSTALLED[0])) return INSTALLED[0]
  throw new Error(
    'The GPU and end-to-end tests need Chromium, Chrome or Edge, and none was found. Install one (Debian: ' +
      '"apt-get install chromium") or set CHROMIUM_PATH to its executable.',
  )
}
