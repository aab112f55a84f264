// From values by token position to values by span, the piece of text a person reads as one token.

interface Span {
  first: number
  count: number
}

/** [spans] highest value among each span's positions. */
export function spanValues(spans: readonly Span[], byToken: Float32Array): Float32Array {
  return Float32Array.from(spans, ({ first, count }) => {
    let highest = 0
    for (let position = first; position < first + count; position += 1) {
      highest = Math.max(highest, byToken[position] ?? 0)
    }
    return highest
  })
}

/** Positions of every span that holds one of `positions`. */
export function spanPositions(spans: readonly Span[], positions: Iterable<number>): Set<number> {
  const wanted = new Set(positions)
  const all = new Set<number>()
  for (const { first, count } of spans) {
    const own = Array.from({ length: count }, (_, at) => first + at)
    if (own.some((position) => wanted.has(position))) for (const position of own) all.add(position)
  }
  return all
}
