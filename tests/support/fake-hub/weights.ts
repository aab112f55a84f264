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

const halfTables: Uint16Array<ArrayBuffer>[] = []

/** Bits of bfloat16 numbers as in a trained model: normal, standard deviation 0.03. */
export function bfloat16Table(): Uint16Array<ArrayBuffer> {
  const random = seededRandom(3)
  halfTables[0] ??= Uint16Array.from({ length: WEIGHTS_PERIOD }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random()))
    return bfloat16(0.03 * radius * Math.cos(2 * Math.PI * random()))
  })
  return halfTables[0]
}

/** Where a checkpoint's tensor begins in the table of bfloat16 numbers: FNV-1a of its name. */
export function checkpointStart(tensor: string, salt = 0): number {
  let hash = 0x811c9dc5
  for (const letter of `${tensor} ${salt}`) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0
  return hash % WEIGHTS_PERIOD
}

/** Element `index` (C order) of a tensor of `checkpoint(…)`, such as "model.layers.0.mlp.up_proj.weight". */
export function checkpointWeight(tensor: string, index: number, salt = 0): number {
  const bits = bfloat16Table()[(checkpointStart(tensor, salt) + index) % WEIGHTS_PERIOD]
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0]
}

/** The nearest bfloat16, ties to even. */
function bfloat16(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0]
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16
}
