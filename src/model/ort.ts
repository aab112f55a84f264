// onnxruntime-web: which build, served by the page itself, one call at a time, and sessions from graph bytes.
import type { InferenceSession } from 'onnxruntime-web'
import asyncifyGlue from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url'
import asyncifyBinary from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url'
import jspiGlue from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.mjs?url'
import jspiBinary from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url'
import wasmGlue from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url'
import wasmBinary from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url'
import { UserError } from '../lib/errors.ts'
import { serialQueue } from '../lib/serial-queue.ts'

/** One build of onnxruntime-web, initialised with the first session made from it. */
export type Ort = typeof import('onnxruntime-web')

type Build = 'jspi' | 'asyncify' | 'wasm'

interface BuildFiles {
  load: () => Promise<Ort>
  mjs: string
  wasm: string
}

const BUILDS: Record<Build, BuildFiles> = {
  jspi: { load: () => import('onnxruntime-web/jspi'), mjs: jspiGlue, wasm: jspiBinary },
  asyncify: { load: () => import('onnxruntime-web/webgpu'), mjs: asyncifyGlue, wasm: asyncifyBinary },
  wasm: { load: () => import('onnxruntime-web/wasm'), mjs: wasmGlue, wasm: wasmBinary },
}

/** More threads than this only wait for one another at the sizes of a block. */
let mostThreads = 8

const loaded = new Map<Build, Promise<Ort>>()

/** Runs work that touches onnxruntime after all such work before it: sessions and runs must never overlap. */
export const exclusively = serialQueue()

/** At most so many threads for whatever is loaded from now on; onnxruntime takes their number once. */
export function limitThreads(most: number): void {
  mostThreads = most
}

/**
 * The build for a backend. WebGPU takes the smaller JSPI build where the browser can suspend WebAssembly, else
 * the asyncify one. Rejects with UserError when its files cannot be fetched.
 */
export function loadOrt(backend: 'webgpu' | 'wasm'): Promise<Ort> {
  const build: Build = backend === 'wasm' ? 'wasm' : 'Suspending' in WebAssembly ? 'jspi' : 'asyncify'
  const known = loaded.get(build)
  if (known) return known
  const loading = initialise(build).catch((error: unknown) => {
    loaded.delete(build)
    throw new UserError(
      {
        title: 'The model runtime could not be loaded.',
        detail: `onnxruntime-web (${build}): ${error instanceof Error ? error.message : String(error)}.`,
        remedy: 'Reload the page; if this stays, the copy of the page on this host is incomplete.',
      },
      { cause: error },
    )
  })
  loaded.set(build, loading)
  return loading
}

/** A session that leaves its outputs on `device`, next to the page's own shaders. */
export function createGpuSession(ort: Ort, graph: Uint8Array, device: GPUDevice): Promise<InferenceSession> {
  return exclusively(() =>
    ort.InferenceSession.create(graph, {
      executionProviders: [{ name: 'webgpu', device }],
      preferredOutputLocation: 'gpu-buffer',
      logSeverityLevel: 3,
    }),
  )
}

/** A session on the CPU; `files` are the external files its graph names, copied into it. */
export function createWasmSession(
  ort: Ort,
  graph: Uint8Array,
  files: { path: string; data: Uint8Array }[],
): Promise<InferenceSession> {
  return exclusively(() =>
    ort.InferenceSession.create(graph, {
      executionProviders: ['wasm'],
      externalData: files,
      logSeverityLevel: 3,
    }),
  )
}

async function initialise(build: Build): Promise<Ort> {
  const { load, mjs, wasm } = BUILDS[build]
  const ort = await load()
  ort.env.logLevel = 'error'
  // Absolute, because onnxruntime resolves them against files of its own.
  ort.env.wasm.wasmPaths = { mjs: absolute(mjs), wasm: absolute(wasm) }
  // Threads share memory, which only cross-origin isolated pages may; the GPU builds have no use for them.
  const cores = Math.min(navigator.hardwareConcurrency, mostThreads)
  ort.env.wasm.numThreads = build === 'wasm' && crossOriginIsolated ? cores : 1
  return ort
}

function absolute(url: string): string {
  return new URL(url, self.location.href).href
}
