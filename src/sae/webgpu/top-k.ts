// The k largest of each list of active features, found on the GPU: no more than those is read back.
import topKShader from '../../../shaders/top-k.wgsl?raw'
import listsShader from '../../../shaders/top-k-lists.wgsl?raw'
import scoresShader from '../../../shaders/top-k-scores.wgsl?raw'
import type { BufferGroup } from '../../gpu/buffers.ts'
import { bindBuffers, computePipeline, type KernelSource } from '../../gpu/pipelines.ts'
import { underScope } from '../../gpu/scope.ts'
import { uniformBytes, uniformStruct } from '../../gpu/uniforms.ts'
import type { Lists } from './lists.ts'

export const TOP_K_LISTS_PARAMS = uniformStruct(['k', 'capacity'])
export const TOP_K_SCORES_PARAMS = uniformStruct(['k', 'segment', 'length', 'first', 'leftOut'])

/** top-k.wgsl over lists. */
export function topKListsKernel(): KernelSource {
  return { name: 'topK', code: listsShader + topKShader }
}

/** top-k.wgsl over segments of scores. */
export function topKScoresKernel(): KernelSource {
  return { name: 'topK', code: scoresShader + topKShader }
}

/**
 * The k largest of each list, (value desc, feature asc), as lists of capacity k in buffers of `group`. Of a list with
 * more entries than its capacity only those that were written count: the caller leaves such rows out. At most 65,535 rows.
 */
export async function topKOfLists(
  device: GPUDevice,
  lists: Lists,
  k: number,
  group: BufferGroup,
): Promise<Lists> {
  const { rows, capacity, counts, entries } = lists
  const pipeline = await computePipeline(device, topKListsKernel())
  return underScope(device, 'Choosing the k largest', () => {
    const best = emptyLists(rows, k, group)
    const params = group.upload(
      'top-k params',
      uniformBytes(TOP_K_LISTS_PARAMS, { k, capacity }),
      GPUBufferUsage.UNIFORM,
    )
    const commands = device.createCommandEncoder({ label: 'top-k' })
    addTopKPass(device, commands, pipeline, params, best, [counts, entries], group)
    device.queue.submit([commands.finish()])
    return best
  })
}

/** Room for the results of `addTopKPass`. */
export function emptyLists(rows: number, k: number, group: BufferGroup): Lists {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
  return {
    rows,
    capacity: k,
    counts: group.create('best counts', 4 * rows, usage),
    entries: group.create('best', 8 * rows * k, usage),
  }
}

/** One dispatch of top-k.wgsl into `best`; `source` is what the kernel binds from 4 on. */
export function addTopKPass(
  device: GPUDevice,
  commands: GPUCommandEncoder,
  pipeline: GPUComputePipeline,
  params: GPUBuffer,
  best: Lists,
  source: readonly GPUBuffer[],
  group: BufferGroup,
): void {
  const { rows, capacity: k } = best
  if (rows === 0) return
  const chosen = group.create('chosen', 8 * rows * k, GPUBufferUsage.STORAGE)
  const buffers = [params, chosen, best.entries, best.counts, ...source]
  const pass = commands.beginComputePass({ label: 'top-k' })
  pass.setPipeline(pipeline)
  const bound = buffers.map((buffer) => ({ buffer }))
  pass.setBindGroup(0, bindBuffers(device, pipeline, bound))
  pass.dispatchWorkgroups(rows)
  pass.end()
}
