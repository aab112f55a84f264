// Loads the compiled kernels of assembly/index.ts.
import plainUrl from './build/sae.wasm?url&no-inline'
import threadsUrl from './build/sae-threads.wasm?url&no-inline'

/** Arguments of `encode` in assembly/index.ts, in order. */
export type EncodeJob = [
  x: number,
  rows: number,
  dIn: number,
  wEnc: number,
  bEnc: number,
  threshold: number,
  firstPanel: number,
  panels: number,
  indices: number,
  values: number,
  listStride: number,
  counts: number,
  tile: number,
]

export interface Kernels {
  encode(...job: EncodeJob): void
  decode(
    indices: number,
    values: number,
    count: number,
    wDec: number,
    bDec: number,
    dOutStride: number,
    y: number,
  ): void
}

const compiled = new Map<string, Promise<WebAssembly.Module>>()

/** The page's own wasm file, compiled once; `shared` is for memory that threads share. */
export function fetchKernels(shared: boolean): Promise<WebAssembly.Module> {
  const url = shared ? threadsUrl : plainUrl
  const known = compiled.get(url)
  if (known) return known
  const module = compile(url).catch((error: unknown) => {
    // A lost connection must not stay lost: the next SAE tries again.
    compiled.delete(url)
    throw error
  })
  compiled.set(url, module)
  return module
}

async function compile(url: string): Promise<WebAssembly.Module> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`The page’s own ${url} answered ${response.status}.`)
  return WebAssembly.compile(await response.arrayBuffer())
}

/** The kernels working on `memory`. */
export async function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<Kernels> {
  // AssemblyScript exports exactly the two functions of assembly/index.ts; the tests would notice others.
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } })
  return exports as unknown as Kernels
}
