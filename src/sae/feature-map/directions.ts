// Decoder rows as a map needs them: of length 1 and in 8 bits, and in fewer dimensions to search by. A row of 2,304
// float32 becomes 2,304 bytes and 128 floats, so that 16k features take 46 MB in place of 151.
import { seededRandom } from '../../lib/random.ts'

/** Dimensions that neighbours are searched in; narrower rows are searched as they are. */
const SEARCH_WIDTH = 128
/** Places of a projected row that each dimension is added to. */
const SPREAD = 4

/** Arrays may have room for more than `count` rows. */
export interface Directions {
  readonly count: number
  readonly width: number
  /** [count, width] each row scaled so that its largest entry is ±127 */
  readonly rows: Int8Array
  /** [count] Euclidean length of a row of `rows` */
  readonly lengths: Float64Array
  /** [count, searchWidth] rows of length 1, projected where `width` is larger */
  readonly search: Float32Array
  readonly searchWidth: number
}

/** Takes decoder rows as they come. Rows of zeros have no direction, and must not be given. */
export class DirectionTable implements Directions {
  readonly width: number
  readonly rows: Int8Array
  readonly lengths: Float64Array
  readonly search: Float32Array
  readonly searchWidth: number
  readonly #projection: Projection | undefined
  #filled = 0

  /** At most `room` rows of `width` numbers will be added. */
  constructor(room: number, width: number, seed: number) {
    this.width = width
    this.searchWidth = Math.min(width, SEARCH_WIDTH)
    this.rows = new Int8Array(room * width)
    this.lengths = new Float64Array(room)
    this.search = new Float32Array(room * this.searchWidth)
    this.#projection = width > SEARCH_WIDTH ? projectionOf(width, seed) : undefined
  }

  /** How many were added. */
  get count(): number {
    return this.#filled
  }

  /** `block` is [n, width] */
  add(block: Float32Array): void {
    for (let from = 0; from < block.length; from += this.width) {
      this.#addRow(block.subarray(from, from + this.width))
      this.#filled += 1
    }
  }

  #addRow(row: Float32Array): void {
    let largest = 0
    for (const value of row) largest = Math.max(largest, Math.abs(value))
    const first = this.#filled * this.width
    let squares = 0
    for (let i = 0; i < row.length; i += 1) {
      const small = Math.round((row[i] / largest) * 127)
      this.rows[first + i] = small
      squares += small * small
    }
    this.lengths[this.#filled] = Math.sqrt(squares)
    const start = this.#filled * this.searchWidth
    const projected = this.search.subarray(start, start + this.searchWidth)
    if (this.#projection) project(row, this.#projection, projected)
    else projected.set(row)
    normalise(projected)
  }
}

/** Cosine of the directions of two features, from 8 bits: right to about 0.002. */
export function cosineOf({ rows, lengths, width }: Directions, a: number, b: number): number {
  let even = 0
  let odd = 0
  const [p, q] = [a * width, b * width]
  const whole = width - (width % 2)
  for (let i = 0; i < whole; i += 2) {
    even = (even + Math.imul(rows[p + i], rows[q + i])) | 0
    odd = (odd + Math.imul(rows[p + i + 1], rows[q + i + 1])) | 0
  }
  if (whole < width) odd += rows[p + whole] * rows[q + whole]
  return (even + odd) / (lengths[a] * lengths[b])
}

/** [count] `cosineOf` of one feature with each; four rows at a time, which is three times as quick. */
export function cosinesWithAll(directions: Directions, feature: number): Float64Array {
  const { rows, lengths, width, count } = directions
  const cosines = new Float64Array(count)
  const p = feature * width
  const whole = count - (count % 4)
  for (let other = 0; other < whole; other += 4) {
    const q0 = other * width
    const q1 = q0 + width
    const q2 = q1 + width
    const q3 = q2 + width
    let s0 = 0
    let s1 = 0
    let s2 = 0
    let s3 = 0
    for (let i = 0; i < width; i += 1) {
      const value = rows[p + i]
      s0 = (s0 + Math.imul(value, rows[q0 + i])) | 0
      s1 = (s1 + Math.imul(value, rows[q1 + i])) | 0
      s2 = (s2 + Math.imul(value, rows[q2 + i])) | 0
      s3 = (s3 + Math.imul(value, rows[q3 + i])) | 0
    }
    cosines[other] = s0 / (lengths[feature] * lengths[other])
    cosines[other + 1] = s1 / (lengths[feature] * lengths[other + 1])
    cosines[other + 2] = s2 / (lengths[feature] * lengths[other + 2])
    cosines[other + 3] = s3 / (lengths[feature] * lengths[other + 3])
  }
  for (let other = whole; other < count; other += 1) cosines[other] = cosineOf(directions, feature, other)
  return cosines
}

/** Of each dimension: the places it is added to, and with which sign. */
interface Projection {
  places: Uint8Array
  signs: Int8Array
}

/** A sparse embedding, each dimension to `SPREAD` places with random signs (Nelson & Nguyên 2013, OSNAP). */
function projectionOf(width: number, seed: number): Projection {
  const random = seededRandom(seed)
  const places = new Uint8Array(width * SPREAD)
  const signs = new Int8Array(width * SPREAD)
  const part = SEARCH_WIDTH / SPREAD
  for (let i = 0; i < places.length; i += 1) {
    // One in each part, so that no two fall together.
    places[i] = (i % SPREAD) * part + Math.floor(random() * part)
    signs[i] = random() < 0.5 ? -1 : 1
  }
  return { places, signs }
}

function project(row: Float32Array, { places, signs }: Projection, into: Float32Array): void {
  for (let i = 0; i < row.length; i += 1) {
    for (let at = i * SPREAD; at < (i + 1) * SPREAD; at += 1) into[places[at]] += signs[at] * row[i]
  }
}

function normalise(row: Float32Array): void {
  let squares = 0
  for (const value of row) squares += value * value
  const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0
  for (let i = 0; i < row.length; i += 1) row[i] *= scale
}
