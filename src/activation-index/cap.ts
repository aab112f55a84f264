// A part of a feature's postings for indexes that must stay small: whole documents, so that every example shown has
// all of the feature's values in it.
import { pickPostings } from './postings.ts'
import type { Postings } from './types.ts'

export interface Cap {
  /** Documents with the highest activations. */
  strongest: number
  /** Other documents, drawn with `seed`. */
  sampled: number
  seed: number
}

/** `postings` are all of one feature, by strength; so is what is returned. */
export function capPostings(postings: Postings, { strongest, sampled, seed }: Cap): Postings {
  // In order of strength, so a document stands where its highest activation is.
  const documents = [...new Set(postings.document)]
  if (documents.length <= strongest + sampled) return postings
  const feature = postings.feature[0]
  const drawn = documents
    .slice(strongest)
    .map((document) => ({ document, ticket: ticketOf(seed, feature, document) }))
    .sort((a, b) => a.ticket - b.ticket || a.document - b.document)
    .slice(0, sampled)
  const kept = new Set([...documents.slice(0, strongest), ...drawn.map(({ document }) => document)])
  const rows = Uint32Array.from(postings.document.keys()).filter((row) => kept.has(postings.document[row]))
  return pickPostings(postings, rows)
}

/** A number that looks random but is the same everywhere: MurmurHash3's finalizer over the three. */
export function ticketOf(seed: number, feature: number, document: number): number {
  let hash = seed | 0
  for (const part of [feature, document]) {
    hash = Math.imul(hash ^ part, 0x9e3779b1)
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    hash ^= hash >>> 16
  }
  return hash >>> 0
}
