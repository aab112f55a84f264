// A map of ten features along a line, for tests of what is made of one.
import type { FeatureMap } from '../../src/engine/protocol.ts'

export function fakeMap(): FeatureMap {
  const features = Uint32Array.from({ length: 10 }, (_, i) => 3 * i)
  return {
    features,
    places: Float32Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? (i - 9) / 10 : 0)),
    ...{ dSae: 30, zero: 20, sampled: false, milliseconds: 1200 },
    parameters: {
      ...{ seed: 1, neighbours: 12, minDist: 0.1, epochs: 200 },
      ...{ width: 128, searchWidth: 128, library: 'umap-js 1.4.0' },
    },
    trust: { kept: 0.7, byChance: 0.01, found: 0.99, sample: 10 },
  }
}
