// Which features fire on the same tokens: counted over some of the documents, so that memory has a bound.

import type { CorpusTokens } from './corpus.ts'
import { ticketOf } from './draw.ts'
import { strongest } from './strongest.ts'
import type { Postings } from './types.ts'

/** Firings that are held by token: 32 MiB. */
const HELD = 1 << 23
const BY_JACCARD = 12
const NAMED = 20
/** Features that meet less often than this are together by chance for all that is known. */
const MEETINGS = 5
const SEED = 20260823

/** Features by token, of the documents that were chosen. */
export class Coactivity {
  /** Row of each document's first token among the held ones, or −1. */
  readonly #rowOf: Int32Array
  /** [held tokens + 1] */
  readonly #rowPtr: Uint32Array
  readonly #filled: Uint32Array
  readonly #features: Int32Array
  /** [dSae] firings on held tokens */
  readonly counts: Int32Array
  /** Tokens counted over, `<bos>` left out. */
  readonly tokens: number
  readonly #meetings: Int32Array

  /** `firings`: [all tokens] how many features fire on each. */
  constructor(corpus: CorpusTokens, firings: Uint32Array, dSae: number, held = HELD) {
    this.counts = new Int32Array(dSae)
    this.#meetings = new Int32Array(dSae)
    this.#rowOf = new Int32Array(corpus.documents).fill(-1)
    const order = Array.from({ length: corpus.documents }, (_, document) => document)
    const total = firings.reduce((sum, count) => sum + count, 0)
    if (total > held) order.sort((a, b) => ticketOf(SEED, 0, a) - ticketOf(SEED, 0, b) || a - b)
    const lengths: number[] = []
    let entries = 0
    let tokens = 0
    for (const document of order) {
      const own = Array.from({ length: corpus.length(document) }, (_, at) => firings[corpus.at(document, at)])
      const sum = own.reduce((all, count) => all + count, 0)
      if (entries + sum > held) break
      this.#rowOf[document] = lengths.length
      for (const count of own) lengths.push(count)
      entries += sum
      tokens += own.length - 1
    }
    this.tokens = tokens
    this.#features = new Int32Array(entries)
    this.#rowPtr = new Uint32Array(lengths.length + 1)
    lengths.forEach((length, row) => {
      this.#rowPtr[row + 1] = this.#rowPtr[row] + length
    })
    this.#filled = this.#rowPtr.slice(0, lengths.length)
  }

  /** Adds postings of whatever features. */
  add(postings: Postings): void {
    for (let at = 0; at < postings.value.length; at += 1) {
      const row = this.#row(postings, at)
      if (row < 0) continue
      this.#features[this.#filled[row]] = postings.feature[at]
      this.#filled[row] += 1
      this.counts[postings.feature[at]] += 1
    }
  }

  /** The features that meet this one most, once all were added. `postings` are all of one feature. */
  partners(postings: Postings): { coactive: number[]; coactiveBoth: number[] } {
    const feature = postings.feature[0]
    const met: number[] = []
    const [meetings, features, rowPtr] = [this.#meetings, this.#features, this.#rowPtr]
    for (let at = 0; at < postings.value.length; at += 1) {
      const row = this.#row(postings, at)
      if (row < 0) continue
      for (let entry = rowPtr[row], end = rowPtr[row + 1]; entry < end; entry += 1) {
        const other = features[entry]
        if (meetings[other] === 0) met.push(other)
        meetings[other] += 1
      }
    }
    const own = this.counts[feature]
    const both = (other: number): number => this.#meetings[other]
    const enough = met.filter((other) => other !== feature && both(other) >= MEETINGS)
    const byJaccard = strongest(
      enough,
      BY_JACCARD,
      (other) => both(other) / (own + this.counts[other] - both(other)),
    )
    const rest = enough.filter((other) => !byJaccard.includes(other))
    const byLift = strongest(rest, NAMED - byJaccard.length, (other) => both(other) / this.counts[other])
    const coactive = [...byJaccard, ...byLift]
    const coactiveBoth = coactive.map(both)
    for (const other of met) this.#meetings[other] = 0
    return { coactive, coactiveBoth }
  }

  #row({ document, position }: Postings, at: number): number {
    const first = this.#rowOf[document[at]]
    return first < 0 ? -1 : first + position[at]
  }
}
