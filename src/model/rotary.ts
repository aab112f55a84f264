// What attention needs to know of positions: rotary tables and additive masks.

/** Added to scores of keys a query may not see: far below any score, and finite, as WGSL prefers. */
const HIDDEN = -1e30

export interface RotaryTable {
  /** [rows, headDim] */
  cos: Float32Array<ArrayBuffer>
  /**
   * [rows, headDim] with the first half negated, so that rotation is x·cos + swapHalves(x)·sin: the usual
   * rotate_half is swapHalves with the new first half negated.
   */
  signedSin: Float32Array<ArrayBuffer>
}

/** Angles position · θ^(−2i / headDim), the same for both halves (RoFormer, arXiv 2104.09864, half-split form). */
export function rotaryTable(rows: number, headDim: number, theta: number): RotaryTable {
  const half = headDim / 2
  const cos = new Float32Array(rows * headDim)
  const signedSin = new Float32Array(rows * headDim)
  for (let i = 0; i < half; i += 1) {
    // Rounded where PyTorch rounds: frequency and angle are float32 there, and far positions feel it.
    const frequency = Math.fround(1 / theta ** ((2 * i) / headDim))
    for (let position = 0; position < rows; position += 1) {
      const angle = Math.fround(position * frequency)
      const at = position * headDim + i
      cos[at] = Math.cos(angle)
      cos[at + half] = cos[at]
      signedSin[at] = -Math.sin(angle)
      signedSin[at + half] = -signedSin[at]
    }
  }
  return { cos, signedSin }
}

/** [rows, rows]: 0 where query q (row) sees key k, that is k ≤ q and q − k < window; hugely negative elsewhere. */
export function attentionMask(rows: number, window = Number.POSITIVE_INFINITY): Float32Array<ArrayBuffer> {
  const mask = new Float32Array(rows * rows).fill(HIDDEN)
  for (let query = 0; query < rows; query += 1) {
    const firstSeen = Math.max(0, query - window + 1)
    mask.fill(0, query * rows + firstSeen, query * rows + query + 1)
  }
  return mask
}
