// Postings in memory: collected token by token, sorted by feature and strength.
import type { SparseRows } from '../lib/sparse-rows.ts'
import { argsort } from './argsort.ts'
import type { Postings } from './types.ts'

/** Postings without any. */
export function emptyPostings(length: number): Postings {
  return {
    feature: new Int32Array(length),
    document: new Int32Array(length),
    position: new Int32Array(length),
    value: new Float32Array(length),
  }
}

/** Rows `from` to before `to`, sharing memory. */
export function slicePostings(
  { feature, document, position, value }: Postings,
  from: number,
  to: number,
): Postings {
  return {
    feature: feature.subarray(from, to),
    document: document.subarray(from, to),
    position: position.subarray(from, to),
    value: value.subarray(from, to),
  }
}

/** Those at `rows`, in that order. */
export function pickPostings(postings: Postings, rows: Uint32Array): Postings {
  const picked = emptyPostings(rows.length)
  for (let at = 0; at < rows.length; at += 1) {
    const row = rows[at]
    picked.feature[at] = postings.feature[row]
    picked.document[at] = postings.document[row]
    picked.position[at] = postings.position[row]
    picked.value[at] = postings.value[row]
  }
  return picked
}

/** Several, one after another. */
export function joinPostings(parts: readonly Postings[]): Postings {
  if (parts.length === 1) return parts[0]
  const joined = emptyPostings(parts.reduce((sum, { value }) => sum + value.length, 0))
  let at = 0
  for (const part of parts) {
    joined.feature.set(part.feature, at)
    joined.document.set(part.document, at)
    joined.position.set(part.position, at)
    joined.value.set(part.value, at)
    at += part.value.length
  }
  return joined
}

/** Order of postings of one feature: strongest first, then by place in the corpus. */
function byStrength({ document, position, value }: Postings): (a: number, b: number) => number {
  return (a, b) => value[b] - value[a] || document[a] - document[b] || position[a] - position[b]
}

/** Rows from which on sorting by the bits of values beats comparing them. */
const MANY = 2048

/** One feature's postings, the strongest first. Those of equal values are by place in the corpus already. */
export function sortByStrength(postings: Postings): Postings {
  const { value } = postings
  if (value.length >= MANY) return pickPostings(postings, argsort(value, true))
  return pickPostings(postings, Uint32Array.from(value.keys()).sort(byStrength(postings)))
}

/** All postings by feature, the strongest of each first. */
function sortPostings(postings: Postings, dSae: number): Postings {
  const length = postings.value.length
  const starts = new Uint32Array(dSae + 1)
  for (let row = 0; row < length; row += 1) starts[postings.feature[row] + 1] += 1
  for (let feature = 0; feature < dSae; feature += 1) starts[feature + 1] += starts[feature]
  const rows = new Uint32Array(length)
  const next = starts.slice()
  for (let row = 0; row < length; row += 1) {
    const feature = postings.feature[row]
    rows[next[feature]] = row
    next[feature] += 1
  }
  const compare = byStrength(postings)
  for (let feature = 0; feature < dSae; feature += 1) {
    const [from, to] = [starts[feature], starts[feature + 1]]
    if (to - from > 1) rows.subarray(from, to).sort(compare)
  }
  return pickPostings(postings, rows)
}

/** Postings that come in token by token; `take` gives them sorted and begins anew. */
export class PostingsBuffer {
  readonly #dSae: number
  #room: Postings
  #length = 0

  constructor(dSae: number, capacity: number) {
    this.#dSae = dSae
    this.#room = emptyPostings(capacity)
  }

  get length(): number {
    return this.#length
  }

  get capacity(): number {
    return this.#room.value.length
  }

  /** What one document's tokens are, the first left out: `<bos>`. */
  add(document: number, { rows, rowPtr, indices, values }: SparseRows): void {
    const coming = indices.length - rowPtr[1]
    if (this.#length + coming > this.capacity) this.#grow(this.#length + coming)
    const { feature, document: documents, position, value } = this.#room
    let at = this.#length
    for (let row = 1; row < rows; row += 1) {
      for (let entry = rowPtr[row]; entry < rowPtr[row + 1]; entry += 1) {
        feature[at] = indices[entry]
        documents[at] = document
        position[at] = row
        value[at] = values[entry]
        at += 1
      }
    }
    this.#length = at
  }

  take(): Postings {
    const sorted = sortPostings(slicePostings(this.#room, 0, this.#length), this.#dSae)
    this.#length = 0
    return sorted
  }

  #grow(needed: number): void {
    const room = emptyPostings(Math.max(needed, this.capacity * 2))
    const old = slicePostings(this.#room, 0, this.#length)
    room.feature.set(old.feature)
    room.document.set(old.document)
    room.position.set(old.position)
    room.value.set(old.value)
    this.#room = room
  }
}
