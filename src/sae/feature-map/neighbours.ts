// Each feature's nearest others by cosine. All pairs are compared in the dimensions of the search, and what is best
// there once more in full.
import { cosineOf, cosinesWithAll, type Directions } from './directions.ts'

/** Candidates compared in full for every neighbour that is wanted, where rows were projected. */
const CANDIDATES_EACH = 6
/** Rows compared together: they stay in the cache while all others pass. */
const TOGETHER = 64

export interface Neighbours {
  /** Of each feature. */
  k: number
  /** [count, k] places of others, the nearest first */
  places: Int32Array
  /** [count, k] their cosines, descending */
  cosines: Float32Array
}

/** The `k` nearest of each; `k` is less than the number of features. `onDone` hears how many features are done. */
export function nearestNeighbours(
  directions: Directions,
  k: number,
  onDone: (features: number) => void = () => {},
): Neighbours {
  const { count, width, searchWidth } = directions
  const exact = searchWidth === width
  const best = new BestOf(count, Math.min(count - 1, exact ? k : k * CANDIDATES_EACH))
  for (let first = 0; first < count; first += TOGETHER) {
    compareBlock(directions, first, Math.min(count, first + TOGETHER), best)
    // A block is compared with what is before it: the work done grows with the square.
    onDone(Math.floor((first / count) ** 2 * count))
  }
  const found: Neighbours = { k, places: new Int32Array(count * k), cosines: new Float32Array(count * k) }
  for (let feature = 0; feature < count; feature += 1) {
    const near = best.of(feature).map((place) => ({ place, cosine: cosineOf(directions, feature, place) }))
    near.sort((a, b) => b.cosine - a.cosine || a.place - b.place)
    for (let i = 0; i < k; i += 1) {
      found.places[feature * k + i] = near[i].place
      found.cosines[feature * k + i] = near[i].cosine
    }
  }
  onDone(count)
  return found
}

/** The `k` nearest of one feature among all, compared in full. */
export function exactNeighbours(directions: Directions, feature: number, k: number): number[] {
  const best = new BestOf(1, Math.min(k, directions.count - 1))
  const cosines = cosinesWithAll(directions, feature)
  for (let other = 0; other < cosines.length; other += 1) {
    if (other !== feature) best.offer(0, other, cosines[other])
  }
  return best.of(0)
}

/** Compares rows `first` .. `end` with each other and with all before them, and offers both sides of each pair. */
function compareBlock({ search, searchWidth: width }: Directions, first: number, end: number, best: BestOf) {
  for (let b = 0; b < end; b += 4) {
    const q0 = b * width
    const q1 = Math.min(b + 1, end - 1) * width
    const q2 = Math.min(b + 2, end - 1) * width
    const q3 = Math.min(b + 3, end - 1) * width
    for (let a = Math.max(first, b + 1); a < end; a += 1) {
      const p = a * width
      let s0 = 0
      let s1 = 0
      let s2 = 0
      let s3 = 0
      for (let i = 0; i < width; i += 1) {
        const value = search[p + i]
        s0 += value * search[q0 + i]
        s1 += value * search[q1 + i]
        s2 += value * search[q2 + i]
        s3 += value * search[q3 + i]
      }
      best.offerBoth(a, b, s0)
      if (b + 1 < a) best.offerBoth(a, b + 1, s1)
      if (b + 2 < a) best.offerBoth(a, b + 2, s2)
      if (b + 3 < a) best.offerBoth(a, b + 3, s3)
    }
  }
}

/** The best `k` of what each of `rows` is offered: heaps side by side with the worst on top. */
class BestOf {
  readonly #k: number
  readonly #values: Float32Array
  readonly #places: Int32Array

  constructor(rows: number, k: number) {
    this.#k = k
    this.#values = new Float32Array(rows * k).fill(Number.NEGATIVE_INFINITY)
    this.#places = new Int32Array(rows * k).fill(-1)
  }

  offerBoth(a: number, b: number, value: number): void {
    this.offer(a, b, value)
    this.offer(b, a, value)
  }

  offer(row: number, place: number, value: number): void {
    const k = this.#k
    const values = this.#values
    const places = this.#places
    const top = row * k
    if (value <= values[top]) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= k) break
      if (child + 1 < k && values[top + child + 1] < values[top + child]) child += 1
      if (values[top + child] >= value) break
      values[top + at] = values[top + child]
      places[top + at] = places[top + child]
      at = child
    }
    values[top + at] = value
    places[top + at] = place
  }

  /** In no order. */
  of(row: number): number[] {
    return Array.from(this.#places.subarray(row * this.#k, (row + 1) * this.#k)).filter((place) => place >= 0)
  }
}
