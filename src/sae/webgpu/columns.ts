// One feature's own weights: from the GPU where they stay there, else from the file.
import type { ArrayFile } from '../../formats/array.ts'
import { FLOAT16, FLOAT32 } from '../../formats/element-types.ts'
import { readBack } from '../../gpu/buffers.ts'
import { readDecoderRows, readEncoderColumns } from '../parts.ts'
import type { GpuWeights } from './weights.ts'

/** Column f of W_enc as it is computed with, [dIn]. */
export async function encoderColumnOf(
  device: GPUDevice,
  weights: GpuWeights,
  file: ArrayFile,
  name: string,
  f: number,
): Promise<Float32Array<ArrayBuffer>> {
  const { dIn } = weights.params
  const range = rangeOf(weights.resident, f)
  if (!range) {
    const column = new Float32Array(dIn)
    await readEncoderColumns(file, name, f, 1, (block, first) => column.set(block, first))
    return column
  }
  const width = weights.precision === 'f16' ? 2 : 4
  const { encoder, features4, first } = range
  // Copies are of whole words: with float16 the neighbour comes along.
  const pieces = Array.from({ length: dIn }, (_, k) => {
    const offset = width * (4 * k * features4 + (f - first))
    return { buffer: encoder, offset: offset - (offset % 4), bytes: 4 }
  })
  const words = await readBack(device, pieces)
  if (width === 4) return new Float32Array(words)
  const halves = FLOAT16.expand(new Uint8Array(words), 2 * dIn)
  return Float32Array.from({ length: dIn }, (_, k) => halves[2 * k + ((f - first) % 2)])
}

/** Row f of W_dec as it is computed with, [dOut]. */
export async function decoderRowOf(
  device: GPUDevice,
  weights: GpuWeights,
  file: ArrayFile,
  name: string,
  f: number,
): Promise<Float32Array<ArrayBuffer>> {
  const range = rangeOf(weights.residentDecoders, f)
  if (!range) return readDecoderRows(file, name, [f])
  const type = weights.precision === 'f16' ? FLOAT16 : FLOAT32
  const bytes = 4 * weights.dOut4 * type.bytes
  const row = await readBack(device, [{ buffer: range.decoder, offset: (f - range.first) * bytes, bytes }])
  return type.expand(new Uint8Array(row), 4 * weights.dOut4).slice(0, weights.params.dOut)
}

function rangeOf<Range extends { first: number; features: number }>(
  ranges: readonly Range[],
  f: number,
): Range | undefined {
  return ranges.find(({ first, features }) => f >= first && f < first + features)
}
