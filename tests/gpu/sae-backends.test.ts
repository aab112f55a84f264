import { openSae } from '../../src/sae/sae.ts'
import { gpuForTests } from '../support/gpu.ts'
import { type Backend, describeSae } from '../support/sae-behaviour.ts'
import { describeSaeFixtures, type ReadFile } from '../support/sae-fixtures.ts'

const webgpu: Backend = {
  name: 'webgpu',
  open: async (file, name) => openSae(file, name, { kind: 'webgpu', gpu: await gpuForTests() }),
}
const ranges: Backend = {
  name: 'webgpu with weights cut in many ranges',
  open: async (file, name) =>
    openSae(file, name, { kind: 'webgpu', gpu: await gpuForTests(), maxBindingBytes: 16 << 10 }),
  maxMadds: 1e7,
}
const wasm: Backend = { name: 'wasm', open: (file, name) => openSae(file, name, { kind: 'wasm' }) }

const readFile: ReadFile = async (path) => {
  const response = await fetch(path)
  return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined
}

for (const backend of [webgpu, ranges, wasm]) describeSae(backend)
for (const backend of [webgpu, wasm]) describeSaeFixtures(backend, readFile)
