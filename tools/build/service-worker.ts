// Builds the service worker when everything else lies in the output folder, with the list of what lies there.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { build, type Plugin } from 'vite'
import type { ListedFile } from '../../src/service-worker/listed.ts'

const SERVICE_WORKER = 'service-worker.js'
const DEMO_MODEL = 'hub/featurescope/gemma-2-mini/'

/** `headers` are what every answer of the service worker carries beside its own. */
export function serviceWorker(headers: Record<string, string>): Plugin {
  let root = ''
  let outDir = ''
  let isFailed = false
  return {
    name: 'service-worker',
    apply: 'build',
    configResolved(config) {
      root = config.root
      outDir = resolve(config.root, config.build.outDir)
    },
    buildEnd(error) {
      isFailed = error !== undefined
    },
    async closeBundle() {
      if (isFailed) return
      await build({
        configFile: false,
        root,
        publicDir: false,
        logLevel: 'warn',
        define: {
          BUILD_FILES: JSON.stringify(listFiles(outDir)),
          BUILD_HEADERS: JSON.stringify(headers),
        },
        build: {
          target: 'es2023',
          outDir,
          emptyOutDir: false,
          modulePreload: false,
          rolldownOptions: {
            input: join(root, 'src/service-worker/main.ts'),
            // Not a module: Firefox runs those as service workers only since 2026.
            output: { format: 'iife', entryFileNames: SERVICE_WORKER },
          },
        },
      })
    },
  }
}

/** Every file of the built page but the service worker itself. */
function listFiles(outDir: string): ListedFile[] {
  const demo = demoFolders(outDir)
  const names = readdirSync(outDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(outDir, join(entry.parentPath, entry.name)).split(sep).join('/'))
  return names
    .filter((path) => path !== SERVICE_WORKER && !path.startsWith('.'))
    .sort()
    .map((path) => {
      const content = readFileSync(join(outDir, path))
      const hash = createHash('sha256').update(content).digest('hex').slice(0, 16)
      return { path, bytes: content.length, hash, keep: keepOf(path, demo) }
    })
}

function keepOf(path: string, demo: readonly string[]): ListedFile['keep'] {
  // Each browser takes one build of the model's runtime, of 14 to 27 MB.
  if (path.startsWith('assets/ort-') && path.endsWith('.wasm')) return 'used'
  if (path.startsWith('corpus/')) return 'used'
  if (!path.startsWith('hub/')) return 'page'
  return demo.some((folder) => path.startsWith(folder)) || /^hub\/featurescope\/[^/]+$/.test(path)
    ? 'demo'
    : 'used'
}

/** The model and the SAE that are shown when nothing else is asked for. */
function demoFolders(outDir: string): string[] {
  const rows: { repo: string; path: string; default: boolean }[] = JSON.parse(
    readFileSync(join(outDir, 'hub/featurescope/catalogue.json'), 'utf8'),
  )
  const sae = rows.find((row) => row.default)
  if (!sae) throw new Error('The catalogue names no default source.')
  return [DEMO_MODEL, `hub/${sae.repo}/${sae.path.slice(0, sae.path.lastIndexOf('/') + 1)}`]
}
