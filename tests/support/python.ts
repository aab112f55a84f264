// Finds a Python with numpy or scipy: what writes, and reads back, the files the readers are tested with.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installPackage } from './apt.ts'

const DEBIAN = '/usr/bin/python3'
/** Made while a test file installs, so that others running beside it wait for it. */
const LOCK = join(tmpdir(), 'featurescope-apt.lock')
const LONGEST_WAIT_MS = 300_000

type Module = 'numpy' | 'scipy'

const found = new Map<Module, string>()

/**
 * Path of a Python that has `module` (scipy has numpy with it): `PYTHON_PATH`, then Debian's, then (Debian or Ubuntu, as root) Debian's after
 * `apt-get install python3-{module}`, then the one on the PATH. Throws with what to do when there is none.
 * Installing takes up to a minute: call it first in `beforeAll(() => findPython(), 300_000)`.
 */
export function findPython(module: Module = 'numpy'): string {
  const python = found.get(module) ?? search(module)
  found.set(module, python)
  return python
}

/**
 * Runs `code` with `args` as sys.argv[1:] and returns what it prints. `input` is given to its stdin; `module` is
 * what it imports. Throws with its traceback when it fails.
 */
export function runPython(
  code: string,
  args: readonly string[] = [],
  input?: Uint8Array,
  module: Module = 'numpy',
): string {
  const { status, stdout, stderr } = spawnSync(findPython(module), ['-c', code, ...args], {
    encoding: 'utf8',
    input,
    maxBuffer: 1 << 28,
  })
  if (status === 0) return stdout
  throw new Error(`Python failed (${status}):\n${stderr}`)
}

function search(module: Module): string {
  const asked = process.env.PYTHON_PATH
  if (asked) {
    if (has(asked, module)) return asked
    throw new Error(`PYTHON_PATH is ${asked}, but no Python with ${module} is there.`)
  }
  if (has(DEBIAN, module)) return DEBIAN
  const installed = alone(() => has(DEBIAN, module) || installPackage(`python3-${module}`))
  if (installed && has(DEBIAN, module)) return DEBIAN
  if (has('python3', module)) return 'python3'
  throw new Error(
    `Some tests need Python with ${module}, and none was found. Install it (Debian: "apt-get install ` +
      `python3-${module}") or set PYTHON_PATH to a python3 that has it.`,
  )
}

function has(python: string, module: Module): boolean {
  return spawnSync(python, ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0
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
