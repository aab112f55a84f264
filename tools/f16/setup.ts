// Gives Node what the tests find in a page: WebGPU by Dawn, an address, and fetch that knows it.
import { createRequire } from 'node:module'
import { inject } from 'vitest'

interface Dawn {
  create(options: string[]): GPU
  globals: Record<string, unknown>
}

const { create, globals }: Dawn = createRequire(import.meta.url)('../../.work/f16/node_modules/webgpu')
const origin = inject('origin')
const fetchAnywhere = globalThis.fetch

Object.assign(globalThis, globals, {
  self: globalThis,
  location: new URL(origin),
  crossOriginIsolated: false,
  fetch: (at: RequestInfo | URL, options?: RequestInit) =>
    fetchAnywhere(typeof at === 'string' ? new URL(at, origin) : at, options),
})
Object.defineProperty(globalThis, 'navigator', {
  value: { gpu: create([]), hardwareConcurrency: 2, userAgent: 'Node' },
})

// Dawn's Node module refuses views of shared memory, which is onnxruntime's; browsers take them.
const { prototype } = GPUQueue
const write: GPUQueue['writeBuffer'] = prototype.writeBuffer
prototype.writeBuffer = function (
  this: GPUQueue,
  ...[buffer, offset, data, ...part]: Parameters<GPUQueue['writeBuffer']>
): undefined {
  write.call(this, buffer, offset, data instanceof Uint8Array ? data.slice() : data, ...part)
}
