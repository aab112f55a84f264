// An SAE's weights on the GPU, cut in ranges of features so that no buffer exceeds what a shader may bind.
import type { ArrayFile } from '../../formats/array.ts'
import { BufferGroup } from '../../gpu/buffers.ts'
import type { Gpu } from '../../gpu/device.ts'
import { underScope } from '../../gpu/scope.ts'
import { type ReadOptions, readSae, readSaeShape, type SaeParams, type SaeShape } from '../weights.ts'

/** Features first .. first + features - 1 and their weights. Shapes as in encode.wgsl and decode.wgsl. */
interface WeightRange {
  first: number
  features: number
  /** features / 4, rounded up: row length of `encoder` in vec4f */
  features4: number
  /** [4 · dIn4, features4] vec4f */
  encoder: GPUBuffer
  /** [2, features4] vec4f: b_enc, threshold */
  gate: GPUBuffer
  /** [features, dOut] f32 */
  decoder: GPUBuffer
}

export interface GpuWeights {
  params: SaeParams
  /** dIn / 4, rounded up */
  dIn4: number
  /** [dOut] f32 */
  bDec: GPUBuffer
  /** In order of `first`, without gaps. */
  ranges: WeightRange[]
  destroy(): void
}

/** Bytes handed to the queue before waiting for it: bounds the staging memory the browser keeps. */
const UPLOAD_WINDOW = 64 << 20

/** Streams an SAE to the GPU. UserError when it does not fit, or when the file holds no sound SAE. */
export async function uploadWeights(
  file: ArrayFile,
  name: string,
  { device }: Gpu,
  options: ReadOptions & { maxBindingBytes?: number },
): Promise<GpuWeights> {
  const shape = readSaeShape(file, name)
  const { dIn, dSae, dOut } = shape
  const { maxBufferSize, maxStorageBufferBindingSize } = device.limits
  const limit = Math.min(maxBufferSize, maxStorageBufferBindingSize, options.maxBindingBytes ?? Infinity)
  const dIn4 = Math.ceil(dIn / 4)
  // Not a constant of the module: browsers without WebGPU load it too, and lack GPUBufferUsage.
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC
  const group = new BufferGroup(device)
  try {
    const { bDec, ranges } = await underScope(device, `Placing ${name}`, () => ({
      bDec: group.create('b_dec', 4 * dOut, usage),
      ranges: cutRanges(shape, limit).map(({ first, features }): WeightRange => {
        const features4 = Math.ceil(features / 4)
        return {
          first,
          features,
          features4,
          encoder: group.create(`W_enc from ${first}`, 64 * dIn4 * features4, usage),
          gate: group.create(`gate from ${first}`, 32 * features4, usage),
          decoder: group.create(`W_dec from ${first}`, 4 * features * dOut, usage),
        }
      }),
    }))
    const write = boundedWrites(device)
    const params = await readSae(
      file,
      name,
      {
        encoderRows: async (block, first, rows) => {
          for (const range of ranges) {
            const columns =
              range.features === dSae && dSae % 4 === 0 ? block : packColumns(block, rows, dSae, range)
            await write(range.encoder, 16 * first * range.features4, columns)
          }
        },
        decoderRows: async (block, first, rows) => {
          for (const range of ranges) {
            const from = Math.max(first, range.first)
            const to = Math.min(first + rows, range.first + range.features)
            if (from >= to) continue
            const part = block.subarray((from - first) * dOut, (to - first) * dOut)
            await write(range.decoder, 4 * (from - range.first) * dOut, part)
          }
        },
      },
      options,
    )
    await write(bDec, 0, params.bDec)
    for (const range of ranges) {
      const gate = new Float32Array(8 * range.features4)
      gate.set(params.bEnc.subarray(range.first, range.first + range.features))
      gate.set(params.threshold.subarray(range.first, range.first + range.features), 4 * range.features4)
      await write(range.gate, 0, gate)
    }
    return { params, dIn4, bDec, ranges, destroy: () => group.destroy() }
  } catch (error) {
    group.destroy()
    throw error
  }
}

/** Ranges of features whose two matrices each fit `limit` bytes; never fewer than 4 features in one. */
function cutRanges({ dIn, dSae, dOut }: SaeShape, limit: number): { first: number; features: number }[] {
  const perFeature = 4 * Math.max(Math.ceil(dIn / 4) * 4, dOut)
  const width = Math.max(4, Math.floor(limit / perFeature / 4) * 4)
  const ranges = []
  for (let first = 0; first < dSae; first += width) {
    ranges.push({ first, features: Math.min(width, dSae - first) })
  }
  return ranges
}

/** The range's columns of `rows` rows of W_enc, each row padded with zeros to features4 · 4. */
function packColumns(
  block: Float32Array,
  rows: number,
  dSae: number,
  { first, features, features4 }: WeightRange,
): Float32Array<ArrayBuffer> {
  const packed = new Float32Array(rows * features4 * 4)
  for (let row = 0; row < rows; row++) {
    const start = row * dSae + first
    packed.set(block.subarray(start, start + features), row * features4 * 4)
  }
  return packed
}

function boundedWrites(
  device: GPUDevice,
): (buffer: GPUBuffer, offset: number, data: Float32Array<ArrayBuffer>) => Promise<void> {
  let pending = 0
  return async (buffer, offset, data) => {
    device.queue.writeBuffer(buffer, offset, data)
    pending += data.byteLength
    if (pending < UPLOAD_WINDOW) return
    await device.queue.onSubmittedWorkDone()
    pending = 0
  }
}
