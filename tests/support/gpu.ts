// The GPU of the browser tests: one device for all of a file, and any error nobody caught fails the test.
import { afterEach, expect } from 'vitest'
import { type Gpu, requestGpu } from '../../src/gpu/device.ts'

let requested: Promise<Gpu> | undefined
const uncaught: string[] = []

/** Fails, never skips, without an adapter. */
export function gpuForTests(): Promise<Gpu> {
  requested ??= request()
  return requested
}

async function request(): Promise<Gpu> {
  const gpu = await requestGpu()
  if (!gpu) throw new Error('These tests need a WebGPU adapter, and the browser has none.')
  gpu.onError((message) => uncaught.push(message))
  return gpu
}

afterEach(() => {
  expect(uncaught.splice(0), 'GPU errors that no caller caught').toEqual([])
})
