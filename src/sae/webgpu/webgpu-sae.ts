// The SAE on the GPU: weights in buffers, our own WGSL kernels, only active features read back.
import type { ArrayFile } from '../../formats/array.ts'
import { BufferGroup, readBack } from '../../gpu/buffers.ts'
import type { Gpu } from '../../gpu/device.ts'
import { underScope } from '../../gpu/scope.ts'
import type { Activations } from '../../lib/activations.ts'
import { expectFeature, expectFiniteRows, expectLength, expectSparse, expectWidth } from '../checks.ts'
import type { Sae } from '../sae.ts'
import type { ReadOptions } from '../weights.ts'
import { decodeOnGpu } from './decode.ts'
import { encodeOnGpu, type PaddedInput } from './encode.ts'
import { expectFiniteOnGpu } from './finite.ts'
import { type GpuWeights, uploadWeights } from './weights.ts'

/** Opens an SAE on `gpu`; activations on the GPU must be on the same device. */
export async function openWebgpuSae(
  file: ArrayFile,
  name: string,
  gpu: Gpu,
  options: ReadOptions & { maxBindingBytes?: number },
): Promise<Sae> {
  const { device } = gpu
  const weights = await uploadWeights(file, name, gpu, options)
  const { params } = weights
  const { dIn, dSae, dOut } = params

  return {
    ...params,
    kind: 'webgpu',
    encode: async (x, signal) => {
      expectWidth(x.width, params)
      const scratch = new BufferGroup(device)
      try {
        const input = await placeInput(device, weights, x, scratch)
        return await encodeOnGpu(gpu, weights, input, signal)
      } finally {
        scratch.destroy()
      }
    },
    decode: async (sparse, signal) => {
      expectSparse(sparse, dSae)
      return decodeOnGpu(device, weights, sparse, signal)
    },
    encoderColumn: async (f) => {
      expectFeature(f, dSae)
      const { encoder, features4, first } = rangeOf(weights, f)
      const pieces = Array.from({ length: dIn }, (_, k) => {
        return { buffer: encoder, offset: 16 * k * features4 + 4 * (f - first), bytes: 4 }
      })
      return new Float32Array(await readBack(device, pieces))
    },
    decoderRow: async (f) => {
      expectFeature(f, dSae)
      const { decoder, first } = rangeOf(weights, f)
      const piece = { buffer: decoder, offset: 4 * (f - first) * dOut, bytes: 4 * dOut }
      return new Float32Array(await readBack(device, [piece]))
    },
    dispose: () => weights.destroy(),
  }
}

function rangeOf(weights: GpuWeights, f: number): GpuWeights['ranges'][number] {
  const range = weights.ranges.findLast(({ first }) => first <= f)
  if (!range) throw new RangeError(`No range of features holds ${f}.`)
  return range
}

/** Checked activations with rows padded to whole vec4s: the caller's own buffer where it is so already. */
async function placeInput(
  device: GPUDevice,
  weights: GpuWeights,
  x: Activations,
  scratch: BufferGroup,
): Promise<PaddedInput> {
  const stride = 4 * weights.dIn4
  const { rows, width } = x
  if (x.location === 'gpu') await expectFiniteOnGpu(device, x)
  else {
    expectLength(x.data, rows, width)
    expectFiniteRows(x.data, rows, width)
  }
  if (x.location === 'gpu' && width === stride) return { buffer: x.buffer, rows }
  return underScope(device, 'Placing activations', () => {
    const { STORAGE, COPY_DST } = GPUBufferUsage
    if (x.location === 'cpu') {
      const padded = new Float32Array(rows * stride)
      for (let row = 0; row < rows; row++) {
        padded.set(x.data.subarray(row * width, (row + 1) * width), row * stride)
      }
      return { buffer: scratch.upload('x', padded, STORAGE), rows }
    }
    const buffer = scratch.create('x', 4 * rows * stride, STORAGE | COPY_DST)
    const commands = device.createCommandEncoder({ label: 'pad rows' })
    for (let row = 0; row < rows; row++) {
      commands.copyBufferToBuffer(x.buffer, 4 * row * width, buffer, 4 * row * stride, 4 * width)
    }
    device.queue.submit([commands.finish()])
    return { buffer, rows }
  })
}
