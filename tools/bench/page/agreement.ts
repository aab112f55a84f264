// How alike the features of rounded weights are to those at float32.
import type { SparseRows } from '../../../src/lib/sparse-rows.ts'
import type { FeatureAgreement } from '../model-cases.ts'

const TOP = 10

/** Sums over tokens; `without` are rows left out, such as `<bos>`. */
export class Agreement {
  #tokens = 0
  #active = 0
  #shared = 0
  #either = 0
  #pairs = 0
  #ordered = 0
  #top = 0

  add(exact: SparseRows, rough: SparseRows, without: readonly number[]): void {
    for (let row = 0; row < exact.rows; row += 1) {
      if (without.includes(row)) continue
      this.#tokens += 1
      const [a, b] = [rowOf(exact, row), rowOf(rough, row)]
      const shared = [...a.keys()].filter((feature) => b.has(feature)).length
      this.#active += a.size
      this.#shared += shared
      this.#either += a.size + b.size - shared
      const best = strongest(a)
      this.#top += best[0] === strongest(b)[0] ? 1 : 0
      for (let i = 0; i < best.length; i += 1) {
        for (let j = i + 1; j < best.length; j += 1) {
          this.#pairs += 1
          // One that is not active stands behind all that are.
          if ((b.get(best[i]) ?? 0) > (b.get(best[j]) ?? 0)) this.#ordered += 1
        }
      }
    }
  }

  result(): FeatureAgreement {
    return {
      l0: this.#active / this.#tokens,
      tokens: this.#tokens,
      jaccard: this.#shared / this.#either,
      order: this.#ordered / this.#pairs,
      sameTop: this.#top / this.#tokens,
    }
  }
}

function rowOf({ rowPtr, indices, values }: SparseRows, row: number): Map<number, number> {
  const found = new Map<number, number>()
  for (let entry = rowPtr[row]; entry < rowPtr[row + 1]; entry += 1) found.set(indices[entry], values[entry])
  return found
}

/** At most ten features, strongest first; of equal ones the lower index first. */
function strongest(active: ReadonlyMap<number, number>): number[] {
  return [...active]
    .sort(([i, a], [j, b]) => b - a || i - j)
    .slice(0, TOP)
    .map(([feature]) => feature)
}
