// The SAE on the GPU: weights in buffers, our own WGSL kernels, only active features read back.
import type { ArrayFile } from '../../formats/array.ts'
import type { Gpu } from '../../gpu/device.ts'
import { expectFeature, expectSkipInput, expectSparse } from '../checks.ts'
import { statisticsOfRows } from '../feature-statistics.ts'
import type { FeatureStatistics, Sae } from '../sae.ts'
import { decoderRowOf, encoderColumnOf } from './columns.ts'
import { decodeOnGpu } from './decode.ts'
import { eachList, encodeOnGpu } from './encode.ts'
import { checkedInput } from './input.ts'
import type { EncodeTiles } from './kernels.ts'
import { similarOnGpu } from './similar.ts'
import { createTotals } from './statistics.ts'
import { defaultTiles } from './tuning.ts'
import { type GpuWeights, type GpuWeightsOptions, uploadWeights } from './weights.ts'

export interface WebgpuSaeOptions extends GpuWeightsOptions {
  /** What the adapter is quickest with; a sound default otherwise. */
  tiles?: EncodeTiles
}

/** Opens an SAE on `gpu`; activations on the GPU must be on the same device. */
export async function openWebgpuSae(
  file: ArrayFile,
  name: string,
  gpu: Gpu,
  options: WebgpuSaeOptions,
): Promise<Sae> {
  const { device } = gpu
  const weights = await uploadWeights(file, name, gpu, options)
  const { params, precision } = weights
  const { dSae } = params
  const tiles = options.tiles ?? defaultTiles(gpu)
  const encode: Sae['encode'] = async (x, signal) =>
    encodeOnGpu(gpu, weights, await checkedInput(device, weights, x), tiles, signal)

  return {
    ...params,
    kind: 'webgpu',
    precision,
    memory: { bytes: weights.placement.bytes, streamedRanges: weights.placement.streamed.length },
    encode,
    decode: async (sparse, { x, signal } = {}) => {
      expectSparse(sparse, dSae)
      const input = params.hasSkip
        ? await checkedInput(device, weights, expectSkipInput(x, sparse))
        : undefined
      return decodeOnGpu(device, weights, sparse, input, signal)
    },
    encoderColumn: async (f) => {
      expectFeature(f, dSae)
      return encoderColumnOf(device, weights, file, name, f)
    },
    decoderRow: async (f) => {
      expectFeature(f, dSae)
      return decoderRowOf(device, weights, file, name, f)
    },
    similar: async (f, k, signal) => {
      expectFeature(f, dSae)
      const row = await decoderRowOf(device, weights, file, name, f)
      const ranges = weights.decoders(undefined, signal)
      return similarOnGpu(device, { ranges, precision, dSae, row, f }, k, signal)
    },
    // A TopK SAE's lists hold a few more than its k, and ranges that pass in turn know only their own.
    statistics: () =>
      params.activation.kind === 'topk' ? statisticsOfRows(dSae, encode) : gpuStatistics(gpu, weights, tiles),
    dispose: () => weights.destroy(),
  }
}

/** Statistics from the lists where they are: only their counts are read. */
function gpuStatistics(gpu: Gpu, weights: GpuWeights, tiles: EncodeTiles): FeatureStatistics {
  const totals = createTotals(gpu.device, weights.params.dSae)
  // Whoever asks first hears of a failure.
  totals.catch(() => {})
  let tokens = 0
  return {
    add: async (x, signal) => {
      const { addLists } = await totals
      const input = await checkedInput(gpu.device, weights, x)
      await eachList(gpu, weights, input, tiles, addLists, signal)
      tokens += x.rows
    },
    read: async () => ({ tokens, ...(await (await totals).read()) }),
    dispose: () => {
      totals.then(({ destroy }) => destroy()).catch(() => {})
    },
  }
}
