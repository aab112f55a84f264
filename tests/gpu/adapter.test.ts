import { expect, test } from 'vitest'

test('the browser has a WebGPU adapter (these tests never skip without one)', async () => {
  const adapter = await navigator.gpu?.requestAdapter()
  expect(adapter, 'navigator.gpu.requestAdapter() found no adapter').toBeTruthy()
})
