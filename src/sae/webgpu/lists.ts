// One run of the fused encode kernel: tokens × the ranges at hand → lists of active features on the GPU.
import { BufferGroup, type BufferPiece, readBack } from '../../gpu/buffers.ts'
import { bindBuffers, computePipeline } from '../../gpu/pipelines.ts'
import { underScope } from '../../gpu/scope.ts'
import { uniformBytes } from '../../gpu/uniforms.ts'
import type { RowPiece } from '../join-rows.ts'
import { ENCODE_PARAMS, type EncodeTiles, encodeKernel, FLOOR_PARAMS, floorKernel } from './kernels.ts'
import type { EncoderRange, GpuWeights } from './weights.ts'

/** Active features of some tokens, on the GPU; a row with more than `capacity` is not whole. */
export interface Lists {
  rows: number
  capacity: number
  /** [rows] u32 */
  counts: GPUBuffer
  /** [rows, capacity] vec2u: bits of the value, feature; unordered */
  entries: GPUBuffer
}

/** What the kernel works on: x [*, 4 · dIn4] and which of its rows, with the bits of what values must exceed. */
export interface EncodeInput {
  x: GPUBufferBinding
  /** [rows, 2]: row of x, bits of the floor */
  rowOf: Uint32Array<ArrayBuffer>
}

/** Bins of the histogram of encode.wgsl. */
const BINS = 2048
/** Offsets of uniform bindings are multiples of 256. */
const UNIFORM_STEP = 256

/** Runs the kernel into lists that belong to `group`. */
export async function fillLists(
  device: GPUDevice,
  weights: GpuWeights,
  ranges: readonly EncoderRange[],
  input: EncodeInput,
  capacity: number,
  tiles: EncodeTiles,
  group: BufferGroup,
): Promise<Lists> {
  const rows = input.rowOf.length / 2
  const kernel = encodeKernel(rows, tiles, weights.precision)
  const pipeline = await computePipeline(device, kernel.source)
  return underScope(device, 'Encoding', () => {
    const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage
    const counts = group.create('counts', 4 * rows, STORAGE | COPY_SRC | COPY_DST)
    const entries = group.create('entries', 8 * rows * capacity, STORAGE | COPY_SRC)
    const rowOf = group.upload('rowOf', input.rowOf, STORAGE)
    const commands = device.createCommandEncoder({ label: 'encode' })
    const dispatch = { kernel, pipeline, ranges, capacity, counts, entries, rowOf, rows }
    encodePass(device, commands, weights, input.x, dispatch, group)
    device.queue.submit([commands.finish()])
    return { rows, capacity, counts, entries }
  })
}

/**
 * For each row the bits of the float that its k largest positive pre-activations over all of the SAE's features
 * exceed, and few others. `visitAll` gives the ranges in turn.
 */
