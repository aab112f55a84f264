// The bench page: one peer and one shape at a time, asked for through window.bench.
import { type Gpu, requestGpu } from '../../../src/gpu/device.ts'
import type { Activations } from '../../../src/lib/activations.ts'
import type { SparseRows } from '../../../src/lib/sparse-rows.ts'
import { openSae, type Sae } from '../../../src/sae/sae.ts'
import { tuneEncode } from '../../../src/sae/webgpu/tuning.ts'
import type { BenchPage, DecodePeer, Effort, EncodePeer, MemoryRow, Timing, TuningRow } from '../cases.ts'
import { activations, denseDecoder, denseSae, type Shape, virtualSae } from '../data.ts'
import { fidelityBundled, fidelitySynthetic } from './fidelity.ts'
import { meterBuffers } from './meter.ts'
import { compact, expand } from './peers/dense.ts'
import { ortWasm, ortWebgpu, type Product } from './peers/ort.ts'
import { plainWgsl } from './peers/plain.ts'
import { repeat } from './repeat.ts'
import { roofline } from './roofline.ts'

declare global {
  interface Window {
    bench: BenchPage
  }
}

const meter = meterBuffers()

async function needGpu(): Promise<Gpu> {
  const gpu = await requestGpu()
  if (!gpu) throw new Error('This browser has no WebGPU adapter.')
  return gpu
}

/** The call to be timed, and how long it took to get there. */
interface Ready<T> {
  run: () => Promise<T>
  upload: number
  adapter: string
}

function input(shape: Shape): Activations {
  return { location: 'cpu', rows: shape.tokens, width: shape.dIn, data: activations(shape) }
}

async function openOurs(peer: 'ours webgpu' | 'ours webgpu f16' | 'ours wasm', shape: Shape) {
  const gpu = peer === 'ours wasm' ? undefined : await needGpu()
  const started = performance.now()
  const kind = gpu ? 'webgpu' : 'wasm'
  const precision = peer === 'ours webgpu f16' ? 'f16' : 'f32'
  const sae = await openSae(virtualSae(shape), 'benchmark', { kind, gpu, precision })
  await gpu?.device.queue.onSubmittedWorkDone()
  return { sae, upload: performance.now() - started, adapter: gpu?.name ?? 'CPU' }
}

async function prepareEncode(peer: EncodePeer, shape: Shape): Promise<Ready<SparseRows>> {
  if (peer === 'ours webgpu' || peer === 'ours webgpu f16' || peer === 'ours wasm') {
    const { sae, upload, adapter } = await openOurs(peer, shape)
    const x = input(shape)
    return { run: () => sae.encode(x), upload, adapter }
  }
  const { wEnc, threshold } = denseSae(shape)
  const x = activations(shape)
  const started = performance.now()
  const dense = await openDense(peer, shape, wEnc, threshold)
  return {
    run: async () => {
      const y = await dense.product.run(x, shape.tokens)
      // The bare product is compared as it is: nothing is done with its result.
      return peer === 'ort wasm' ? empty(shape) : compact(y, shape.tokens)
    },
    upload: performance.now() - started,
    adapter: dense.adapter,
  }
}

async function openDense(
  peer: Exclude<EncodePeer, `ours ${string}`>,
  { dIn, dSae }: Shape,
  wEnc: Float32Array<ArrayBuffer>,
  threshold: Float32Array<ArrayBuffer>,
): Promise<{ product: Product; adapter: string }> {
  switch (peer) {
    case 'ort webgpu': {
      const gpu = await needGpu()
      const weights = { inner: dIn, outer: dSae, w: wEnc, threshold }
      return { product: await ortWebgpu(gpu.device, weights), adapter: gpu.name }
    }
    case 'tfjs webgpu': {
      const { tfjsWebgpu } = await import('./peers/tfjs.ts')
      return { product: await tfjsWebgpu(dIn, dSae, wEnc, threshold), adapter: 'its own' }
    }
    case 'plain wgsl': {
      const gpu = await needGpu()
      return { product: await plainWgsl(gpu.device, dIn, dSae, wEnc, threshold), adapter: gpu.name }
    }
    case 'ort wasm':
      return { product: await ortWasm({ inner: dIn, outer: dSae, w: wEnc }), adapter: 'CPU' }
    case 'ort wasm, gated':
      return { product: await ortWasm({ inner: dIn, outer: dSae, w: wEnc, threshold }), adapter: 'CPU' }
  }
}

