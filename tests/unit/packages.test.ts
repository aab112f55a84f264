// The packages: what is installed is what was looked at, and what reaches the page says its licence beside the page.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { licenceText } from '../../tools/build/licences.ts'

interface Locked {
  version?: string
  resolved?: string
  integrity?: string
  dev?: boolean
  optional?: boolean
  license?: string
  os?: string[]
  dependencies?: Record<string, string>
}

const read = (name: string): string => readFileSync(name, 'utf8')
const { name: own, ...about } = JSON.parse(read('package.json'))
const locked = Object.entries<Locked>(JSON.parse(read('package-lock.json')).packages).filter(
  ([at]) => at !== '',
)
const nameOf = (at: string): string => at.slice(at.lastIndexOf('node_modules/') + 'node_modules/'.length)
const packages = new Map(locked)

/** What the page is built from, and what that needs; types are erased. */
function reachingFrom(
  names: string[],
  inside: string,
  found = new Map<string, Locked>(),
): Map<string, Locked> {
  for (const name of names.filter((one) => !one.startsWith('@types/'))) {
    const at = [`${inside}/node_modules/${name}`, `node_modules/${name}`].find((place) => packages.has(place))
    const entry = at && packages.get(at)
    if (!entry || found.has(at)) continue
    found.set(at, entry)
    reachingFrom(Object.keys(entry.dependencies ?? {}), at, found)
  }
  return found
}
const reaching = [...reachingFrom(Object.keys(about.dependencies), '')]

/** Licences that may be passed on with Apache-2.0. */
const FIT = ['Apache-2.0', 'MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0']

test('every package is asked for in one exact version', () => {
  const asked = Object.entries<string>({ ...about.dependencies, ...about.devDependencies })
  expect(asked.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([])
})

test('every package of the lockfile comes from the one public registry, and its bytes have a hash', () => {
  const from = locked.map(([, { resolved }]) => resolved).filter((address) => address !== undefined)
  expect(from.filter((address) => !address.startsWith('https://registry.npmjs.org/'))).toEqual([])
  // Development tools of other platforms are not in every mirror (tools/complete-lockfile.mjs).
  const unhashed = locked.filter(([, { integrity }]) => !/^sha(256|384|512)-/.test(integrity ?? ''))
  expect(unhashed.filter(([, { dev, optional, os }]) => !(dev && optional && os))).toEqual([])
})

test('everything the page imports is a package that reaches the page', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.tsx?$/.test(file),
  )
  const imports = sources.flatMap((file) => [
    ...read(join('src', file)).matchAll(/^(?:import |\} )(?!type )(?:[^'\n]* )?(?:from )?'([^'.][^']*)'$/gm),
  ])
  const named = new Set(imports.map(([, from]) => /^(@[^/]+\/)?[^/]+/.exec(from)?.[0]))
  expect(named).toContain('react')
  const known = new Set(reaching.map(([at]) => nameOf(at)))
  expect([...named].filter((name) => name && !known.has(name))).toEqual([])
})

test('licences.txt names every package that reaches the page, and each licence fits', () => {
  const text = licenceText(process.cwd())
  const headings = reaching.map(([at, { version, license }]) => `${nameOf(at)} ${version} (${license})`)
  expect(headings.length).toBeGreaterThan(30)
  expect(headings.filter((heading) => !text.includes(`\n\n${heading}`))).toEqual([])
  const licences = reaching.map(([, { license = '' }]) => license)
  expect(licences.filter((licence) => !FIT.includes(licence))).toEqual([])
  expect(text).toContain('Apache License')
  expect(own).toBe('featurescope')
})

test('what is known against these packages is asked in the deploy workflow, by the command of CONTRIBUTING', () => {
  expect(about.scripts.audit).toMatch(/^npm audit --omit=dev/)
  expect(read('.github/workflows/deploy.yml')).toMatch(/run: npm ci\n.*run: npm run audit\n/s)
  expect(read('CONTRIBUTING.md')).toContain('`npm run audit`')
})
