// Tiles are measured once for an adapter and remembered; what was remembered is used only where it is sound.
import { clear, get, keys, set } from 'idb-keyval'
import { afterEach, expect, test } from 'vitest'
import { tilesOf } from '../../src/engine/tile-cache.ts'
import type { Gpu } from '../../src/gpu/device.ts'
import type { EncodeTiles } from '../../src/sae/webgpu/kernels.ts'
import { defaultTiles } from '../../src/sae/webgpu/tuning.ts'
import { gpuForTests } from '../support/gpu.ts'

const FAST: EncodeTiles = {
  gemv: { lanes: 32, slices: 8, columns: 1 },
  batch: { shape: 'direct', tokens: 8, columns: 1 },
}

let measured = 0
const measure = async () => {
  measured += 1
  return { tiles: FAST }
}

/** The test machine's adapter, as if it were a hardware one: software adapters are not measured. */
async function hardware(): Promise<Gpu> {
  return { ...(await gpuForTests()), name: 'Some GPU', software: false }
}

async function storedKey(): Promise<string> {
  const [key] = await keys()
  return String(key)
}

afterEach(async () => {
  measured = 0
  await clear()
})

test('an adapter is measured once, and another adapter by itself', async () => {
  const gpu = await hardware()
  expect(await tilesOf(gpu, measure)).toEqual(FAST)
  expect(await tilesOf(gpu, measure)).toEqual(FAST)
  expect(measured).toBe(1)
  await tilesOf({ ...gpu, name: 'Another GPU' }, measure)
  expect(measured).toBe(2)
})

test.for([
  ['another version of the page', { gemv: FAST.gemv }],
  ['nonsense', { ...FAST, batch: { shape: 'direct', tokens: -4, columns: 1 } }],
  ['tiles that this adapter cannot run', { ...FAST, gemv: { lanes: 64, slices: 64, columns: 1 } }],
])('%s in the store is measured again and replaced', async ([, stored]) => {
  const gpu = await hardware()
  await tilesOf(gpu, measure)
  const key = await storedKey()
  await set(key, stored)
  expect(await tilesOf(gpu, measure)).toEqual(FAST)
  expect(measured).toBe(2)
  expect(await get(key)).toEqual(FAST)
})

test('a software adapter takes the default without measuring', async () => {
  const gpu = { ...(await gpuForTests()), software: true }
  expect(await tilesOf(gpu, measure)).toEqual(defaultTiles(gpu))
  expect(measured).toBe(0)
})
