// Installs what the tests need and the machine lacks, where that can be done without asking: Debian, as root.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** Installs a Debian or Ubuntu package; false where this machine is neither, or the tests do not run as root. */
export function installPackage(name: string): boolean {
  if (!canInstall()) return false
  process.stdout.write(`Installing ${name} with apt-get …\n`)
  const run = (...args: string[]): void => {
    execFileSync('apt-get', args, {
      stdio: 'inherit',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  }
  run('update', '-qq')
  run('install', '-y', '-qq', name)
  return true
}

function canInstall(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/etc/os-release')) return false
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'))
}
