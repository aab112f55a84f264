// The numbers in the fake hub's SAEs: a table of prime length, repeated, so that any element is known by its place.
// Runs in Node and in the browser.
import { seededRandom } from '../random.ts'

/** A prime, so that no two rows of a matrix begin at the same place of the table. */
export const WEIGHTS_PERIOD = 1_048_573

const tables = new Map<boolean, Float32Array<ArrayBuffer>>()

/** All finite; uniform in ±0.05, or in [1, 1.1) where they have to be positive (thresholds). */
export function weightsTable(positive = false): Float32Array<ArrayBuffer> {
  const random = seededRandom(positive ? 2 : 1)
  const made =
    tables.get(positive) ??
    Float32Array.from({ length: WEIGHTS_PERIOD }, () => (positive ? 1 : -0.05) + 0.1 * random())
  tables.set(positive, made)
  return made
}

const TENSORS = ['W_enc', 'W_dec', 'b_enc', 'b_dec', 'threshold'] as const

/** Element `index` (C order) of an array of `scopeFile(…, salt)`. */
export function scopeWeight(name: (typeof TENSORS)[number], index: number, salt = 0): number {
  const tensor = TENSORS.indexOf(name) + 5 * salt
  return weightsTable(name === 'threshold')[(tensor * 104_729 + index) % WEIGHTS_PERIOD]
}
