// Per-feature statistics gathered on the GPU from lists of active features; nothing dense, nothing read in between.
import statisticsShader from '../../../shaders/statistics.wgsl?raw'
import { BufferGroup, readBack } from '../../gpu/buffers.ts'
import { bindBuffers, computePipeline, type KernelSource } from '../../gpu/pipelines.ts'
import { underScope } from '../../gpu/scope.ts'
import { uniformBytes, uniformStruct } from '../../gpu/uniforms.ts'
import type { Lists } from './lists.ts'

export const STATISTICS_PARAMS = uniformStruct(['capacity'])

/** The sum counts in steps of 1 / STEPS, in 64 bits. */
const STEPS = 2 ** 24
const SUM_LIMIT = 2 ** 64 / STEPS

export interface FeatureTotals {
  /** Adds lists whose values are > 0, at most 65,535 rows; a row with more entries than its capacity adds nothing. */
  addLists(lists: Lists): Promise<void>
  /**
   * Totals so far, each [features]. `sum` is within count · 2^-25 of the exact sum whatever the order of the lists,
   * and NaN where count · max allows it to be beyond 2^40, which the totals do not hold.
   */
  read(): Promise<{ count: Uint32Array; max: Float32Array; sum: Float64Array }>
  destroy(): void
}

export function statisticsKernel(): KernelSource {
  return { name: 'addLists', code: statisticsShader }
}

/** Totals of no list yet, 16 bytes a feature on the GPU. */
export async function createTotals(device: GPUDevice, features: number): Promise<FeatureTotals> {
  const pipeline = await computePipeline(device, statisticsKernel())
  const group = new BufferGroup(device)
  const totals = await underScope(device, 'Statistics', () =>
    group.create('totals', 16 * features, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC),
  )
  return {
    addLists: async ({ rows, capacity, counts, entries }) => {
      if (rows === 0) return
      const passing = new BufferGroup(device)
      try {
        await underScope(device, 'Statistics', () => {
          const params = uniformBytes(STATISTICS_PARAMS, { capacity })
          const uniform = passing.upload('statistics params', params, GPUBufferUsage.UNIFORM)
          const bound = [uniform, counts, entries, totals].map((buffer) => ({ buffer }))
          const commands = device.createCommandEncoder({ label: 'statistics' })
          const pass = commands.beginComputePass({ label: 'statistics' })
          pass.setPipeline(pipeline)
          pass.setBindGroup(0, bindBuffers(device, pipeline, bound))
          pass.dispatchWorkgroups(rows)
          pass.end()
          device.queue.submit([commands.finish()])
        })
      } finally {
        passing.destroy()
      }
    },
    read: async () => unpack(await readBack(device, [{ buffer: totals, offset: 0, bytes: 16 * features }])),
    destroy: () => group.destroy(),
  }
}

function unpack(bytes: ArrayBuffer): { count: Uint32Array; max: Float32Array; sum: Float64Array } {
  const words = new Uint32Array(bytes)
  const floats = new Float32Array(bytes)
  const features = words.length / 4
  const count = new Uint32Array(features)
  const max = new Float32Array(features)
  const sum = new Float64Array(features)
  for (let f = 0; f < features; f++) {
    count[f] = words[4 * f]
    max[f] = floats[4 * f + 1]
    const held = count[f] * max[f] < SUM_LIMIT
    sum[f] = held ? (words[4 * f + 2] + words[4 * f + 3] * 2 ** 32) / STEPS : Number.NaN
  }
  return { count, max, sum }
}
