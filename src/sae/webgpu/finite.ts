// Looks for NaN and infinity in activations that are on the GPU, without reading them back.
import finiteShader from '../../../shaders/finite.wgsl?raw'
import { BufferGroup, readBack } from '../../gpu/buffers.ts'
import { bindBuffers, computePipeline, type KernelSource } from '../../gpu/pipelines.ts'
import { underScope } from '../../gpu/scope.ts'
import { uniformBytes, uniformStruct } from '../../gpu/uniforms.ts'
import type { GpuActivations } from '../../lib/activations.ts'
import { nonFinite } from '../checks.ts'

export const FINITE_PARAMS = uniformStruct(['length', 'stride'])

/** What the shader leaves when every number is finite. */
const NONE = 0xffffffff

export function finiteKernel(): KernelSource {
  return { name: 'finite', code: finiteShader }
}

/** UserError naming the first token of x that holds NaN or infinity. */
export async function expectFiniteOnGpu(device: GPUDevice, x: GpuActivations): Promise<void> {
  const length = x.rows * x.width
  if (length === 0) return
  const pipeline = await computePipeline(device, finiteKernel())
  const group = new BufferGroup(device)
  try {
    const first = await underScope(device, 'Checking activations', () => {
      const { STORAGE, COPY_SRC, UNIFORM } = GPUBufferUsage
      const workgroups = Math.min(256, Math.ceil(length / 64))
      const params = uniformBytes(FINITE_PARAMS, { length, stride: 64 * workgroups })
      const first = group.upload('first', Uint32Array.of(NONE), STORAGE | COPY_SRC)
      const resources: GPUBufferBinding[] = [
        { buffer: group.upload('finite params', params, UNIFORM) },
        { buffer: x.buffer, size: 4 * length },
        { buffer: first },
      ]
      const commands = device.createCommandEncoder({ label: 'finite' })
      const pass = commands.beginComputePass({ label: 'finite' })
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, bindBuffers(device, pipeline, resources))
      pass.dispatchWorkgroups(workgroups)
      pass.end()
      device.queue.submit([commands.finish()])
      return first
    })
    const [at] = new Uint32Array(await readBack(device, [{ buffer: first, offset: 0, bytes: 4 }]))
    if (at !== NONE) throw nonFinite(Math.floor(at / x.width), `NaN or infinity at position ${at % x.width}`)
  } finally {
    group.destroy()
  }
}
