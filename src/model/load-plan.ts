// What a forward pass needs before it can run, in bytes, and whether there is room: known before any weight is read.
import { UserError, type UserErrorFields } from '../lib/errors.ts'
import type { WeightPrecision } from '../lib/weight-precision.ts'
import type { Cut } from './block-runner.ts'
import type { GemmaConfig } from './config.ts'
import { isKept, keptBytes } from './load-weight.ts'
import type { PackedWeight } from './packed-layer.ts'
import type { KeptLayer } from './weight-stores.ts'
import { type BlockWeight, weightsBefore } from './weights.ts'

export interface LoadPlan {
  /** Blocks that run: those up to the deepest hook. */
  layers: number
  /** Bytes of the checkpoint still to be fetched, beside the embedding rows of a text's tokens. */
  download: number
  /** Bytes of packed weights that come from the browser's storage. */
  cached: number
  /** Bytes of weights on the GPU or in WebAssembly once these blocks are in place, with those that are now. */
  memory: number
  /** Bytes of the checkpoint that one token's embedding takes; a text reads one for each different token, and gaps. */
  embeddingRow: number
  /** Why this cannot run here, where it cannot. */
  refused: UserErrorFields | undefined
}

/** Where blocks run, and what that can take. */
export type BackendFacts =
  | { backend: 'wasm' }
  | {
      backend: 'webgpu'
      /** Bytes of the largest buffer a shader can be given. */
      largestBinding: number
      /** Whether shaders know float16. */
      float16: boolean
    }

/** Weights in place, by layer. */
export type Held = ReadonlyMap<number, ReadonlySet<BlockWeight>>

export interface PlanInput {
  config: GemmaConfig
  precision: WeightPrecision
  facts: BackendFacts
  cuts: readonly Cut[]
  held: Held
  /** Every layer of `cuts` and of `held`. */
  layers: ReadonlyMap<number, KeptLayer>
  embeddingRow: number
}

/** WebAssembly addresses 4 GiB; what is left over is for activations, code and the packing of a matrix. */
const WEIGHT_ROOM = 3.25 * 2 ** 30
/** A layer's numbers go through JavaScript at once on their way into WebAssembly: its part of 256 MB. */
const LAYER_ROOM = 224e6

export function planLoad(input: PlanInput): LoadPlan {
  const { config, cuts, held, layers, embeddingRow } = input
  let [download, cached] = [0, 0]
  for (const cut of cuts) {
    const kept = layers.get(cut.layer)
    for (const packed of missingWeights(input, cut)) {
      for (const panel of packed.panels) {
        if (isKept(packed, panel, kept?.store)) cached += keptBytes(packed, panel)
        else download += panel.fileBytes
      }
    }
  }
  const used = new Map([...held].map(([layer, weights]) => [layer, new Set(weights)]))
  for (const { layer, until } of cuts) {
    used.set(layer, new Set([...(used.get(layer) ?? []), ...weightsBefore(config, until)]))
  }
  const usedWeights = [...used].map(([layer, names]) => weightsOf(layers, layer, (name) => names.has(name)))
  const layerBytes = usedWeights.map((weights) =>
    sum(weights.map((packed) => memoryOf(input.facts.backend, packed))),
  )
  return {
    layers: cuts.length,
    download,
    cached,
    memory: sum(layerBytes),
    embeddingRow,
    refused: download + cached === 0 ? undefined : refusal(input, usedWeights, layerBytes),
  }
}

/** Weights of a block that have to be brought in place. */
export function missingWeights({ config, facts, held, layers }: PlanInput, cut: Cut): PackedWeight[] {
  const needed = new Set(weightsBefore(config, cut.until))
  const there = held.get(cut.layer)
  const missing = [...needed].filter((name) => !there?.has(name))
  // A session in WebAssembly has its weights inside: a deeper one is made anew, with all of them.
  const again = facts.backend === 'wasm' && missing.length > 0 ? needed : new Set(missing)
  return weightsOf(layers, cut.layer, (name) => again.has(name))
}

/** Throws what a plan says against itself. */
export function expectRoom({ refused }: LoadPlan): void {
  if (refused) throw new UserError(refused)
}

/**
 * Bytes a weight takes in place. Where a session is made in WebAssembly, onnxruntime turns float16 constants to float32
 * once and keeps both: WebAssembly's memory was seen to grow by 88 MB with every layer of 26 MB in float16, and by 49
 * MB with the same layer of 51 MB in float32.
 */
export function memoryOf(backend: BackendFacts['backend'], { parts }: PackedWeight): number {
  return sum(
    parts.map(({ form, placedBytes }) =>
      backend === 'wasm' && form === 'half' ? 3 * placedBytes : placedBytes,
    ),
  )
}

function refusal(
  { facts, precision }: PlanInput,
  usedWeights: readonly PackedWeight[][],
  layerBytes: readonly number[],
): UserErrorFields | undefined {
  if (facts.backend === 'wasm') return wasmRefusal(usedWeights, layerBytes)
  if (precision === 'f16' && !facts.float16) {
    return {
      title: 'This GPU does not compute with 16-bit numbers.',
      detail: 'The adapter has no shader-f16, which weights in float16 need.',
      remedy: 'Choose 8 bits, or float32.',
    }
  }
  const tensors = usedWeights.flat().flatMap(({ entry, parts }) =>
    // A float16 matrix is cast to float32 as a whole before its product.
    parts.map(({ form, placedBytes }) => ({
      name: entry.name,
      bytes: form === 'half' ? 2 * placedBytes : placedBytes,
    })),
  )
  const large = tensors.find(({ bytes }) => bytes > facts.largestBinding)
  return (
    large && {
      title: 'A matrix of this model is too large for this GPU.',
      detail: `${large.name} takes ${megabytes(large.bytes)} at this precision; the adapter's largest buffer is ${megabytes(facts.largestBinding)}.`,
      remedy: 'Choose fewer bits, or a smaller model.',
    }
  )
}

function wasmRefusal(
  usedWeights: readonly PackedWeight[][],
  layerBytes: readonly number[],
): UserErrorFields | undefined {
  const title = 'This model does not fit on the CPU.'
  const total = sum(layerBytes)
  if (total > WEIGHT_ROOM) {
    return {
      title,
      detail: `Its first ${layerBytes.length} layers take ${gib(total)} of weights, and WebAssembly has room for ${gib(WEIGHT_ROOM)}.`,
      remedy: 'Run the model on WebGPU, choose fewer bits, a source at an earlier layer, or a smaller model.',
    }
  }
  const largest = Math.max(
    ...usedWeights.map((weights) =>
      sum(weights.flatMap(({ parts }) => parts.map((part) => part.placedBytes))),
    ),
  )
  if (largest <= LAYER_ROOM) return undefined
  return {
    title,
    detail: `A layer takes ${megabytes(largest)} at this precision, and at most ${megabytes(LAYER_ROOM)} can be handed to WebAssembly at once.`,
    remedy: 'Choose fewer bits, run the model on WebGPU, or choose a smaller model.',
  }
}

function weightsOf(
  layers: ReadonlyMap<number, KeptLayer>,
  layer: number,
  wanted: (name: BlockWeight) => boolean,
): PackedWeight[] {
  const found = layers.get(layer)
  if (!found) throw new Error(`layer ${layer} is not among the plan's`)
  return found.weights.filter(({ weight }) => wanted(weight))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`
}
