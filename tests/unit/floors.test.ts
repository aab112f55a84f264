import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'

const files = new Set<string>()

afterEach(() => {
  for (const file of files) rmSync(file, { force: true })
  files.clear()
})

/** Writes a file on floor `floor` that imports `from`, for the linter to see at its real place. */
function probe(floor: string, from: string): string {
  const file = `src/${floor}/probe-${process.pid}-${files.size}.ts`
  files.add(file)
  writeFileSync(file, `import { x } from '${from}'\n\nexport const y = x\n`)
  return file
}

test('the linter fails an import that goes up a floor, and lets one go down', () => {
  const up = [
    probe('lib', '../formats/npz.ts'),
    probe('sae', '../engine/engine.ts'),
    probe('views', '../app/routes.ts'),
    probe('model', '../hub/file-set.ts'),
    probe('dashboard', '../engine/index-results.ts'),
  ]
  const down = [
    probe('engine', '../hub/file-set.ts'),
    probe('sae', '../lib/errors.ts'),
    probe('engine', '../dashboard/summary.ts'),
    probe('dashboard', '../activation-index/types.ts'),
  ]
  const run = spawnSync('npx', ['biome', 'lint', ...up, ...down], { encoding: 'utf8' })
  const refused = (file: string): boolean =>
    new RegExp(`^${file}:\\d+:\\d+ lint/style/noRestrictedImports`, 'm').test(run.stderr)
  expect(run.status).toBe(1)
  expect(up.filter(refused)).toEqual(up)
  expect(down.filter(refused)).toEqual([])
})
