// Fails when the JavaScript and CSS a first view needs, before the engine, outgrow their budget.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const BUDGET = 180 * 1024

const html = readFileSync('dist/index.html', 'utf8')
const files = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g)].map((match) => match[1])
let total = 0
for (const file of files) {
  const size = gzipSync(readFileSync(`dist/${file}`), { level: 9 }).length
  total += size
  process.stdout.write(`${(size / 1024).toFixed(1).padStart(8)} KB  ${file}\n`)
}
process.stdout.write(
  `${(total / 1024).toFixed(1).padStart(8)} KB  first view, gzip (budget ${BUDGET / 1024} KB)\n`,
)
if (files.length === 0 || total > BUDGET) process.exitCode = 1
