// Places in two dimensions for features that have nearest neighbours: UMAP (McInnes, Healy & Melville 2018) by umap-js.
import { UMAP } from 'umap-js'
import { seededRandom } from '../../lib/random.ts'
import type { Neighbours } from './neighbours.ts'

export interface LayoutOptions {
  seed: number
  /** Least distance of points on the map. */
  minDist: number
  epochs: number
  onDone?: (epochs: number) => void
}

/** [count, 2] places, the middle of each axis at 0 and the farther ends at ±1. The same for the same seed. */
export function layoutOf(
  { places, cosines, k }: Neighbours,
  { seed, minDist, epochs, onDone = () => {} }: LayoutOptions,
): Float32Array<ArrayBuffer> {
  const count = places.length / k
  const indices: number[][] = []
  const distances: number[][] = []
  for (let feature = 0; feature < count; feature += 1) {
    const [from, end] = [feature * k, (feature + 1) * k]
    // The library wants each point first among its own neighbours.
    indices.push([feature, ...places.subarray(from, end)])
    distances.push([0, ...Array.from(cosines.subarray(from, end), (cosine) => Math.max(0, 1 - cosine))])
  }
  const umap = new UMAP({
    ...{ nComponents: 2, nNeighbors: k + 1, minDist, nEpochs: epochs },
    random: seededRandom(seed),
  })
  umap.setPrecomputedKNN(indices, distances)
  umap.initializeFit(indices)
  for (let epoch = 1; epoch <= epochs; epoch += 1) {
    umap.step()
    onDone(epoch)
  }
  return framed(umap.getEmbedding())
}

function framed(points: readonly number[][]): Float32Array<ArrayBuffer> {
  const ends = [0, 1].map((axis) => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (const point of points) {
      low = Math.min(low, point[axis])
      high = Math.max(high, point[axis])
    }
    return { middle: (low + high) / 2, half: (high - low) / 2 }
  })
  const scale = 1 / Math.max(ends[0].half, ends[1].half, Number.MIN_VALUE)
  return Float32Array.from({ length: 2 * points.length }, (_, i) => {
    return (points[i >> 1][i & 1] - ends[i & 1].middle) * scale
  })
}
