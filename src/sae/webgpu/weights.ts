// An SAE's weights on the GPU as far as the budget goes; the rest is brought there when it is needed (stream.ts).
import type { ArrayFile } from '../../formats/array.ts'
import { BufferGroup } from '../../gpu/buffers.ts'
import type { Gpu } from '../../gpu/device.ts'
import { underScope } from '../../gpu/scope.ts'
import { type ReadOptions, readSae, readSaeShape, type SaeParams, type SaeShape } from '../weights.ts'
import type { Precision } from './kernels.ts'
import { type FeatureRange, featureBytes, type Placement, placeWeights, wholeFours } from './placement.ts'
import { type EncoderSlot, fetchDecoders, streamEncoders } from './stream.ts'
import { Uploader, wholeFourColumns } from './upload.ts'

export interface GpuWeightsOptions extends ReadOptions {
  /** How the matrices are stored; float32 unless told. */
  precision?: Precision
  /** Bytes of one buffer; by default, and at most, what the adapter binds. */
  maxBindingBytes?: number
  /** Bytes of weights on the GPU; what is beyond is streamed. No limit unless told. */
  budgetBytes?: number
}

/** A range's encoder. Shapes as in encode.wgsl. */
export interface EncoderRange extends FeatureRange {
  /** features / 4, rounded up: row length of `encoder` in fours */
  features4: number
  /** [4 · dIn4, features4] Stored4 */
  encoder: GPUBuffer
  /** [2, features4] vec4f: b_enc, threshold */
  gate: GPUBuffer
}

/** A range's decoder, [features, dOut4] Stored4. */
export interface DecoderRange extends FeatureRange {
  decoder: GPUBuffer
}

/** Rows 4 · first4 .. 4 · (first4 + rows4) - 1 of the affine skip, [4 · rows4, dOut4] vec4f. */
interface SkipRange {
  first4: number
  rows4: number
  skip: GPUBuffer
}

export interface GpuWeights {
  params: SaeParams
  precision: Precision
  placement: Placement
  /** Largest buffer to bind. */
  binding: number
  /** dIn / 4 and dOut / 4, rounded up */
  dIn4: number
  dOut4: number
  /** [dOut4] vec4f */
  bDec: GPUBuffer
  skip: SkipRange[]
  /** What stays on the GPU. */
  resident: readonly EncoderRange[]
  residentDecoders: readonly DecoderRange[]
  /** All encoder ranges in order: those that stay together, the streamed ones one at a time, each only lent. */
  eachEncoder(visit: (ranges: readonly EncoderRange[]) => Promise<void>, signal?: AbortSignal): Promise<void>
  /**
   * Decoder rows of `features` (ascending; all of them unless told), each range only lent. `first` of a range is a
   * place in `features` where they had to be fetched, which `fetched` tells.
   */
  decoders(features?: Uint32Array, signal?: AbortSignal): AsyncGenerator<DecoderRange>
  /** Whether the decoder is fetched for each use. */
  fetched: boolean
  destroy(): void
}

/** Bytes of decoder rows fetched at a time. */
const FETCH_BYTES = 64 << 20

