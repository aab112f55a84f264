// The SAE on the CPU: weights in wasm linear memory, SIMD kernels, no dense result.
import type { ArrayFile } from '../../formats/array.ts'
import type { SparseRows } from '../../lib/sparse-rows.ts'
import { expectFeature, expectFiniteRows, expectLength, expectSparse, expectWidth } from '../checks.ts'
import type { Sae } from '../sae.ts'
import { joinRows, type RowPiece } from '../join-rows.ts'
import { type ReadOptions, readSae, readSaeShape, type SaeShape } from '../weights.ts'
import { fetchKernels, instantiate, type Kernels } from './kernels.ts'
import { allocate, BLOCK_ROWS, layOut, type MemoryLayout, PANEL } from './memory.ts'

/** Multiply-adds in one call of a kernel: some ten milliseconds, so that Cancel is heard. */
const CALL_MADDS = 50e6
/** Milliseconds of work before other messages get their turn. */
const TURN = 50

/** Opens an SAE on the wasm backend. UserError when it does not fit into 4 GiB. */
export async function openWasmSae(
  file: ArrayFile,
  name: string,
  options: ReadOptions & { wasmModule?: WebAssembly.Module },
): Promise<Sae> {
  const shape = readSaeShape(file, name)
  const layout = layOut(shape)
  const module = options.wasmModule ?? (await fetchKernels())
  const memory = allocate(layout.bytes, name)
  const kernels = await instantiate(module, memory)
  const { dIn, dSae, dOut } = shape
  const { dOutStride } = layout
  const wEnc = new Float32Array(memory.buffer, layout.wEnc, layout.panels * PANEL * dIn)
  const wDec = new Float32Array(memory.buffer, layout.wDec, dSae * dOutStride)

  const params = await readSae(
    file,
    name,
    {
      encoderRows: (block, first, rows) => fillPanels(wEnc, block, first, rows, shape),
      decoderRows: (block, first, rows) => {
        for (let row = 0; row < rows; row++) {
          wDec.set(block.subarray(row * dOut, (row + 1) * dOut), (first + row) * dOutStride)
        }
      },
    },
    options,
  )
  const padded = layout.panels * PANEL
  new Float32Array(memory.buffer, layout.bEnc, padded).set(params.bEnc)
  new Float32Array(memory.buffer, layout.threshold, padded)
    .fill(Number.POSITIVE_INFINITY)
    .set(params.threshold)
  new Float32Array(memory.buffer, layout.bDec, dOutStride).set(params.bDec)

  const inTurn = oneAtATime()
  const state: Wasm = { kernels, memory, layout, shape }
  return {
    ...params,
    kind: 'wasm',
    encode: async (x, signal) => {
      expectWidth(x.width, shape)
      const data = x.location === 'cpu' ? x.data : await x.download()
      expectLength(data, x.rows, x.width)
      expectFiniteRows(data, x.rows, x.width)
      return inTurn(() => encode(state, data, x.rows, signal))
    },
    decode: async (sparse, signal) => {
      expectSparse(sparse, dSae)
      return inTurn(() => decode(state, sparse, signal))
    },
    encoderColumn: async (f) => {
      expectFeature(f, dSae)
      const start = Math.floor(f / PANEL) * dIn * PANEL + (f % PANEL)
      return Float32Array.from({ length: dIn }, (_, k) => wEnc[start + k * PANEL])
    },
    decoderRow: async (f) => {
      expectFeature(f, dSae)
      return wDec.slice(f * dOutStride, f * dOutStride + dOut)
    },
    // Memory is returned when the last reference to it goes.
    dispose: () => {},
  }
}

interface Wasm {
  kernels: Kernels
  memory: WebAssembly.Memory
  layout: MemoryLayout
  shape: SaeShape
}

/** Rows of W_enc in file order go to their places in the panels, [panels][dIn][PANEL]. */
function fillPanels(
  panels: Float32Array,
  block: Float32Array,
  first: number,
  rows: number,
  { dIn, dSae }: SaeShape,
): void {
  for (let feature = 0; feature < dSae; feature += PANEL) {
    const width = Math.min(PANEL, dSae - feature)
    let to = feature * dIn + first * PANEL
    let from = feature
    for (let row = 0; row < rows; row++) {
      for (let lane = 0; lane < width; lane++) panels[to + lane] = block[from + lane]
      to += PANEL
      from += dSae
    }
  }
}

async function encode(wasm: Wasm, x: Float32Array, rows: number, signal?: AbortSignal): Promise<SparseRows> {
  const { kernels, memory, layout: at, shape } = wasm
  const { dIn, dSae } = shape
  const pieces: RowPiece[] = []
  const breathe = turns(signal)
  for (let first = 0; first < rows; first += BLOCK_ROWS) {
    const count = Math.min(BLOCK_ROWS, rows - first)
    new Float32Array(memory.buffer, at.x, count * dIn).set(x.subarray(first * dIn, (first + count) * dIn))
    const counts = new Uint32Array(memory.buffer, at.counts, count).fill(0)
    const step = Math.max(1, Math.floor(CALL_MADDS / (count * dIn * PANEL)))
    for (let panel = 0; panel < at.panels; panel += step) {
      await breathe()
      const panels = Math.min(step, at.panels - panel)
      kernels.encode(
        at.x,
        count,
        dIn,
        at.wEnc,
        at.bEnc,
        at.threshold,
        panel,
        panels,
        at.indices,
        at.values,
        dSae,
        at.counts,
        at.tile,
      )
    }
    for (let row = 0; row < count; row++) {
      const offset = 4 * row * dSae
      pieces.push({
        indices: new Uint32Array(memory.buffer, at.indices + offset, counts[row]).slice(),
        values: new Float32Array(memory.buffer, at.values + offset, counts[row]).slice(),
      })
    }
  }
  return joinRows(pieces, dSae)
}

async function decode(
  wasm: Wasm,
  sparse: SparseRows,
  signal?: AbortSignal,
): Promise<Float32Array<ArrayBuffer>> {
  const { kernels, memory, layout: at, shape } = wasm
  const { dOut } = shape
  const out = new Float32Array(sparse.rows * dOut)
  const y = new Float32Array(memory.buffer, at.y, dOut)
  const breathe = turns(signal)
  for (let row = 0; row < sparse.rows; row++) {
    await breathe()
    const [start, end] = [sparse.rowPtr[row], sparse.rowPtr[row + 1]]
    new Uint32Array(memory.buffer, at.indices, end - start).set(sparse.indices.subarray(start, end))
    new Float32Array(memory.buffer, at.values, end - start).set(sparse.values.subarray(start, end))
    kernels.decode(at.indices, at.values, end - start, at.wDec, at.bDec, at.dOutStride, at.y)
    out.set(y, row * dOut)
  }
  return out
}

/** Checks for cancellation, and lets other messages through once a turn is over. */
function turns(signal: AbortSignal | undefined): () => void | Promise<void> {
  let started = performance.now()
  return () => {
    signal?.throwIfAborted()
    if (performance.now() - started < TURN) return
    return new Promise((resolve) => {
      setTimeout(() => {
        started = performance.now()
        resolve()
      })
    })
  }
}

/** Work on the shared scratch memory goes one after another, also when an earlier piece failed. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const next = last.then(work)
    last = next.catch(() => {})
    return next
  }
}
