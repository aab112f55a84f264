// The k largest of scored features, on the CPU: descending, of equal scores the lower index first.
import type { Ranked } from './sae.ts'

/** Keeps the k best of what it is offered; a heap with the worst on top. */
export class Ranking {
  readonly #k: number
  readonly #heap: { index: number; value: number }[] = []

  constructor(k: number) {
    this.#k = k
  }

  /** What a newcomer must exceed, or equal with a lower index. */
  offer(index: number, value: number): void {
    const heap = this.#heap
    if (heap.length < this.#k) {
      heap.push({ index, value })
      let at = heap.length - 1
      while (at > 0) {
        const parent = (at - 1) >> 1
        if (!worse(heap[at], heap[parent])) break
        ;[heap[at], heap[parent]] = [heap[parent], heap[at]]
        at = parent
      }
      return
    }
    if (this.#k === 0 || !worse(heap[0], { index, value })) return
    heap[0] = { index, value }
    let at = 0
    for (;;) {
      const [left, right] = [2 * at + 1, 2 * at + 2]
      let worst = at
      if (left < heap.length && worse(heap[left], heap[worst])) worst = left
      if (right < heap.length && worse(heap[right], heap[worst])) worst = right
      if (worst === at) return
      ;[heap[at], heap[worst]] = [heap[worst], heap[at]]
      at = worst
    }
  }

  ranked(): Ranked {
    const sorted = this.#heap.toSorted((a, b) => (worse(b, a) ? -1 : 1))
    return {
      indices: Uint32Array.from(sorted, ({ index }) => index),
      values: Float32Array.from(sorted, ({ value }) => value),
    }
  }
}

function worse(a: { index: number; value: number }, b: { index: number; value: number }): boolean {
  return a.value < b.value || (a.value === b.value && a.index > b.index)
}

/** The k largest entries of one row, in ascending order of features. */
export function strongest(
  row: { indices: Uint32Array; values: Float32Array },
  k: number,
): { indices: Uint32Array; values: Float32Array } {
  if (row.indices.length <= k) return row
  const ranking = new Ranking(k)
  row.indices.forEach((index, i) => {
    ranking.offer(index, row.values[i])
  })
  const { indices, values } = ranking.ranked()
  const order = Array.from(indices.keys()).sort((a, b) => indices[a] - indices[b])
  return {
    indices: Uint32Array.from(order, (i) => indices[i]),
    values: Float32Array.from(order, (i) => values[i]),
  }
}