/** Streams an SAE to the GPU. UserError when it does not fit, or when the file holds no sound SAE. */
export async function uploadWeights(
  file: ArrayFile,
  name: string,
  { device }: Gpu,
  options: GpuWeightsOptions,
): Promise<GpuWeights> {
  const { precision = 'f32', maxBindingBytes = Infinity, budgetBytes = Infinity } = options
  const shape = readSaeShape(file, name)
  const { dIn, dSae, dOut } = shape
  const { maxBufferSize, maxStorageBufferBindingSize } = device.limits
  const binding = Math.min(maxBufferSize, maxStorageBufferBindingSize, maxBindingBytes)
  const placement = placeWeights(shape, precision, { binding, budget: budgetBytes })
  const uploader = new Uploader(device, precision, name)
  const dIn4 = Math.ceil(dIn / 4)
  const dOut4 = Math.ceil(dOut / 4)
  // Not a constant of the module: browsers without WebGPU load it too, and lack GPUBufferUsage.
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC
  const group = new BufferGroup(device)
  const makeEncoder = ({ first, features }: FeatureRange): EncoderRange => {
    const features4 = Math.ceil(features / 4)
    return {
      ...{ first, features, features4 },
      encoder: group.create(`W_enc from ${first}`, 4 * dIn4 * features4 * uploader.bytes4, usage),
      gate: group.create(`gate from ${first}`, 32 * features4, usage),
    }
  }
  try {
    // The GPU clears what it gives, which takes a while: the file is fetched meanwhile.
    const placing = underScope(device, `Placing ${name}`, () => ({
      bDec: group.create('b_dec', 16 * dOut4, usage),
      resident: placement.resident.map(makeEncoder),
      decoders: (placement.decoderResident ? placement.resident : []).map(({ first, features }) => {
        const decoder = group.create(`W_dec from ${first}`, features * dOut4 * uploader.bytes4, usage)
        return { first, features, decoder }
      }),
      skip: skipRanges(shape, binding).map(({ first4, rows4 }): SkipRange => {
        return { first4, rows4, skip: group.create(`skip from ${4 * first4}`, 64 * rows4 * dOut4, usage) }
      }),
      slots: placement.streamed.slice(0, 2).map(({ features }): EncoderSlot => {
        // The first streamed range is the widest.
        const { encoder, gate } = makeEncoder({
          first: 0,
          features: Math.max(features, placement.streamed[0].features),
        })
        return { encoder, gate }
      }),
    }))
    placing.catch(() => undefined)
    const whole = placement.streamed.length === 0
    const params = await readSae(
      file,
      name,
      {
        encoderRows: whole
          ? async (block, first, rows) => {
              const { resident } = await placing
              for (const range of resident) {
                const columns = wholeFourColumns(block, rows, dSae, range.first, range.features)
                await uploader.weights(range.encoder, first * range.features4, columns)
              }
            }
          : undefined,
        decoderRows: placement.decoderResident
          ? async (block, first, rows) => {
              const { decoders } = await placing
              for (const range of decoders) {
                const from = Math.max(first, range.first)
                const to = Math.min(first + rows, range.first + range.features)
                if (from >= to) continue
                const part = block.subarray((from - first) * dOut, (to - first) * dOut)
                const padded = wholeFourColumns(part, to - from, dOut, 0, dOut)
                await uploader.weights(range.decoder, (from - range.first) * dOut4, padded)
              }
            }
          : undefined,
        skipRows: async (block, first, rows) => {
          const padded = wholeFourColumns(block, rows, dOut, 0, dOut)
          const { skip } = await placing
          for (const { first4, rows4, skip: buffer } of skip) {
            const from = Math.max(first, 4 * first4)
            const to = Math.min(first + rows, 4 * (first4 + rows4))
            if (from >= to) continue
            const part = padded.subarray((from - first) * 4 * dOut4, (to - first) * 4 * dOut4)
            await uploader.floats(buffer, 16 * (from - 4 * first4) * dOut4, part)
          }
        },
      },
      options,
    )
    const { bDec, resident, decoders, skip, slots } = await placing
    await uploader.floats(bDec, 0, wholeFourColumns(params.bDec, 1, dOut, 0, dOut))
    const source = { file, name, params, uploader }
    const stream = streamEncoders(source, placement.streamed, slots)
    for (const range of resident) {
      if (whole) await uploader.floats(range.gate, 0, gateOf(params, range))
      else await stream.load(range, range, options.signal)
    }
    const fetchAtOnce = wholeFours(Math.min(binding, FETCH_BYTES), featureBytes(shape, precision).decoder)
    return {
      ...{
        params,
        precision,
        placement,
        binding,
        dIn4,
        dOut4,
        bDec,
        skip,
        resident,
        residentDecoders: decoders,
      },
      eachEncoder: async (visit, signal) => {
        if (whole) return visit(resident)
        await stream.each(resident, visit, signal)
      },
      decoders: async function* (features, signal) {
        if (placement.decoderResident) yield* decoders
        else yield* fetchDecoders(source, device, fetchAtOnce, features, signal)
      },
      fetched: !placement.decoderResident,
      destroy: () => group.destroy(),
    }
  } catch (error) {
    group.destroy()
    throw error
  }
}

/** A range's biases and thresholds, [2, 4 · features4]. */
export function gateOf(params: SaeParams, { first, features }: FeatureRange): Float32Array<ArrayBuffer> {
  const padded = 4 * Math.ceil(features / 4)
  const gate = new Float32Array(2 * padded)
  gate.set(params.bEnc.subarray(first, first + features))
  gate.set(params.threshold.subarray(first, first + features), padded)
  return gate
}

function skipRanges({ dIn, dOut, hasSkip }: SaeShape, binding: number): { first4: number; rows4: number }[] {
  if (!hasSkip) return []
  const dIn4 = Math.ceil(dIn / 4)
  const step = Math.max(1, Math.floor(binding / (64 * Math.ceil(dOut / 4))))
  return Array.from({ length: Math.ceil(dIn4 / step) }, (_, i) => {
    return { first4: i * step, rows4: Math.min(step, dIn4 - i * step) }
  })
}
