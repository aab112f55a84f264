// Adds to package-lock.json the optional packages of other platforms that npm left out, which it does when its
// registry mirror does not carry them; `npm ci` then refuses the file. Run it after every `npm install`.
import { readFileSync, writeFileSync } from 'node:fs'

const FILE = 'package-lock.json'
const PLATFORMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']

/** The platform a package is built for, from its name: "…-linux-arm64-musl". */
function platformOf(name) {
  const words = name.split(/[-/]/)
  const os = words.find((word) => PLATFORMS.includes(word))
  const cpu = os && words[words.indexOf(os) + 1]
  if (!cpu) throw new Error(`${name} names no platform: add it to ${FILE} by hand`)
  const libc = name.endsWith('musl') ? 'musl' : name.endsWith('-gnu') ? 'glibc' : undefined
  return { cpu: [cpu], os: [os], ...(libc && { libc: [libc] }) }
}

const lock = JSON.parse(readFileSync(FILE, 'utf8'))
let added = 0
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (lock.packages[`node_modules/${name}`] || lock.packages[`${path}/node_modules/${name}`]) continue
    lock.packages[`node_modules/${name}`] = {
      version,
      ...(entry.dev && { dev: true }),
      optional: true,
      ...platformOf(name),
    }
    added += 1
  }
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1))
lock.packages = Object.fromEntries(sorted)
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`)
process.stdout.write(`${added} optional packages of other platforms added to ${FILE}\n`)
