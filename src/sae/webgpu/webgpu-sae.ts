// The SAE on the GPU: weights in buffers, our own WGSL kernels, only active features read back.
import type { ArrayFile } from '../../formats/array.ts'
import type { Gpu } from '../../gpu/device.ts'
import { expectFeature, expectSkipInput, expectSparse } from '../checks.ts'
import type { Sae } from '../sae.ts'
import { decoderRowOf, encoderColumnOf } from './columns.ts'
import { decodeOnGpu } from './decode.ts'
import { encodeOnGpu } from './encode.ts'
import { checkedInput } from './input.ts'
import type { EncodeTiles } from './kernels.ts'
import { defaultTiles } from './tuning.ts'
import { type GpuWeightsOptions, uploadWeights } from './weights.ts'

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

  return {
    ...params,
    kind: 'webgpu',
    precision,
    memory: { bytes: weights.placement.bytes, streamedRanges: weights.placement.streamed.length },
    encode: async (x, signal) =>
      encodeOnGpu(gpu, weights, await checkedInput(device, weights, x), tiles, signal),
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
      throw new Error('not yet')
    },
    statistics: () => {
      throw new Error('not yet')
    },
    dispose: () => weights.destroy(),
  }
}
