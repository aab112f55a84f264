// Encode on the GPU: batches of tokens through the fused kernel, range by range, rows put in order on the CPU.
import { BufferGroup, readBack } from '../../gpu/buffers.ts'
import type { Gpu } from '../../gpu/device.ts'
import type { SparseRows } from '../../lib/sparse-rows.ts'
import { joinRows, type RowPiece } from '../join-rows.ts'
import { strongest } from '../ranked.ts'
import type { PaddedInput } from './input.ts'
import type { EncodeTiles } from './kernels.ts'
import { fillLists, findFloors, type Lists, readLists } from './lists.ts'
import { topKOfLists } from './top-k.ts'
import type { EncoderRange, GpuWeights } from './weights.ts'

/** Room in each token's list at first; Gemma Scope SAEs have 10 to 200 active features a token, <bos> more. */
const FIRST_CAPACITY = 1024
/** Bytes of lists on the GPU at a time. */
const LIST_BYTES = 64 << 20
/** Rows in a batch are a multiple of this, so that each batch starts at a 256-byte offset. */
const ROW_STEP = 64
const MAX_BATCH_ROWS = 1024
/** Tokens for which streamed weights pass once. */
const MAX_CHUNK_ROWS = 4096
/** Multiply-adds in a batch. Browsers stop a GPU that is silent for seconds; Cancel is heard between batches. */
const BATCH_MADDS = { hardware: 100e9, software: 5e9 }

/** Takes lists of `rows` (of the whole input); rows whose count exceeds the capacity come again later. */
export type TakeLists = (lists: Lists, counts: Uint32Array, rows: readonly number[]) => Promise<void>

/** Active features of x. Deterministic: each value is one fixed sum, and rows are sorted by feature. */
export async function encodeOnGpu(
  gpu: Gpu,
  weights: GpuWeights,
  x: PaddedInput,
  tiles: EncodeTiles,
  signal?: AbortSignal,
): Promise<SparseRows> {
  const { dSae, activation } = weights.params
  const k = activation.kind === 'topk' ? activation.k : undefined
  const pieces: RowPiece[][] = Array.from({ length: x.rows }, () => [])
  await eachList(
    gpu,
    weights,
    x,
    tiles,
    async (lists, counts, rows) => {
      const read = await (k
        ? readStrongest(gpu.device, lists, counts, k)
        : readLists(gpu.device, lists, counts))
      rows.forEach((row, at) => {
        const piece = read[at]
        if (piece) pieces[row].push(piece)
      })
    },
    signal,
  )
  const rows = pieces.map(inOnePiece)
  return joinRows(k ? rows.map((row) => strongest(row, k)) : rows, dSae)
}

/** The k largest of each list: no more is read back. */
async function readStrongest(
  device: GPUDevice,
  lists: Lists,
  counts: Uint32Array,
  k: number,
): Promise<(RowPiece | undefined)[]> {
  const group = new BufferGroup(device)
  try {
    const best = await topKOfLists(device, lists, k, group)
    const read = await readLists(
      device,
      best,
      counts.map((count) => Math.min(count, k)),
    )
    return read.map((piece, row) => (counts[row] <= lists.capacity ? piece : undefined))
  } finally {
    group.destroy()
  }
}

/** Gives the lists of every token of x to `take`, for each group of ranges that is on the GPU at the same time. */
export async function eachList(
  gpu: Gpu,
  weights: GpuWeights,
  x: PaddedInput,
  tiles: EncodeTiles,
  take: TakeLists,
  signal?: AbortSignal,
): Promise<void> {
  const stride = 16 * weights.dIn4
  const chunk = wholeSteps(Math.min(MAX_CHUNK_ROWS, Math.floor(weights.binding / stride)))
  for (let first = 0; first < x.rows; first += chunk) {
    const group = new BufferGroup(gpu.device)
    try {
      const rows = Math.min(chunk, x.rows - first)
      const binding = await x.place(first, rows, group)
      const floors = await floorsOf(gpu, weights, binding, rows, tiles, signal)
      await weights.eachEncoder(async (ranges) => {
        const features = ranges.reduce((sum, range) => sum + range.features, 0)
        const batch = batchRows(gpu, weights.params.dIn * features)
        for (let from = 0; from < rows; from += batch) {
          const todo = Array.from({ length: Math.min(batch, rows - from) }, (_, row) => from + row)
          const shifted: TakeLists = (lists, counts, some) =>
            take(
              lists,
              counts,
              some.map((row) => first + row),
            )
          await listBatch(
            gpu,
            { weights, ranges, x: binding, floors, features },
            tiles,
            todo,
            shifted,
            signal,
          )
        }
      }, signal)
    } finally {
      group.destroy()
    }
  }
}

interface BatchInput {
  weights: GpuWeights
  ranges: readonly EncoderRange[]
  features: number
  x: GPUBufferBinding
  /** Bits of what the values of each row must exceed, for TopK SAEs. */
  floors: Uint32Array | undefined
}

/** Lists of the rows `todo`; those that overflow run again with exactly the room they need. */
async function listBatch(
  { device }: Gpu,
  { weights, ranges, features, x, floors }: BatchInput,
  tiles: EncodeTiles,
  todo: number[],
  take: TakeLists,
  signal?: AbortSignal,
): Promise<void> {
  let capacity = Math.min(features, FIRST_CAPACITY)
  while (todo.length > 0) {
    const again: number[] = []
    let needed = 0
    const step = Math.max(1, Math.floor(Math.min(LIST_BYTES, weights.binding) / (8 * capacity)))
    for (let i = 0; i < todo.length; i += step) {
      signal?.throwIfAborted()
      const some = todo.slice(i, i + step)
      const rowOf = Uint32Array.from(some.flatMap((row) => [row, floors?.[row] ?? 0]))
      const group = new BufferGroup(device)
      try {
        const lists = await fillLists(device, weights, ranges, { x, rowOf }, capacity, tiles, group)
        const counts = await readCounts(device, lists)
        some.forEach((row, at) => {
          if (counts[at] <= capacity) return
          again.push(row)
          needed = Math.max(needed, counts[at])
        })
        await take(lists, counts, some)
      } finally {
        group.destroy()
      }
    }
    todo = again
    capacity = needed
  }
}

async function readCounts(device: GPUDevice, { counts, rows }: Lists): Promise<Uint32Array> {
  return new Uint32Array(await readBack(device, [{ buffer: counts, offset: 0, bytes: 4 * rows }]))
}

/** A TopK SAE's floors: the passes that fill the lists then find the k largest and few others. */
async function floorsOf(
  { device }: Gpu,
  weights: GpuWeights,
  x: GPUBufferBinding,
  rows: number,
  tiles: EncodeTiles,
  signal?: AbortSignal,
): Promise<Uint32Array | undefined> {
  const { activation } = weights.params
  if (activation.kind !== 'topk') return undefined
  return findFloors(device, weights, x, rows, activation.k, tiles, signal)
}

function batchRows({ software }: Gpu, maddsPerRow: number): number {
  const affordable = BATCH_MADDS[software ? 'software' : 'hardware'] / maddsPerRow
  return Math.min(MAX_BATCH_ROWS, wholeSteps(affordable))
}

function wholeSteps(rows: number): number {
  return Math.max(ROW_STEP, Math.floor(rows / ROW_STEP) * ROW_STEP)
}

/** Pieces of one row from ranges in ascending order. */
function inOnePiece(pieces: readonly RowPiece[]): RowPiece {
  if (pieces.length === 1) return pieces[0]
  const joined = joinRows(pieces, 0)
  return { indices: joined.indices, values: joined.values }
}
