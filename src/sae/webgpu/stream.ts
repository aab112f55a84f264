// Weights that do not stay on the GPU: encoder ranges pass through two slots, one being filled while the other is
// computed with; decoder rows are fetched for the features that are active.
import type { ArrayFile } from '../../formats/array.ts'
import { BufferGroup } from '../../gpu/buffers.ts'
import { underScope } from '../../gpu/scope.ts'
import { serialQueue } from '../../lib/serial-queue.ts'
import { readDecoderRows, readEncoderColumns } from '../parts.ts'
import type { SaeParams } from '../weights.ts'
import type { FeatureRange } from './placement.ts'
import { type Uploader, wholeFourColumns } from './upload.ts'
import { type DecoderRange, type EncoderRange, gateOf } from './weights.ts'

/** Buffers as large as the widest streamed range needs them. */
export type EncoderSlot = Pick<EncoderRange, 'encoder' | 'gate'>

export interface WeightSource {
  file: ArrayFile
  name: string
  params: SaeParams
  uploader: Uploader
}

type Visit = (ranges: readonly EncoderRange[]) => Promise<void>

export interface EncoderStream {
  /** Reads a range's columns of W_enc and its gate into a slot. */
  load(range: FeatureRange, slot: EncoderSlot, signal?: AbortSignal): Promise<EncoderRange>
  /** Visits `resident`, then every streamed range; calls take turns, because there are only two slots. */
  each(resident: readonly EncoderRange[], visit: Visit, signal?: AbortSignal): Promise<void>
}

export function streamEncoders(
  { file, name, params, uploader }: WeightSource,
  ranges: readonly FeatureRange[],
  slots: readonly EncoderSlot[],
): EncoderStream {
  const inTurn = serialQueue()

  async function load(range: FeatureRange, slot: EncoderSlot, signal?: AbortSignal): Promise<EncoderRange> {
    const { first, features } = range
    const features4 = Math.ceil(features / 4)
    await readEncoderColumns(
      file,
      name,
      first,
      features,
      (block, k, rows) => {
        const columns = wholeFourColumns(block, rows, features, 0, features)
        return uploader.weights(slot.encoder, k * features4, columns)
      },
      signal,
    )
    await uploader.floats(slot.gate, 0, gateOf(params, range))
    return { first, features, features4, ...slot }
  }

  async function passThrough(
    resident: readonly EncoderRange[],
    visit: Visit,
    signal?: AbortSignal,
  ): Promise<void> {
    const failed = new AbortController()
    const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal
    const start = (i: number): Promise<EncoderRange> => {
      const loading = load(ranges[i], slots[i % slots.length], either)
      // Awaited below, or not at all when something else fails first.
      loading.catch(() => {})
      return loading
    }
    let next: Promise<EncoderRange> | undefined
    try {
      next = start(0)
      if (resident.length > 0) await visit(resident)
      for (let i = 0; i < ranges.length; i++) {
        const range = await next
        next = i + 1 < ranges.length ? start(i + 1) : undefined
        await visit([range])
        if (!next) break
      }
    } catch (error) {
      failed.abort()
      await next?.catch(() => {})
      throw error
    }
  }

  return {
    load,
    each: (resident, visit, signal) => inTurn(() => passThrough(resident, visit, signal)),
  }
}

/**
 * Decoder rows of `features` (ascending; all unless told) in ranges of at most `atOnce`, read from the file; `first`
 * is the place in `features`. Each range is given back when the next is asked for.
 */
export async function* fetchDecoders(
  { file, name, params: { dSae, dOut }, uploader }: WeightSource,
  device: GPUDevice,
  atOnce: number,
  features: Uint32Array | undefined,
  signal?: AbortSignal,
): AsyncGenerator<DecoderRange> {
  const count = features?.length ?? dSae
  for (let first = 0; first < count; first += atOnce) {
    signal?.throwIfAborted()
    const end = Math.min(count, first + atOnce)
    const some =
      features?.subarray(first, end) ?? Uint32Array.from({ length: end - first }, (_, i) => first + i)
    const rows = await readDecoderRows(file, name, some, signal)
    const group = new BufferGroup(device)
    try {
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC
      const bytes = some.length * Math.ceil(dOut / 4) * uploader.bytes4
      const decoder = await underScope(device, 'Placing decoder rows', () =>
        group.create('W_dec rows', bytes, usage),
      )
      await uploader.weights(decoder, 0, wholeFourColumns(rows, some.length, dOut, 0, dOut))
      yield { first, features: some.length, decoder }
    } finally {
      group.destroy()
    }
  }
}
