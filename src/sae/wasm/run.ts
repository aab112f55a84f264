// Encode and decode on the memory of a wasm SAE, in turns short enough for Cancel to be heard.
import type { SparseRows } from '../../lib/sparse-rows.ts'
import { joinRows, type RowPiece } from '../join-rows.ts'
import { strongest } from '../ranked.ts'
import type { SaeParams } from '../weights.ts'
import type { EncodeJob, Kernels } from './kernels.ts'
import { BLOCK_ROWS, type MemoryLayout, PANEL, TILE_WORDS } from './memory.ts'
import type { Threads } from './threads.ts'

/** Multiply-adds of a thread in one call of a kernel: some twenty milliseconds. */
const CALL_MADDS = 500e6
/** Milliseconds of work before other messages get their turn. */
const TURN = 50

export interface Wasm {
  kernels: Kernels
  memory: WebAssembly.Memory
  layout: MemoryLayout
  params: SaeParams
  threads: Threads
}

/** The panels one thread sums, and where it lists what is active among them. */
interface Share {
  first: number
  panels: number
  stride: number
  indices: number
  values: number
  counts: number
  tile: number
}

/** Cuts the panels in as many parts as there are threads; a feature is always summed alike, whoever does it. */
function shares({ layout: at, threads }: Wasm): Share[] {
  const each = Math.ceil(at.panels / threads.count)
  return Array.from({ length: threads.count }, (_, thread) => {
    const first = Math.min(at.panels, thread * each)
    const lists = 4 * BLOCK_ROWS * first * PANEL
    const panels = Math.min(each, at.panels - first)
    return {
      ...{ first, panels, stride: panels * PANEL },
      ...{ indices: at.indices + lists, values: at.values + lists },
      counts: at.counts + 4 * BLOCK_ROWS * thread,
      tile: at.tile + 4 * TILE_WORDS * thread,
    }
  }).filter(({ panels }) => panels > 0)
}

/** Active features of checked x [rows, dIn]. */
export async function encode(
  wasm: Wasm,
  x: Float32Array,
  rows: number,
  signal?: AbortSignal,
): Promise<SparseRows> {
  const { memory, layout: at, params, threads } = wasm
  const { dIn, dSae, activation } = params
  const parts = shares(wasm)
  const pieces: RowPiece[] = []
  const breathe = turns(signal)
  for (let first = 0; first < rows; first += BLOCK_ROWS) {
    const count = Math.min(BLOCK_ROWS, rows - first)
    new Float32Array(memory.buffer, at.x, count * dIn).set(x.subarray(first * dIn, (first + count) * dIn))
    new Uint32Array(memory.buffer, at.counts, threads.count * BLOCK_ROWS).fill(0)
    const step = Math.max(1, Math.floor(CALL_MADDS / (count * dIn * PANEL)))
    for (let done = 0; done < parts[0].panels; done += step) {
      await breathe()
      const jobs = parts.flatMap((part): EncodeJob[] => {
        const panels = Math.min(step, part.panels - done)
        if (panels <= 0) return []
        const { indices, values, stride, counts, tile } = part
        const from = part.first + done
        const weights = [at.wEnc, at.bEnc, at.threshold] as const
        return [[at.x, count, dIn, ...weights, from, panels, indices, values, stride, counts, tile]]
      })
      await threads.run(jobs)
    }
    for (let row = 0; row < count; row++) {
      const listed = parts.map(({ indices, values, stride, counts }): RowPiece => {
        const [found] = new Uint32Array(memory.buffer, counts + 4 * row, 1)
        const offset = 4 * row * stride
        return {
          indices: new Uint32Array(memory.buffer, indices + offset, found),
          values: new Float32Array(memory.buffer, values + offset, found),
        }
      })
      const active = joinRows(listed, dSae)
      // A TopK SAE's thresholds are 0, so the list holds every positive pre-activation.
      pieces.push(activation.kind === 'topk' ? strongest(active, activation.k) : active)
    }
  }
  return joinRows(pieces, dSae)
}

/** Reconstruction [rows, dOut] of checked sparse rows; `x` [rows, dIn] where there is an affine skip. */
export async function decode(
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
export function turns(signal: AbortSignal | undefined): () => void | Promise<void> {
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