export async function findFloors(
  device: GPUDevice,
  weights: GpuWeights,
  x: GPUBufferBinding,
  rows: number,
  k: number,
  tiles: EncodeTiles,
  signal?: AbortSignal,
): Promise<Uint32Array> {
  const kernel = encodeKernel(rows, tiles, weights.precision, true)
  const pipeline = await computePipeline(device, kernel.source)
  const floors = await computePipeline(device, floorKernel())
  const { STORAGE, COPY_SRC, UNIFORM } = GPUBufferUsage
  const group = new BufferGroup(device)
  try {
    const { histogram, rowOf, unused } = await underScope(device, 'Finding the k largest', () => ({
      histogram: group.create('histogram', 4 * BINS * rows, STORAGE),
      rowOf: group.upload(
        'rowOf',
        Uint32Array.from({ length: 2 * rows }, (_, i) => (i % 2 ? 0 : i / 2)),
        STORAGE | COPY_SRC,
      ),
      unused: group.create('no entries', 8, STORAGE),
    }))
    await weights.eachEncoder(async (ranges) => {
      const scratch = new BufferGroup(device)
      try {
        await underScope(device, 'Finding the k largest', () => {
          const commands = device.createCommandEncoder({ label: 'histogram' })
          const dispatch = {
            kernel,
            pipeline,
            ranges,
            capacity: 0,
            counts: histogram,
            entries: unused,
            rowOf,
            rows,
          }
          encodePass(device, commands, weights, x, dispatch, scratch)
          device.queue.submit([commands.finish()])
        })
        // The ranges are only lent.
        if (weights.placement.streamed.length > 0) await device.queue.onSubmittedWorkDone()
      } finally {
        scratch.destroy()
      }
    }, signal)
    await underScope(device, 'Finding the k largest', () => {
      const commands = device.createCommandEncoder({ label: 'floors' })
      const pass = commands.beginComputePass({ label: 'floors' })
      pass.setPipeline(floors)
      const params = group.upload('floor params', uniformBytes(FLOOR_PARAMS, { rows, k }), UNIFORM)
      const resources: GPUBufferBinding[] = [{ buffer: params }, { buffer: histogram }, { buffer: rowOf }]
      pass.setBindGroup(0, bindBuffers(device, floors, resources))
      pass.dispatchWorkgroups(Math.ceil(rows / 64))
      pass.end()
      device.queue.submit([commands.finish()])
    })
    const pairs = new Uint32Array(await readBack(device, [{ buffer: rowOf, offset: 0, bytes: 8 * rows }]))
    return Uint32Array.from({ length: rows }, (_, row) => pairs[2 * row + 1])
  } finally {
    group.destroy()
  }
}

/** Reads lists back: for rows with at most `capacity` entries their features in order, for the others undefined. */
export async function readLists(
  device: GPUDevice,
  { entries, capacity }: Lists,
  counts: Uint32Array,
): Promise<(RowPiece | undefined)[]> {
  const pieces = Array.from(counts, (count, row): BufferPiece => {
    return { buffer: entries, offset: 8 * row * capacity, bytes: count <= capacity ? 8 * count : 0 }
  })
  const bytes = await readBack(device, pieces)
  let at = 0
  return Array.from(counts, (count) => {
    if (count > capacity) return undefined
    const piece = inOrder(bytes, at, count)
    at += 8 * count
    return piece
  })
}

interface EncodeDispatch {
  kernel: { rows: number; columns: number }
  pipeline: GPUComputePipeline
  ranges: readonly EncoderRange[]
  capacity: number
  counts: GPUBuffer
  entries: GPUBuffer
  rowOf: GPUBuffer
  rows: number
}

function encodePass(
  device: GPUDevice,
  commands: GPUCommandEncoder,
  { dIn4 }: GpuWeights,
  x: GPUBufferBinding,
  { kernel, pipeline, ranges, capacity, counts, entries, rowOf, rows }: EncodeDispatch,
  group: BufferGroup,
): void {
  const uniforms = new Uint32Array((ranges.length * UNIFORM_STEP) / 4)
  ranges.forEach(({ first, features, features4 }, i) => {
    const params = { rows, dIn4, features4, features, firstFeature: first, capacity }
    uniforms.set(uniformBytes(ENCODE_PARAMS, params), (i * UNIFORM_STEP) / 4)
  })
  const uniformBuffer = group.upload('encode params', uniforms, GPUBufferUsage.UNIFORM)
  const pass = commands.beginComputePass({ label: 'encode' })
  pass.setPipeline(pipeline)
  ranges.forEach((range, i) => {
    const resources: GPUBufferBinding[] = [
      { buffer: uniformBuffer, offset: i * UNIFORM_STEP, size: ENCODE_PARAMS.bytes },
      x,
      { buffer: rowOf },
      { buffer: range.encoder },
      { buffer: range.gate },
      { buffer: counts },
      { buffer: entries },
    ]
    pass.setBindGroup(0, bindBuffers(device, pipeline, resources))
    pass.dispatchWorkgroups(Math.ceil(range.features4 / kernel.columns), Math.ceil(rows / kernel.rows))
  })
  pass.end()
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
