// Draws public/icons/*.png from public/icon.svg, in the installed Chromium: `node tools/icons.mjs`.
import { mkdirSync, readFileSync } from 'node:fs'
import { chromium } from 'playwright'
import { runnerImport } from 'vite'

// A maskable icon may be cut to a circle of 80 % of its width: the drawing is made smaller, on the same ground.
const ICONS = [
  { file: 'icon-192.png', size: 192, share: 1 },
  { file: 'icon-512.png', size: 512, share: 1 },
  { file: 'maskable-512.png', size: 512, share: 0.8 },
]
const GROUND = '#131412'

const svg = readFileSync('public/icon.svg').toString('base64')
const { module } = await runnerImport('./tests/support/chromium.ts')
const browser = await chromium.launch({
  executablePath: module.findChromium(),
  args: module.CHROMIUM_FLAGS,
})
try {
  mkdirSync('public/icons', { recursive: true })
  for (const { file, size, share } of ICONS) {
    const page = await browser.newPage({ viewport: { width: size, height: size } })
    const side = Math.round(size * share)
    await page.setContent(
      `<body style="margin:0;display:grid;place-content:center;height:100vh;background:${share < 1 ? GROUND : 'none'}">
       <img width="${side}" height="${side}" src="data:image/svg+xml;base64,${svg}"></body>`,
    )
    await page.screenshot({ path: `public/icons/${file}`, omitBackground: true })
    await page.close()
  }
} finally {
  await browser.close()
}
