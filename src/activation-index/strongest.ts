// The few best of many, without sorting the many.

/** The `count` of `ids` with the highest scores, highest first; equal ones by id. */
export function strongest(ids: Iterable<number>, count: number, score: (id: number) => number): number[] {
  const best: number[] = []
  const scores: number[] = []
  for (const id of ids) {
    const own = score(id)
    const last = best.length - 1
    if (best.length >= count && (own < scores[last] || (own === scores[last] && id > best[last]))) continue
    let at = best.length
    while (at > 0 && (own > scores[at - 1] || (own === scores[at - 1] && id < best[at - 1]))) at -= 1
    best.splice(at, 0, id)
    scores.splice(at, 0, own)
    if (best.length > count) {
      best.pop()
      scores.pop()
    }
  }
  return best
}
