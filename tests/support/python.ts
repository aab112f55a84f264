// Finds a Python with numpy: what writes, and reads back, the files the readers are tested with.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installPackage } from './apt.ts'

const DEBIAN = '/usr/bin/python3'
/** Made while a test file installs, so that others running beside it wait for it. */
const LOCK = join(tmpdir(), 'featurescope-apt.lock')
const LONGEST_WAIT_MS = 300_000

let found: string | undefined

/**
 * Path of a Python that has numpy: `PYTHON_PATH`, then Debian's, then (Debian or Ubuntu, as root) Debian's after
 * `apt-get install python3-numpy`, then the one on the PATH. Throws with what to do when there is none.
 * Installing takes up to a minute: call it first in `beforeAll(findPython, 300_000)`.
 */
export function findPython(): string {
  found ??= search()
  return found
}

/**
 * Runs `code` with `args` as sys.argv[1:] and returns what it prints. `input` is given to its stdin.
 * Throws with its traceback when it fails.
 */
export function runPython(code: string, args: readonly string[] = [], input?: Uint8Array): string {
  const { status, stdout, stderr } = spawnSync(findPython(), ['-c', code, ...args], {
    encoding: 'utf8',
    input,
    maxBuffer: 1 << 28,
  })
  if (status === 0) return stdout
  throw new Error(`Python failed (${status}):\n${stderr}`)
}

function search(): string {
  const asked = process.env.PYTHON_PATH
  if (asked) {
    if (hasNumpy(asked)) return asked
    throw new Error(`PYTHON_PATH is ${asked}, but no Python with numpy is there.`)
  }
  if (hasNumpy(DEBIAN)) return DEBIAN
  if (alone(() => hasNumpy(DEBIAN) || installPackage('python3-numpy')) && hasNumpy(DEBIAN)) return DEBIAN
  if (hasNumpy('python3')) return 'python3'
  throw new Error(
    'Some tests need Python with numpy, and none was found. Install it (Debian: "apt-get install python3-numpy") ' +
      'or set PYTHON_PATH to a python3 that has it.',
  )
}

function hasNumpy(python: string): boolean {
  return spawnSync(python, ['-c', 'import numpy'], { stdio: 'ignore' }).status === 0
}

/** Runs `work` while no other test process runs its own. */
function alone<T>(work: () => T): T {
  const end = Date.now() + LONGEST_WAIT_MS
  while (!lock()) {
    if (Date.now() > end) throw new Error(`Another test process has held ${LOCK} for 5 minutes: remove it.`)
    execFileSync('sleep', ['0.5'])
  }
  try {
    return work()
  } finally {
    rmSync(LOCK, { recursive: true, force: true })
  }
}

function lock(): boolean {
  try {
    mkdirSync(LOCK)
    return true
  } catch {
    return false
  }
}
