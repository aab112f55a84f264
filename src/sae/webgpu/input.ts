// Activations on their way to the encoder: checked, with rows of whole fours, where a shader can bind them.
import type { BufferGroup } from '../../gpu/buffers.ts'
import { underScope } from '../../gpu/scope.ts'
import type { Activations } from '../../lib/activations.ts'
import { expectFiniteRows, expectLength, expectWidth } from '../checks.ts'
import { expectFiniteOnGpu } from './finite.ts'
import type { GpuWeights } from './weights.ts'

/** [rows, 4 · dIn4] float32 in storage buffers, a part at a time. */
export interface PaddedInput {
  rows: number
  /** Rows `first` .. `first + count - 1`; a buffer made for them belongs to `group`. */
  place(first: number, count: number, group: BufferGroup): Promise<GPUBufferBinding>
}

/** Storage bindings start at multiples of this. */
const ALIGNMENT = 256

/** UserError for another width, and for NaN or infinity, naming the token. */
export async function checkedInput(
  device: GPUDevice,
  { params, dIn4 }: Pick<GpuWeights, 'params' | 'dIn4'>,
  x: Activations,
): Promise<PaddedInput> {
  const stride = 4 * dIn4
  const { rows, width } = x
  expectWidth(width, params)
  if (x.location === 'cpu') {
    expectLength(x.data, rows, width)
    expectFiniteRows(x.data, rows, width)
    return {
      rows,
      place: (first, count, group) =>
        underScope(device, 'Placing activations', () => {
          const padded = new Float32Array(count * stride)
          for (let row = 0; row < count; row++) {
            const at = (first + row) * width
            padded.set(x.data.subarray(at, at + width), row * stride)
          }
          return { buffer: group.upload('x', padded, GPUBufferUsage.STORAGE) }
        }),
    }
  }
  await expectFiniteOnGpu(device, x)
  return {
    rows,
    place: async (first, count, group) => {
      const offset = 4 * first * width
      // The caller's own buffer where it is as the shader wants it.
      if (width === stride && offset % ALIGNMENT === 0) {
        return { buffer: x.buffer, offset, size: 4 * count * stride }
      }
      return underScope(device, 'Placing activations', () => {
        const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST
        const buffer = group.create('x', 4 * count * stride, usage)
        const commands = device.createCommandEncoder({ label: 'pad rows' })
        for (let row = 0; row < count; row++) {
          commands.copyBufferToBuffer(x.buffer, offset + 4 * row * width, buffer, 4 * row * stride, 4 * width)
        }
        device.queue.submit([commands.finish()])
        return { buffer }
      })
    },
  }
}
