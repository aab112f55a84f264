// Sparse decode on the GPU: batches of rows through decode.wgsl, once for every range of features.
import decodeShader from '../../../shaders/decode.wgsl?raw'
import { BufferGroup, readBack } from '../../gpu/buffers.ts'
import { computePipeline } from '../../gpu/pipelines.ts'
import { underScope } from '../../gpu/scope.ts'
import { uniformBytes, uniformStruct } from '../../gpu/uniforms.ts'
import type { SparseRows } from '../../lib/sparse-rows.ts'
import type { GpuWeights } from './weights.ts'

export const DECODE_PARAMS = uniformStruct(['dOut', 'firstFeature', 'start'])

/** Columns of the workgroup of decode.wgsl. */
const WORKGROUP = 128
const MAX_BATCH_ROWS = 1024
/** Numbers of y and entries of the lists on the GPU at a time. */
const BATCH_NUMBERS = 8 << 20

/** Reconstruction [rows, dOut] of checked sparse rows. */
export async function decodeOnGpu(
  device: GPUDevice,
  weights: GpuWeights,
  sparse: SparseRows,
  signal?: AbortSignal,
): Promise<Float32Array<ArrayBuffer>> {
  const { dOut } = weights.params
  const out = new Float32Array(sparse.rows * dOut)
  const maxRows = Math.max(1, Math.min(MAX_BATCH_ROWS, Math.floor(BATCH_NUMBERS / dOut)))
  let first = 0
  while (first < sparse.rows) {
    signal?.throwIfAborted()
    let end = first + 1
    while (
      end < sparse.rows &&
      end - first < maxRows &&
      sparse.rowPtr[end + 1] - sparse.rowPtr[first] <= BATCH_NUMBERS
    ) {
      end += 1
    }
    out.set(await decodeBatch(device, weights, sparse, first, end), first * dOut)
    first = end
  }
  return out
}

async function decodeBatch(
  device: GPUDevice,
  weights: GpuWeights,
  sparse: SparseRows,
  firstRow: number,
  endRow: number,
): Promise<Float32Array<ArrayBuffer>> {
  const pipeline = await computePipeline(device, { name: 'decode', code: decodeShader })
  const { dOut } = weights.params
  const rows = endRow - firstRow
  const group = new BufferGroup(device)
  try {
    const y = await underScope(device, 'Decoding', () => {
      const { STORAGE, COPY_SRC, UNIFORM } = GPUBufferUsage
      const [from, to] = [sparse.rowPtr[firstRow], sparse.rowPtr[endRow]]
      const indices = group.upload('indices', sparse.indices.slice(from, to), STORAGE)
      const values = group.upload('values', sparse.values.slice(from, to), STORAGE)
      const y = group.create('y', 4 * rows * dOut, STORAGE | COPY_SRC)
      const commands = device.createCommandEncoder({ label: 'decode' })
      const pass = commands.beginComputePass({ label: 'decode' })
      pass.setPipeline(pipeline)
      // Entries ascend, so those of one range of features lie together, behind those of the range before.
      const done = Uint32Array.from({ length: rows }, (_, row) => sparse.rowPtr[firstRow + row])
      for (const range of weights.ranges) {
        const start = range.first === 0
        const spans = takeSpans(sparse, firstRow, done, range.first + range.features)
        if (!spans.some((value, i) => i % 2 === 1 && value > spans[i - 1]) && !start) continue
        const params = { dOut, firstFeature: range.first, start: start ? 1 : 0 }
        const buffers = [
          group.upload('decode params', uniformBytes(DECODE_PARAMS, params), UNIFORM),
          range.decoder,
          weights.bDec,
          group.upload('spans', spans, STORAGE),
          indices,
          values,
          y,
        ]
        pass.setBindGroup(
          0,
          device.createBindGroup({
            layout: pipeline.getBindGroupLayout(0),
            entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
          }),
        )
        pass.dispatchWorkgroups(Math.ceil(dOut / WORKGROUP), rows)
      }
      pass.end()
      device.queue.submit([commands.finish()])
      return y
    })
    return new Float32Array(await readBack(device, [{ buffer: y, offset: 0, bytes: 4 * rows * dOut }]))
  } finally {
    group.destroy()
  }
}

/** For each row, first and end of the entries from `done` on with features below `end`; moves `done` there. */
function takeSpans(
  sparse: SparseRows,
  firstRow: number,
  done: Uint32Array,
  end: number,
): Uint32Array<ArrayBuffer> {
  const base = sparse.rowPtr[firstRow]
  const spans = new Uint32Array(2 * done.length)
  for (let row = 0; row < done.length; row++) {
    let at = done[row]
    const stop = sparse.rowPtr[firstRow + row + 1]
    while (at < stop && sparse.indices[at] < end) at += 1
    spans[2 * row] = done[row] - base
    spans[2 * row + 1] = at - base
    done[row] = at
  }
  return spans
}
