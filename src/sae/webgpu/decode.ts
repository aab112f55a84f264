// Sparse decode on the GPU: batches of rows through decode.wgsl, once for every range of features.
import { BufferGroup, readBack } from '../../gpu/buffers.ts'
import { bindBuffers, computePipeline } from '../../gpu/pipelines.ts'
import { underScope } from '../../gpu/scope.ts'
import { uniformBytes } from '../../gpu/uniforms.ts'
import type { SparseRows } from '../../lib/sparse-rows.ts'
import type { PaddedInput } from './input.ts'
import { DECODE_PARAMS, decodeKernel, SKIP_PARAMS, skipKernel } from './kernels.ts'
import type { DecoderRange, GpuWeights } from './weights.ts'

/** Columns of 4 of the workgroups of decode.wgsl and skip.wgsl. */
const WORKGROUP = 64
const SKIP_ROWS = 4
const MAX_BATCH_ROWS = 1024
/** Numbers of y and entries of the lists on the GPU at a time. */
const BATCH_NUMBERS = 8 << 20

/** Reconstruction [rows, dOut] of checked sparse rows; `x` is what they were encoded from, for an affine skip. */
export async function decodeOnGpu(
  device: GPUDevice,
  weights: GpuWeights,
  sparse: SparseRows,
  x: PaddedInput | undefined,
  signal?: AbortSignal,
): Promise<Float32Array<ArrayBuffer>> {
  const { dOut } = weights.params
  const { dOut4, dIn4 } = weights
  const out = new Float32Array(sparse.rows * dOut)
  const numbers = Math.min(BATCH_NUMBERS, weights.binding / 4)
  const perRow = 4 * Math.max(dOut4, x ? dIn4 : 0)
  const maxRows = Math.max(1, Math.min(MAX_BATCH_ROWS, Math.floor(numbers / perRow)))
  for (let first = 0, rows = 0; first < sparse.rows; first += rows) {
    rows = batchRows(sparse.rowPtr, first, maxRows, numbers)
    signal?.throwIfAborted()
    const y = await decodeBatch(device, weights, slice(sparse, first, rows), x && { input: x, first }, signal)
    for (let row = 0; row < rows; row++) {
      out.set(y.subarray(4 * row * dOut4, 4 * row * dOut4 + dOut), (first + row) * dOut)
    }
  }
  return out
}

/** [rows, 4 · dOut4] */
async function decodeBatch(
  device: GPUDevice,
  weights: GpuWeights,
  sparse: SparseRows,
  skip: { input: PaddedInput; first: number } | undefined,
  signal?: AbortSignal,
): Promise<Float32Array<ArrayBuffer>> {
  const pipeline = await computePipeline(device, decodeKernel(weights.precision))
  const { dOut4 } = weights
  const { rows, rowPtr } = sparse
  const { features, indices: places } = weights.fetched
    ? distinct(sparse.indices)
    : { features: undefined, indices: sparse.indices.slice() }
  const group = new BufferGroup(device)
  try {
    const { STORAGE, COPY_SRC, UNIFORM } = GPUBufferUsage
    const { y, indices, values } = await underScope(device, 'Decoding', () => ({
      y: group.create('y', 16 * rows * dOut4, STORAGE | COPY_SRC),
      indices: group.upload('indices', places, STORAGE),
      values: group.upload('values', sparse.values.slice(), STORAGE),
    }))
    let started = false
    if (skip) {
      await addSkip(device, weights, await skip.input.place(skip.first, rows, group), rows, y, group)
      started = true
    }
    // Entries ascend, so those of one range of features lie together, behind those of the range before.
    const done = rowPtr.slice(0, rows)
    const add = (range: DecoderRange): Promise<void> => {
      const spans = takeSpans(places, rowPtr, done, range.first + range.features)
      return underScope(device, 'Decoding', () => {
        const params = { dOut4, firstFeature: range.first, start: started ? 0 : 1 }
        const resources: GPUBufferBinding[] = [
          { buffer: group.upload('decode params', uniformBytes(DECODE_PARAMS, params), UNIFORM) },
          { buffer: range.decoder },
          { buffer: weights.bDec },
          { buffer: group.upload('spans', spans, STORAGE) },
          { buffer: indices },
          { buffer: values },
          { buffer: y },
        ]
        const commands = device.createCommandEncoder({ label: 'decode' })
        const pass = commands.beginComputePass({ label: 'decode' })
        pass.setPipeline(pipeline)
        pass.setBindGroup(0, bindBuffers(device, pipeline, resources))
        pass.dispatchWorkgroups(Math.ceil(dOut4 / WORKGROUP), rows)
        pass.end()
        device.queue.submit([commands.finish()])
        started = true
      })
    }
    for await (const range of weights.decoders(features, signal)) await add(range)
    // With nothing active in any row no decoder row is fetched, and y is b_dec all the same.
    if (!started) await add({ first: 0, features: 0, decoder: weights.bDec })
    return new Float32Array(await readBack(device, [{ buffer: y, offset: 0, bytes: 16 * rows * dOut4 }]))
  } finally {
    group.destroy()
  }
}

