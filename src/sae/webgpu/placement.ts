// Decides what of an SAE lies on the GPU: ranges of features that fit the adapter's bindings, all of them where the
// budget allows, and otherwise what is streamed.
import type { SaeShape } from '../weights.ts'
import type { Precision } from './kernels.ts'

/** Features `first` .. `first + features - 1`. */
export interface FeatureRange {
  first: number
  features: number
}

export interface Placement {
  /** Ranges whose encoder stays on the GPU, in order and without gaps from feature 0. */
  resident: FeatureRange[]
  /** Ranges behind them, brought in turn into one of two slots. */
  streamed: FeatureRange[]
  /** Whether the decoder of the resident ranges stays too; otherwise its active rows are fetched for each decode. */
  decoderResident: boolean
  /** Bytes of weights on the GPU, slots included. */
  bytes: number
}

/** What the skip matrix and the vectors need is small, and always resident. */
export interface PlacementLimits {
  /** Largest buffer a shader may bind. */
  binding: number
  /** Bytes of weights on the GPU that the user allows. */
  budget: number
}

const GATE_BYTES = 8
/** A slot is at most this share of the budget, so that most of it holds what never moves. */
const SLOT_SHARE = 1 / 8

/** Bytes of one feature's encoder column and decoder row as they are stored. */
export function featureBytes(
  { dIn, dOut }: SaeShape,
  precision: Precision,
): { encoder: number; decoder: number } {
  const perWeight = precision === 'f16' ? 2 : 4
  return {
    encoder: perWeight * 4 * Math.ceil(dIn / 4),
    decoder: perWeight * 4 * Math.ceil(dOut / 4),
  }
}

/** All on the GPU where the budget allows, else the encoder alone, else as much of it as leaves room for two slots. */
export function placeWeights(shape: SaeShape, precision: Precision, limits: PlacementLimits): Placement {
  const { encoder, decoder } = featureBytes(shape, precision)
  const features = 4 * Math.ceil(shape.dSae / 4)
  const fixed = 4 * shape.dOut + (shape.hasSkip ? 4 * shape.dIn * shape.dOut : 0)
  const budget = limits.budget - fixed
  const all = features * (encoder + GATE_BYTES + decoder)
  if (all <= budget) {
    const resident = cut(0, shape.dSae, wholeFours(limits.binding, Math.max(encoder, decoder)))
    return { resident, streamed: [], decoderResident: true, bytes: fixed + all }
  }
  const encoders = features * (encoder + GATE_BYTES)
  const width = wholeFours(limits.binding, encoder)
  if (encoders <= budget) {
    const resident = cut(0, shape.dSae, width)
    return { resident, streamed: [], decoderResident: false, bytes: fixed + encoders }
  }
  const slot = Math.min(width, wholeFours(Math.max(0, budget) * SLOT_SHARE, encoder + GATE_BYTES))
  const slots = 2 * slot * (encoder + GATE_BYTES)
  const room = Math.max(0, budget - slots)
  const kept = Math.floor(room / (encoder + GATE_BYTES) / 4) * 4
  return {
    resident: cut(0, kept, width),
    streamed: cut(kept, shape.dSae, slot),
    decoderResident: false,
    bytes: fixed + slots + kept * (encoder + GATE_BYTES),
  }
}

/** How many features of `each` bytes fit `bytes`: a multiple of 4, and never fewer than 4. */
export function wholeFours(bytes: number, each: number): number {
  return Math.max(4, Math.floor(bytes / each / 4) * 4)
}

function cut(from: number, end: number, width: number): FeatureRange[] {
  const ranges = []
  for (let first = from; first < end; first += width) {
    ranges.push({ first, features: Math.min(width, end - first) })
  }
  return ranges
}
