// Writes the licences of every package the page is built from, and of those they need, beside the built page.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Plugin } from 'vite'

const LICENCES = 'licences.txt'

interface Package {
  name: string
  version: string
  license?: string
  homepage?: string
  repository?: string | { url?: string }
  dependencies?: Record<string, string>
}

/** Emits `licences.txt`: a superset of what is bundled, because workers are bundled apart from the page. */
export function licences(): Plugin {
  let root = ''
  return {
    name: 'licences',
    apply: 'build',
    configResolved(config) {
      root = config.root
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: LICENCES, source: licenceText(root) })
    },
  }
}

/** The text of `licences.txt`. Throws when a package does not say its licence. */
export function licenceText(root: string): string {
  const sections = packagesOf(root).map(({ folder, about }) => {
    if (!about.license) throw new Error(`${about.name} ${about.version} does not say its licence.`)
    const { repository } = about
    const home = about.homepage ?? (typeof repository === 'string' ? repository : repository?.url)
    const heading = `${about.name} ${about.version} (${about.license})${home ? `\n${home}` : ''}`
    return [heading, ...textsIn(folder)].join('\n\n')
  })
  const own = `Featurescope is under the Apache License 2.0:\n\n${readFileSync(join(root, 'LICENSE'), 'utf8').trim()}`
  const lead = 'It is built from these packages, and from those that they need:'
  return `${[own, lead, ...sections].join(`\n\n${'─'.repeat(80)}\n\n`)}\n`
}

function packagesOf(root: string): { folder: string; about: Package }[] {
  const found = new Map<string, { folder: string; about: Package }>()
  const visit = (folder: string, about: Package): void => {
    for (const name of Object.keys(about.dependencies ?? {})) {
      const at = locate(name, folder)
      // Types are erased; a package may list them as what it needs.
      if (at === undefined || name.startsWith('@types/')) continue
      const needed: Package = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'))
      const key = `${needed.name} ${needed.version}`
      if (found.has(key)) continue
      found.set(key, { folder: at, about: needed })
      visit(at, needed)
    }
  }
  visit(root, JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry)
}

/** Where Node would find a package from `folder`; its exports need not show package.json. */
function locate(name: string, folder: string): string | undefined {
  const places = createRequire(join(folder, 'package.json')).resolve.paths(name) ?? []
  for (const place of places) {
    try {
      readFileSync(join(place, name, 'package.json'))
      return join(place, name)
    } catch {
      // Not in this node_modules: the next one up.
    }
  }
  return undefined
}

function textsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /^(licen[cs]e|notice|copying|third.?party)/i.test(name))
    .sort()
    .flatMap((name) => {
      try {
        return [readFileSync(join(folder, name), 'utf8').trim()]
      } catch {
        return []
      }
    })
}
