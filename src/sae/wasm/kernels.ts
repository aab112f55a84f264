// Loads the compiled kernels of assembly/index.ts.
import kernelsUrl from './build/sae.wasm?url&no-inline'

export interface Kernels {
  encode(
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
  ): void
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

let fetched: Promise<WebAssembly.Module> | undefined

/** The page's own wasm file, compiled once. */
export function fetchKernels(): Promise<WebAssembly.Module> {
  fetched ??= compile().catch((error: unknown) => {
    // A lost connection must not stay lost: the next SAE tries again.
    fetched = undefined
    throw error
  })
  return fetched
}

async function compile(): Promise<WebAssembly.Module> {
  const response = await fetch(kernelsUrl)
  if (!response.ok) throw new Error(`The page’s own ${kernelsUrl} answered ${response.status}.`)
  return WebAssembly.compile(await response.arrayBuffer())
}

/** The kernels working on `memory`. */
export async function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<Kernels> {
  // AssemblyScript exports exactly the two functions of assembly/index.ts; the tests would notice others.
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } })
  return exports as unknown as Kernels
}
