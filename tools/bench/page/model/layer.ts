// One layer of a model's real shapes with the made-up numbers of the tests' checkpoints; nothing of it is held.
import type { ArrayEntry, ArrayFile } from '../../../../src/formats/array.ts'
import { elementCount } from '../../../../src/formats/array.ts'
import { atOnce } from '../../../../src/lib/at-once.ts'
import type { WeightPrecision } from '../../../../src/lib/weight-precision.ts'
import { type GemmaConfig, parseGemmaConfig } from '../../../../src/model/config.ts'
import { loadWeight } from '../../../../src/model/load-weight.ts'
import { packedLayer } from '../../../../src/model/packed-layer.ts'
import { blockWeightShapes, type WeightTensor, weightsBefore } from '../../../../src/model/weights.ts'
import { bfloat16Table, checkpointStart, WEIGHTS_PERIOD } from '../../../../tests/support/fake-hub/weights.ts'

/** As the page loads them. */
export const WEIGHTS_AT_ONCE = 4
/** Elements handed over at once. */
const PART = 1 << 20

/** A published config.json cut to its first layer, and to as many words as there are tokens. */
export function oneLayer(configJson: unknown, vocab: number): GemmaConfig {
  const { layers, ...config } = parseGemmaConfig(configJson)
  return { ...config, vocabSize: vocab, numHiddenLayers: 1, layers: layers.slice(0, 1) }
}

/** The layer's weights and embeddings in bfloat16: normal, standard deviation 0.03. */
export function layerWeights(config: GemmaConfig): ArrayFile {
  const shapes = blockWeightShapes(config)
  const block = weightsBefore(config, 'hook_resid_post').map((weight): [string, readonly number[]] => [
    `model.layers.0.${groupOf(weight)}${weight}.weight`,
    shapes[weight],
  ])
  const all = [...block, ['model.embed_tokens.weight', [config.vocabSize, config.hiddenSize]] as const]
  return new Map(all.map(([name, shape]) => [name, entryOf(name, shape)]))
}

function groupOf(weight: string): string {
  if (/^(q|k|v|o)_/.test(weight)) return 'self_attn.'
  return /^(gate|up|down)_/.test(weight) ? 'mlp.' : ''
}

function entryOf(name: string, shape: readonly number[]): ArrayEntry {
  const begin = checkpointStart(name)
  const halves = (first: number, count: number): Uint16Array<ArrayBuffer> => {
    const table = bfloat16Table()
    const out = new Uint16Array(count)
    for (let done = 0; done < count; ) {
      const at = (begin + first + done) % WEIGHTS_PERIOD
      const some = table.subarray(at, at + count - done)
      out.set(some, done)
      done += some.length
    }
    return out
  }
  const floats = (first: number, count: number): Float32Array<ArrayBuffer> =>
    new Float32Array(Uint32Array.from(halves(first, count), (bits) => bits << 16).buffer)
  return {
    ...{ name, shape, dtype: 'BF16' },
    readFloat32: async (first, count) => floats(first, count),
    readFloat64: async (first, count) => Float64Array.from(floats(first, count)),
    stream: async (first, count, onBytes) => {
      for (let done = 0; done < count; done += PART) {
        await onBytes(new Uint8Array(halves(first + done, Math.min(PART, count - done)).buffer))
      }
    },
  }
}

/** A tensor as a graph takes it, with its bytes. */
export interface PlacedTensor extends WeightTensor {
  bytes: Uint8Array<ArrayBuffer>
}

/** The layer's tensors at a precision, packed as the page packs them. */
export async function placedTensors(
  config: GemmaConfig,
  weights: ArrayFile,
  precision: WeightPrecision,
): Promise<PlacedTensor[]> {
  const layer = packedLayer({ config, weights }, 0, precision).weights
  const placed = new Map<string, PlacedTensor>()
  for (const part of layer.flatMap(({ parts }) => parts)) {
    placed.set(part.name, { ...part, bytes: new Uint8Array(part.placedBytes) })
  }
  const progress = { onBytes: () => undefined, onMore: () => undefined }
  await atOnce(layer, WEIGHTS_AT_ONCE, (packed, signal) =>
    loadWeight(
      packed,
      undefined,
      ({ name }, at, bytes) => placed.get(name)?.bytes.set(bytes, at),
      progress,
      signal,
    ),
  )
  return [...placed.values()]
}

/** Elements of the layer's tensors in the checkpoint, times two bytes. */
export function layerBytesOf(config: GemmaConfig): number {
  const shapes = blockWeightShapes(config)
  return weightsBefore(config, 'hook_resid_post').reduce(
    (sum, weight) => sum + 2 * elementCount(shapes[weight]),
    0,
  )
}
