// One range of a kept file, answered as a server would (RFC 9110, 14): 206 with Content-Range, or 416.

/** First and last byte that a Range header asks for of `size` bytes; `unmet` when they lie outside; undefined for what is answered whole. */
export function rangeOf(header: string, size: number): { from: number; to: number } | 'unmet' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim())
  if (!match) return undefined
  const [, first, last] = match
  if (first === '' && last === '') return undefined
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const to = first === '' || last === '' ? size - 1 : Math.min(size - 1, Number(last))
  // A range that ends before it begins is no range at all.
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined
  return from < size && from <= to ? { from, to } : 'unmet'
}

/** The part of `body` that `range` asks for, under the other headers of the whole answer. */
export function partOf(body: Blob, headers: Headers, range: string): Response {
  const asked = rangeOf(range, body.size)
  const own = new Headers(headers)
  if (asked === undefined) return new Response(body, { headers: own })
  if (asked === 'unmet') {
    own.set('Content-Range', `bytes */${body.size}`)
    own.delete('Content-Length')
    return new Response(null, { status: 416, statusText: 'Range Not Satisfiable', headers: own })
  }
  const { from, to } = asked
  own.set('Content-Range', `bytes ${from}-${to}/${body.size}`)
  own.set('Content-Length', String(to - from + 1))
  // A slice has no type unless it is told: the header above is what counts.
  return new Response(body.slice(from, to + 1), { status: 206, statusText: 'Partial Content', headers: own })
}