/** y = b_dec + x · affine_skip_connection, over all ranges of its rows. */
async function addSkip(
  device: GPUDevice,
  weights: GpuWeights,
  x: GPUBufferBinding,
  rows: number,
  y: GPUBuffer,
  group: BufferGroup,
): Promise<void> {
  const pipeline = await computePipeline(device, skipKernel())
  const { dIn4, dOut4 } = weights
  await underScope(device, 'The affine skip', () => {
    const commands = device.createCommandEncoder({ label: 'skip' })
    const pass = commands.beginComputePass({ label: 'skip' })
    pass.setPipeline(pipeline)
    for (const { first4, rows4, skip } of weights.skip) {
      const params = { rows, dIn4, dOut4, first4, rows4 }
      const resources: GPUBufferBinding[] = [
        { buffer: group.upload('skip params', uniformBytes(SKIP_PARAMS, params), GPUBufferUsage.UNIFORM) },
        x,
        { buffer: skip },
        { buffer: weights.bDec },
        { buffer: y },
      ]
      pass.setBindGroup(0, bindBuffers(device, pipeline, resources))
      pass.dispatchWorkgroups(Math.ceil(dOut4 / WORKGROUP), Math.ceil(rows / SKIP_ROWS))
    }
    pass.end()
    device.queue.submit([commands.finish()])
  })
}

/** Rows from `first` on that together have at most `entries` entries; at least one. */
function batchRows(rowPtr: Uint32Array, first: number, maxRows: number, entries: number): number {
  const last = Math.min(first + maxRows, rowPtr.length - 1)
  let end = first + 1
  while (end < last && rowPtr[end + 1] - rowPtr[first] <= entries) end += 1
  return end - first
}

function slice({ width, rowPtr, indices, values }: SparseRows, first: number, rows: number): SparseRows {
  const [from, to] = [rowPtr[first], rowPtr[first + rows]]
  return {
    rows,
    width,
    rowPtr: rowPtr.slice(first, first + rows + 1).map((at) => at - from),
    indices: indices.slice(from, to),
    values: values.slice(from, to),
  }
}

/** The different features among `indices`, ascending, and where among them each index is. */
function distinct(indices: Uint32Array): { features: Uint32Array; indices: Uint32Array<ArrayBuffer> } {
  const features = Uint32Array.from(new Set(indices)).sort()
  const places = new Map(Array.from(features, (feature, place) => [feature, place]))
  return { features, indices: Uint32Array.from(indices, (index) => places.get(index) ?? 0) }
}

/** For each row, first and end of the entries from `done` on with indices below `end`; moves `done` there. */
function takeSpans(
  indices: Uint32Array,
  rowPtr: Uint32Array,
  done: Uint32Array,
  end: number,
): Uint32Array<ArrayBuffer> {
  const spans = new Uint32Array(2 * done.length)
  for (let row = 0; row < done.length; row++) {
    let at = done[row]
    while (at < rowPtr[row + 1] && indices[at] < end) at += 1
    spans[2 * row] = done[row]
    spans[2 * row + 1] = at
    done[row] = at
  }
  return spans
}
