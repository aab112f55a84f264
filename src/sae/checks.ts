// Checks of what goes into encode and decode, the same on every backend.
import type { Activations } from '../lib/activations.ts'
import { UserError } from '../lib/errors.ts'
import type { SparseRows } from '../lib/sparse-rows.ts'
import type { SaeShape } from './weights.ts'

/** UserError with both numbers unless activations of `width` fit the SAE. */
export function expectWidth(width: number, shape: SaeShape): void {
  if (width === shape.dIn) return
  throw new UserError({
    title: 'These activations do not fit this SAE.',
    detail: `They are ${width} wide, the SAE reads ${shape.dIn}.`,
    remedy: 'Choose an SAE of the same model and hook as the activations.',
  })
}

/** UserError naming the first token (row) of x [rows, width] that holds NaN or infinity. */
export function expectFiniteRows(x: Float32Array, rows: number, width: number): void {
  for (let i = 0; i < rows * width; i++) {
    // NaN − NaN and ∞ − ∞ are NaN, everything else gives 0.
    if (x[i] - x[i] !== 0) throw nonFinite(Math.floor(i / width), `${x[i]} at position ${i % width}`)
  }
}

/** The error for token `row` whose activations are not all finite. */
export function nonFinite(row: number, what: string): UserError {
  return new UserError({
    title: `Token ${row} has activations that are not finite.`,
    detail: `Its activations hold ${what}; an SAE’s answer to that would mean nothing.`,
    remedy: 'Check how the activations were made: half precision overflows on large residuals.',
  })
}

/** UserError unless `x` holds rows · width numbers. */
export function expectLength(x: Float32Array, rows: number, width: number): void {
  if (Number.isInteger(rows) && rows >= 0 && x.length === rows * width) return
  throw new UserError({
    title: 'These activations are incomplete.',
    detail: `${rows} tokens of width ${width} need ${rows * width} numbers, there are ${x.length}.`,
    remedy: 'Give activations of shape [tokens, width].',
  })
}

/** UserError unless `sparse` can be decoded: the SAE's width, offsets in order, indices in range. */
export function expectSparse(sparse: SparseRows, dSae: number): void {
  const { rows, width, rowPtr, indices, values } = sparse
  const problem = (): string | undefined => {
    if (width !== dSae) return `They are of ${width} features, the SAE has ${dSae}.`
    if (rowPtr.length !== rows + 1 || rowPtr[0] !== 0) return `Their row offsets do not fit ${rows} rows.`
    for (let row = 0; row < rows; row++) {
      if (rowPtr[row + 1] < rowPtr[row]) return `Row ${row} ends before it starts.`
    }
    if (indices.length !== rowPtr[rows] || values.length !== rowPtr[rows]) {
      return `${rowPtr[rows]} entries are announced, ${indices.length} indices and ${values.length} values given.`
    }
    for (let row = 0; row < rows; row++) {
      for (let i = rowPtr[row]; i < rowPtr[row + 1]; i++) {
        if (indices[i] >= dSae) return `Row ${row} names feature ${indices[i]}; the last one is ${dSae - 1}.`
        if (i > rowPtr[row] && indices[i] <= indices[i - 1]) return `Indices of row ${row} do not ascend.`
      }
    }
    return undefined
  }
  const detail = problem()
  if (detail === undefined) return
  throw new UserError({
    title: 'These features cannot be decoded by this SAE.',
    detail,
    remedy: 'Decode features with the SAE that encoded them.',
  })
}

/** The activations an affine skip needs. UserError when there are none, or of other tokens. */
export function expectSkipInput(x: Activations | undefined, sparse: SparseRows): Activations {
  if (x?.rows === sparse.rows) return x
  throw new UserError({
    title: 'This transcoder needs its input to decode.',
    detail: x
      ? `Activations of ${x.rows} tokens were given for features of ${sparse.rows}.`
      : 'It adds x · affine_skip_connection to the features, and no activations x were given.',
    remedy: 'Give decode the activations that were encoded.',
  })
}

/** UserError unless `f` is a feature of the SAE. */
export function expectFeature(f: number, dSae: number): void {
  if (Number.isInteger(f) && f >= 0 && f < dSae) return
  throw new UserError({
    title: `There is no feature ${f}.`,
    detail: `This SAE has features 0 to ${dSae - 1}.`,
    remedy: 'Choose a feature in that range.',
  })
}
