// Where the optional reference checkpoints and SAEs lie; tests that need them skip with a notice without.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/** The folder named by REFERENCE_DATA (default ../shared/data), or undefined where there is none. */
export function referenceFolder(): string | undefined {
  const folder = resolve(process.env.REFERENCE_DATA ?? '../shared/data')
  return existsSync(folder) ? folder : undefined
}
