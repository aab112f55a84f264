import { existsSync, readFileSync } from 'node:fs'
import { openSae } from '../../src/sae/sae.ts'
import { referenceFolder } from '../support/reference-data.ts'
import { type Backend, describeSae } from '../support/sae-behaviour.ts'
import { describeSaeFixtures, type ReadFile } from '../support/sae-fixtures.ts'

const root = new URL('../..', import.meta.url).pathname
const wasmModule = new WebAssembly.Module(readFileSync(`${root}/src/sae/wasm/build/sae.wasm`))

const backends: Backend[] = [
  {
    name: 'reference',
    open: (file, name, activation) => openSae(file, name, { kind: 'reference', activation }),
    maxMadds: 1e7,
  },
  {
    name: 'wasm',
    open: (file, name, activation) => openSae(file, name, { kind: 'wasm', activation, wasmModule }),
  },
]

/** The files where the browser tests' server has them. */
const readFile: ReadFile = async (path) => {
  const file = path
    .replace(/^\/reference/, referenceFolder() ?? '/absent')
    .replace(/^\/hub/, `${root}/public/hub`)
    .replace(/^\/tests/, `${root}/tests`)
  return existsSync(file) ? Uint8Array.from(readFileSync(file)) : undefined
}

for (const backend of backends) {
  describeSae(backend)
  describeSaeFixtures(backend, readFile)
}
