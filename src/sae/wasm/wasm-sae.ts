// The SAE on the CPU: weights in wasm linear memory, SIMD kernels, no dense result.
import type { ArrayFile } from '../../formats/array.ts'
import type { SparseRows } from '../../lib/sparse-rows.ts'
import type { Activations } from '../../lib/activations.ts'
import { serialQueue } from '../../lib/serial-queue.ts'
import { cosine } from '../../lib/vector.ts'
import {
  expectFeature,
  expectFiniteRows,
  expectLength,
  expectSkipInput,
  expectSparse,
  expectWidth,
} from '../checks.ts'
import { statisticsOfRows } from '../feature-statistics.ts'
import { Ranking, strongest } from '../ranked.ts'
import type { Sae } from '../sae.ts'
import { joinRows, type RowPiece } from '../join-rows.ts'
import { type ReadOptions, readSae, readSaeShape, type SaeParams, type SaeShape } from '../weights.ts'
import { fetchKernels, instantiate, type Kernels } from './kernels.ts'
import { allocate, BLOCK_ROWS, layOut, type MemoryLayout, PANEL } from './memory.ts'

/** Multiply-adds in one call of a kernel: some ten milliseconds, so that Cancel is heard. */
const CALL_MADDS = 50e6
/** Milliseconds of work before other messages get their turn. */
const TURN = 50
/** Rows compared between looks at the clock. */
const TURN_ROWS = 256

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
  const skip = new Float32Array(memory.buffer, layout.skip, shape.hasSkip ? dIn * dOutStride : 0)

  const params = await readSae(
    file,
    name,
    {
      encoderRows: (block, first, rows) => fillPanels(wEnc, block, first, rows, shape),
      decoderRows: (block, first, rows) => fillRows(wDec, block, first, rows, dOut, dOutStride),
      skipRows: (block, first, rows) => fillRows(skip, block, first, rows, dOut, dOutStride),
    },
    options,
  )
  const padded = layout.panels * PANEL
  new Float32Array(memory.buffer, layout.bEnc, padded).set(params.bEnc)
  new Float32Array(memory.buffer, layout.threshold, padded)
    .fill(Number.POSITIVE_INFINITY)
    .set(params.threshold)
  new Float32Array(memory.buffer, layout.bDec, dOutStride).set(params.bDec)

  const inTurn = serialQueue()
  const state: Wasm = { kernels, memory, layout, params }
  const checked = async (x: Activations): Promise<Float32Array> => {
    expectWidth(x.width, shape)
    const data = x.location === 'cpu' ? x.data : await x.download()
    expectLength(data, x.rows, x.width)
    expectFiniteRows(data, x.rows, x.width)
    return data
  }
  const encodeRows: Sae['encode'] = async (x, signal) => {
    const data = await checked(x)
    return inTurn(() => encode(state, data, x.rows, signal))
  }
  return {
    ...params,
    kind: 'wasm',
    precision: 'f32',
    memory: { bytes: layout.bytes, streamedRanges: 0 },
    encode: encodeRows,
    decode: async (sparse, { x, signal } = {}) => {
      expectSparse(sparse, dSae)
      const input = shape.hasSkip ? await checked(expectSkipInput(x, sparse)) : undefined
      return inTurn(() => decode(state, sparse, input, signal))
    },
    similar: async (f, k, signal) => {
      expectFeature(f, dSae)
      const row = (g: number): Float32Array => wDec.subarray(g * dOutStride, g * dOutStride + dOut)
      const ranking = new Ranking(k)
      const breathe = turns(signal)
      for (let g = 0; g < dSae; g++) {
        if (g % TURN_ROWS === 0) await breathe()
        // A row of zeros points nowhere: its cosine counts as 0.
        if (g !== f) ranking.offer(g, cosine(row(f), row(g)) || 0)
      }
      return ranking.ranked()
    },
    statistics: () => statisticsOfRows(dSae, encodeRows),
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
  params: SaeParams
}

/** Rows of a matrix [.., dOut] go to rows of dOutStride. */
function fillRows(
  matrix: Float32Array,
  block: Float32Array,
  first: number,
  rows: number,
  dOut: number,
  dOutStride: number,
): void {
  for (let row = 0; row < rows; row++) {
    matrix.set(block.subarray(row * dOut, (row + 1) * dOut), (first + row) * dOutStride)
  }
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
  const { kernels, memory, layout: at, params } = wasm
  const { dIn, dSae, activation } = params
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
      const active = {
        indices: new Uint32Array(memory.buffer, at.indices + offset, counts[row]),
        values: new Float32Array(memory.buffer, at.values + offset, counts[row]),
      }
      // A TopK SAE's thresholds are 0, so the list holds every positive pre-activation.
      const kept = activation.kind === 'topk' ? strongest(active, activation.k) : active
      pieces.push({ indices: kept.indices.slice(), values: kept.values.slice() })
    }
  }
  return joinRows(pieces, dSae)
}

async function decode(
  wasm: Wasm,
  sparse: SparseRows,
  x: Float32Array | undefined,
  signal?: AbortSignal,
): Promise<Float32Array<ArrayBuffer>> {
  const { kernels, memory, layout: at, params } = wasm
  const { dIn, dOut } = params
  const out = new Float32Array(sparse.rows * dOut)
  const y = new Float32Array(memory.buffer, at.y, dOut)
  const breathe = turns(signal)
  const allRows = Uint32Array.from({ length: x ? dIn : 0 }, (_, k) => k)
  const add = (indices: Uint32Array, values: Float32Array, matrix: number, from: number): void => {
    new Uint32Array(memory.buffer, at.indices, indices.length).set(indices)
    new Float32Array(memory.buffer, at.values, values.length).set(values)
    kernels.decode(at.indices, at.values, indices.length, matrix, from, at.dOutStride, at.y)
  }
  for (let row = 0; row < sparse.rows; row++) {
    await breathe()
    let start = at.bDec
    if (x) {
      // x · A is a sum of rows of A too, all of them active.
      add(allRows, x.subarray(row * dIn, (row + 1) * dIn), at.skip, start)
      start = at.y
    }
    const [from, to] = [sparse.rowPtr[row], sparse.rowPtr[row + 1]]
    add(sparse.indices.subarray(from, to), sparse.values.subarray(from, to), at.wDec, start)
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