/** What is decoded by every peer: our own encode's answer on the CPU. */
async function encoded(shape: Shape): Promise<SparseRows> {
  const { sae } = await openOurs('ours wasm', shape)
  const sparse = await sae.encode(input(shape))
  sae.dispose()
  return sparse
}

async function prepareDecode(peer: DecodePeer, shape: Shape): Promise<Ready<Float32Array>> {
  const sparse = await encoded(shape)
  if (peer === 'ours webgpu' || peer === 'ours wasm') {
    const { sae, upload, adapter } = await openOurs(peer, shape)
    return { run: () => sae.decode(sparse), upload, adapter }
  }
  const { dIn, dSae, tokens } = shape
  const w = denseDecoder(shape)
  const x = expand(sparse)
  const started = performance.now()
  const ready = async (product: Promise<Product>, adapter: string): Promise<Ready<Float32Array>> => {
    const opened = await product
    return { run: () => opened.run(x, tokens), upload: performance.now() - started, adapter }
  }
  if (peer === 'ort wasm') return ready(ortWasm({ inner: dSae, outer: dIn, w }), 'CPU')
  const { device, name } = await needGpu()
  return peer === 'plain wgsl'
    ? ready(plainWgsl(device, dSae, dIn, w), name)
    : ready(ortWebgpu(device, { inner: dSae, outer: dIn, w }), name)
}

async function measure<T>(
  { run, upload, adapter }: Ready<T>,
  effort: Effort,
  answer: (result: T) => Pick<Timing, 'indices' | 'values'>,
): Promise<Timing> {
  let calls = 0
  const before = meter.mapped
  const counted = (): Promise<T> => {
    calls += 1
    return run()
  }
  const { times, warmUps, result } = await repeat(counted, effort)
  const readBack = (meter.mapped - before) / calls
  return { times, warmUps, upload, adapter, readBack, peakGpuBytes: meter.peak, ...answer(result) }
}

/** Numbers of a reconstruction that are compared between peers. */
const COMPARED = 4096

window.bench = {
  encode: async (peer, shape, effort) =>
    measure(await prepareEncode(peer, shape), effort, ({ indices, values }) => ({
      indices: [...indices],
      values: [...values],
    })),
  decode: async (peer, shape, effort) =>
    measure(await prepareDecode(peer, shape), effort, (y) => ({
      indices: [],
      values: [...y.subarray(0, COMPARED)],
    })),
  roofline: async () => roofline(await needGpu()),
  memory: measureMemory,
  fidelityBundled: async () => fidelityBundled(await needGpu()),
  fidelitySynthetic: async (shape) => fidelitySynthetic(await needGpu(), shape),
  tuning: async () => {
    const { gemv, batch, tiles } = await tuneEncode(await needGpu())
    const row = (timing: { tile: object; milliseconds: number }): TuningRow => ({
      tile: Object.entries(timing.tile)
        .map(([key, value]) => `${key} ${value}`)
        .join(', '),
      milliseconds: timing.milliseconds,
      chosen: timing.tile === tiles.gemv || timing.tile === tiles.batch,
    })
    return [...gemv.map(row), ...batch.map(row)]
  },
}

async function measureMemory(shape: Shape, budget: number, precision: 'f32' | 'f16'): Promise<MemoryRow> {
  const gpu = await needGpu()
  let heap = heapBytes()
  const timer = setInterval(() => {
    heap = Math.max(heap ?? 0, heapBytes() ?? 0)
  }, 50)
  const started = performance.now()
  const sae: Sae = await openSae(virtualSae(shape), 'memory', {
    kind: 'webgpu',
    gpu,
    precision,
    budgetBytes: budget,
  })
  const opened = performance.now()
  const sparse = await sae.encode(input(shape))
  const end = performance.now()
  clearInterval(timer)
  const weightBytes = sae.memory.bytes
  const streamedRanges = sae.memory.streamedRanges
  sae.dispose()
  return {
    shape,
    budget,
    precision,
    weightBytes,
    peakGpuBytes: meter.peak,
    heapBytes: heap,
    openMilliseconds: opened - started,
    encodeMilliseconds: end - opened,
    streamedRanges,
    active: sparse.indices.length,
  }
}

function heapBytes(): number | undefined {
  const { memory } = performance as Performance & { memory?: { usedJSHeapSize: number } }
  return memory?.usedJSHeapSize
}

function empty({ tokens, dSae }: Shape): SparseRows {
  return {
    rows: tokens,
    width: dSae,
    rowPtr: new Uint32Array(tokens + 1),
    indices: new Uint32Array(0),
    values: new Float32Array(0),
  }
}
