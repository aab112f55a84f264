// Another version of the built page, as the next deployment would bring it: its front page differs, and one part of
// it has moved, so that the host no longer has what the version before asks for.
import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface NextVersion {
  folder: string
  /** The part that moved: "assets/StorageView-D1oGt_to.js". */
  gone: string
  /** Its new name. */
  moved: string
}

/** Makes it from the build in `folder`; `moved` begins the name of a script of the page that is fetched when needed. */
export function nextVersion(folder: string, moved: string): NextVersion {
  const next = join(mkdtempSync(join(tmpdir(), 'featurescope-next-')), 'dist')
  cpSync(folder, next, { recursive: true })
  const name = readdirSync(join(next, 'assets')).find(
    (file) => file.startsWith(moved) && file.endsWith('.js'),
  )
  if (!name) throw new Error(`no script ${moved} in the build`)
  const newName = name.replace(/-[\w-]{8}\.js$/, '-movedaway.js')
  renameSync(join(next, 'assets', name), join(next, 'assets', newName))

  let worker = readFileSync(join(next, 'service-worker.js'), 'utf8').replaceAll(name, newName)
  const rewrite = (file: string, change: (text: string) => string): void => {
    const before = readFileSync(join(next, file))
    const after = Buffer.from(change(before.toString()))
    if (after.equals(before)) return
    writeFileSync(join(next, file), after)
    const listed = `bytes:${before.length},hash:\`${hash(before)}\``
    if (!worker.includes(listed)) throw new Error(`${file} is not listed as it is`)
    worker = worker.replace(listed, `bytes:${after.length},hash:\`${hash(after)}\``)
  }
  for (const script of readdirSync(join(next, 'assets')).filter((file) => file.endsWith('.js')))
    rewrite(`assets/${script}`, (text) => text.replaceAll(name, newName))
  rewrite('index.html', (text) => text.replace('</head>', '<meta name="version" content="next"></head>'))
  writeFileSync(join(next, 'service-worker.js'), worker)
  return { folder: next, gone: `assets/${name}`, moved: `assets/${newName}` }
}

function hash(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16)
}
