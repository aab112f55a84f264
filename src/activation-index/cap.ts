// A part of a feature's postings for indexes that must stay small: whole documents, so that every example shown has
// all of the feature's values in it, and those that would be shown anyway.
import { chosenDocuments, type DocumentChoice } from './draw.ts'
import { pickPostings } from './postings.ts'
import type { Postings } from './types.ts'

/** Documents kept of every feature. */
export type Cap = DocumentChoice

/** `postings` are all of one feature, the strongest first; so is what is returned. */
export function capPostings(postings: Postings, cap: Cap): Postings {
  if (postings.value.length === 0) return postings
  const kept = chosenDocuments(postings, { feature: postings.feature[0], max: postings.value[0] }, cap)
  const rows = Uint32Array.from(postings.document.keys()).filter((row) => kept.has(postings.document[row]))
  return rows.length === postings.value.length ? postings : pickPostings(postings, rows)
}
