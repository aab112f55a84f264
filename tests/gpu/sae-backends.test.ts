import { openSae } from '../../src/sae/sae.ts'
import { gpuForTests } from '../support/gpu.ts'
import { type Backend, describeSae } from '../support/sae-behaviour.ts'
import { describeFloat16Fidelity, describeSaeFixtures, type ReadFile } from '../support/sae-fixtures.ts'

const webgpu: Backend = {
  name: 'webgpu',
  open: async (file, name, activation) =>
    openSae(file, name, { kind: 'webgpu', activation, gpu: await gpuForTests() }),
}
const ranges: Backend = {
  name: 'webgpu with weights cut in many ranges',
  open: async (file, name, activation) =>
    openSae(file, name, { kind: 'webgpu', activation, gpu: await gpuForTests(), maxBindingBytes: 16 << 10 }),
  maxMadds: 1e7,
}
/** A budget so small that W_enc passes through two slots of 4 features or little more, and W_dec is fetched. */
const streaming: Backend = {
  name: 'webgpu with streamed weights',
  open: async (file, name, activation) =>
    openSae(file, name, { kind: 'webgpu', activation, gpu: await gpuForTests(), budgetBytes: 100 << 10 }),
  maxMadds: 1e7,
}
const float16: Backend = {
  name: 'webgpu with float16 weights',
  open: async (file, name, activation) =>
    openSae(file, name, { kind: 'webgpu', activation, gpu: await gpuForTests(), precision: 'f16' }),
  maxMadds: 1e7,
  float16: true,
}
const wasm: Backend = {
  name: 'wasm',
  open: (file, name, activation) => openSae(file, name, { kind: 'wasm', activation }),
}

const readFile: ReadFile = async (path) => {
  const response = await fetch(path)
  return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined
}

for (const backend of [webgpu, ranges, streaming, float16, wasm]) describeSae(backend)
for (const backend of [webgpu, wasm]) describeSaeFixtures(backend, readFile)
describeFloat16Fidelity(float16, webgpu, readFile)
