// The order of a column's values, without comparing them: radix sort of float bits, 11 at a time.

const BITS = 11
const BUCKETS = 1 << BITS
const MASK = BUCKETS - 1
/** Above every number's key, in both directions. */
const LAST = 0xffff_ffff

/**
 * Rows in the order of their values; equal ones (−0 and 0 are) keep the order of their rows, and NaN, "not known",
 * is last in both directions.
 */
export function argsort(values: Float32Array, descending = false): Uint32Array {
  const count = values.length
  const keys = keysOf(values, descending)
  let from = new Uint32Array(count)
  for (let row = 0; row < count; row += 1) from[row] = row
  let to = new Uint32Array(count)
  for (let shift = 0; shift < 32; shift += BITS) {
    const starts = startsOf(keys, shift)
    // All values share these bits: nothing would move.
    if (!starts) continue
    for (let place = 0; place < count; place += 1) {
      const row = from[place]
      const bucket = (keys[row] >>> shift) & MASK
      to[starts[bucket]] = row
      starts[bucket] += 1
    }
    ;[from, to] = [to, from]
  }
  return from
}

/** Unsigned integers in the same order as the values. */
function keysOf(values: Float32Array, descending: boolean): Uint32Array {
  const keys = new Uint32Array(values.length)
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const flip = descending ? LAST : 0
  for (let row = 0; row < keys.length; row += 1) {
    const value = values[row]
    // −0 has bits of its own.
    const own = value === 0 ? 0 : bits[row]
    const key = own >>> 31 === 1 ? ~own : own | 0x8000_0000
    keys[row] = Number.isNaN(value) ? LAST : key ^ flip
  }
  return keys
}

/** First place of each bucket; undefined where one bucket holds everything. */
function startsOf(keys: Uint32Array, shift: number): Uint32Array | undefined {
  const starts = new Uint32Array(BUCKETS)
  for (let row = 0; row < keys.length; row += 1) starts[(keys[row] >>> shift) & MASK] += 1
  let before = 0
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
    const own = starts[bucket]
    if (own === keys.length) return undefined
    starts[bucket] = before
    before += own
  }
  return starts
}
