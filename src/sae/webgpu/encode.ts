// Encode on the GPU: batches of tokens through encode.wgsl, lists read back, rows put in order.
import encodeShader from '../../../shaders/encode.wgsl?raw'
import { BufferGroup, type BufferPiece, readBack } from '../../gpu/buffers.ts'
import type { Gpu } from '../../gpu/device.ts'
import { computePipeline } from '../../gpu/pipelines.ts'
import { underScope } from '../../gpu/scope.ts'
import { uniformBytes, uniformStruct } from '../../gpu/uniforms.ts'
import type { SparseRows } from '../../lib/sparse-rows.ts'
import { joinRows, type RowPiece } from '../join-rows.ts'
import type { GpuWeights } from './weights.ts'

export const ENCODE_PARAMS = uniformStruct([
  'rows',
  'dIn4',
  'features4',
  'features',
  'firstFeature',
  'capacity',
])

/** Room in each token's list at first; Gemma Scope SAEs have 10 to 200 active features a token, <bos> more. */
const FIRST_CAPACITY = 1024
/** Bytes of lists on the GPU at a time. */
const LIST_BYTES = 64 << 20
/** Rows in a batch are a multiple of this, so that each batch starts at a 256-byte offset. */
const ROW_STEP = 64
const MAX_BATCH_ROWS = 1024
/** Multiply-adds in a batch. Browsers stop a GPU that is silent for seconds; Cancel is heard between batches. */
const BATCH_MADDS = { hardware: 100e9, software: 5e9 }
/** The workgroup of encode.wgsl, in vec4 columns. */
const WORKGROUP = 64
/** Offsets of uniform bindings are multiples of 256. */
const UNIFORM_STEP = 256

/** x [rows, 4 · dIn4] float32 at the start of a storage buffer. */
export interface PaddedInput {
  buffer: GPUBuffer
  rows: number
}

/** Active features of x. Deterministic: each value is one fixed sum, and rows are sorted by feature. */
export async function encodeOnGpu(
  gpu: Gpu,
  weights: GpuWeights,
  x: PaddedInput,
  signal?: AbortSignal,
): Promise<SparseRows> {
  const { dIn, dSae } = weights.params
  const affordable = BATCH_MADDS[gpu.software ? 'software' : 'hardware'] / (dIn * dSae)
  const batch = Math.min(MAX_BATCH_ROWS, Math.max(ROW_STEP, Math.floor(affordable / ROW_STEP) * ROW_STEP))
  const pieces: RowPiece[] = []
  for (let first = 0; first < x.rows; first += batch) {
    const rows = Math.min(batch, x.rows - first)
    const stride = 16 * weights.dIn4
    const input = { buffer: x.buffer, offset: first * stride, size: rows * stride }
    for (const piece of await encodeBatch(gpu, weights, input, rows, signal)) pieces.push(piece)
  }
  return joinRows(pieces, dSae)
}

async function encodeBatch(
  gpu: Gpu,
  weights: GpuWeights,
  input: GPUBufferBinding,
  rows: number,
  signal?: AbortSignal,
): Promise<RowPiece[]> {
  const found: RowPiece[] = new Array(rows)
  const { dSae } = weights.params
  let todo = Array.from({ length: rows }, (_, row) => row)
  let capacity = Math.min(dSae, FIRST_CAPACITY)
  while (todo.length > 0) {
    const again: number[] = []
    let needed = 0
    const step = Math.max(1, Math.floor(LIST_BYTES / (8 * capacity)))
    for (let i = 0; i < todo.length; i += step) {
      signal?.throwIfAborted()
      const some = Uint32Array.from(todo.slice(i, i + step))
      const lists = await fillLists(gpu.device, weights, input, some, capacity)
      some.forEach((row, at) => {
        const list = lists[at]
        if (typeof list === 'number') {
          again.push(row)
          needed = Math.max(needed, list)
        } else found[row] = list
      })
    }
    todo = again
    capacity = needed
  }
  return found
}

/** Active features of the rows `rowOf` of the input; for a row with more than `capacity`, how many there are. */
async function fillLists(
  device: GPUDevice,
  weights: GpuWeights,
  input: GPUBufferBinding,
  rowOf: Uint32Array<ArrayBuffer>,
  capacity: number,
): Promise<(RowPiece | number)[]> {
  const rows = rowOf.length
  const tokens = rows === 1 ? 1 : rows <= 4 ? 4 : 16
  const pipeline = await computePipeline(device, {
    name: 'encode',
    code: encodeShader,
    constants: { TOKENS: tokens },
  })
  const group = new BufferGroup(device)
  try {
    const { counts, entries } = await underScope(device, 'Encoding', () => {
      const { STORAGE, COPY_SRC, UNIFORM } = GPUBufferUsage
      const counts = group.create('counts', 4 * rows, STORAGE | COPY_SRC)
      const entries = group.create('entries', 8 * rows * capacity, STORAGE | COPY_SRC)
      const rowBuffer = group.upload('rowOf', rowOf, STORAGE)
      const uniforms = new Uint32Array((weights.ranges.length * UNIFORM_STEP) / 4)
      weights.ranges.forEach(({ first, features, features4 }, i) => {
        const params = { rows, dIn4: weights.dIn4, features4, features, firstFeature: first, capacity }
        uniforms.set(uniformBytes(ENCODE_PARAMS, params), (i * UNIFORM_STEP) / 4)
      })
      const uniformBuffer = group.upload('encode params', uniforms, UNIFORM)
      const commands = device.createCommandEncoder({ label: 'encode' })
      const pass = commands.beginComputePass({ label: 'encode' })
      pass.setPipeline(pipeline)
      weights.ranges.forEach((range, i) => {
        const resources: GPUBufferBinding[] = [
          { buffer: uniformBuffer, offset: i * UNIFORM_STEP, size: ENCODE_PARAMS.bytes },
          input,
          { buffer: rowBuffer },
          { buffer: range.encoder },
          { buffer: range.gate },
          { buffer: counts },
          { buffer: entries },
        ]
        pass.setBindGroup(
          0,
          device.createBindGroup({
            layout: pipeline.getBindGroupLayout(0),
            entries: resources.map((resource, binding) => ({ binding, resource })),
          }),
        )
        pass.dispatchWorkgroups(Math.ceil(range.features4 / WORKGROUP), Math.ceil(rows / tokens))
      })
      pass.end()
      device.queue.submit([commands.finish()])
      return { counts, entries }
    })
    const used = new Uint32Array(await readBack(device, [{ buffer: counts, offset: 0, bytes: 4 * rows }]))
    const lists = Array.from(used, (count, row): BufferPiece => {
      return { buffer: entries, offset: 8 * row * capacity, bytes: count <= capacity ? 8 * count : 0 }
    })
    const bytes = await readBack(device, lists)
    let at = 0
    return Array.from(used, (count) => {
      if (count > capacity) return count
      const piece = inOrder(bytes, at, count)
      at += 8 * count
      return piece
    })
  } finally {
    group.destroy()
  }
}

/** Sorts `count` (value, feature) pairs by feature: as 64-bit little-endian numbers the feature is on top. */
function inOrder(bytes: ArrayBuffer, offset: number, count: number): RowPiece {
  new BigUint64Array(bytes, offset, count).sort()
  const words = new Uint32Array(bytes, offset, 2 * count)
  const floats = new Float32Array(bytes, offset, 2 * count)
  const indices = new Uint32Array(count)
  const values = new Float32Array(count)
  for (let i = 0; i < count; i++) {
    values[i] = floats[2 * i]
    indices[i] = words[2 * i + 1]
  }
  return { indices, values }
}
