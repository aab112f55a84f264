// How well a reconstruction explains what it reconstructs.

/**
 * Fraction of variance unexplained, as the Gemma Scope paper defines it (arXiv 2408.05147):
 * Σ‖y − ŷ‖² / Σ‖y − mean over tokens of y‖², the rows `without` left out: they are <bos>, an outlier.
 * y and ŷ are [rows, width]; sums in float64. NaN when fewer than two rows are counted.
 */
export function fractionOfVarianceUnexplained(
  y: Float32Array,
  yHat: Float32Array,
  rows: number,
  width: number,
  without: readonly number[] = [0],
): number {
  const left = new Set(without.filter((row) => row < rows))
  const counted = rows - left.size
  if (counted < 2) return Number.NaN
  const mean = new Float64Array(width)
  for (let t = 0; t < rows; t++) {
    if (left.has(t)) continue
    for (let i = 0; i < width; i++) mean[i] += y[t * width + i] / counted
  }
  let unexplained = 0
  let variance = 0
  for (let t = 0; t < rows; t++) {
    if (left.has(t)) continue
    for (let i = 0; i < width; i++) {
      const value = y[t * width + i]
      unexplained += (value - yHat[t * width + i]) ** 2
      variance += (value - mean[i]) ** 2
    }
  }
  return unexplained / variance
}
