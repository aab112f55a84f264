// How far a map can be believed: how many of a feature's nearest by decoder cosine are near it on the map too.
import { sampleOf, seededRandom } from '../../lib/random.ts'
import type { Directions } from './directions.ts'
import { exactNeighbours, type Neighbours } from './neighbours.ts'

/** Features asked, nearest by cosine, and how many on the map count as near. */
export const TRUST = { sample: 500, nearest: 10, among: 30 }

export interface Trust {
  /** Share of the nearest by cosine that are near on the map, 0 to 1. */
  kept: number
  /** What a map of shuffled places would keep. */
  byChance: number
  /** Share of the nearest by cosine that the search found. */
  found: number
  /** Features asked. */
  sample: number
}

/** `places` is [count, 2]. Both neighbourhoods of a seeded sample of features are compared with all features. */
export function trustOf(
  directions: Directions,
  neighbours: Neighbours,
  places: Float32Array,
  seed: number,
  onDone: (features: number) => void = () => {},
): Trust {
  const { count } = directions
  const asked = sampleOf(count, TRUST.sample, seededRandom(seed))
  const nearest = Math.min(TRUST.nearest, neighbours.k, count - 1)
  let kept = 0
  let found = 0
  asked.forEach((feature, i) => {
    const byCosine = exactNeighbours(directions, feature, nearest)
    const onMap = new Set(nearestOnMap(places, feature, TRUST.among))
    const searched = new Set(
      neighbours.places.subarray(feature * neighbours.k, feature * neighbours.k + nearest),
    )
    for (const other of byCosine) {
      if (onMap.has(other)) kept += 1
      if (searched.has(other)) found += 1
    }
    onDone(i + 1)
  })
  const all = asked.length * nearest
  const byChance = Math.min(1, TRUST.among / Math.max(1, count - 1))
  return { kept: kept / all, byChance, found: found / all, sample: asked.length }
}

function nearestOnMap(places: Float32Array, feature: number, k: number): number[] {
  const [x, y] = [places[2 * feature], places[2 * feature + 1]]
  const distances = Float64Array.from({ length: places.length / 2 }, (_, other) =>
    other === feature
      ? Number.POSITIVE_INFINITY
      : (places[2 * other] - x) ** 2 + (places[2 * other + 1] - y) ** 2,
  )
  const order = Array.from(distances.keys()).sort((a, b) => distances[a] - distances[b])
  return order.slice(0, Math.min(k, order.length - 1))
}
