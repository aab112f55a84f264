// Small dense vector sums, in float64.

/** Euclidean length. */
export function norm(x: Float32Array): number {
  return Math.sqrt(dot(x, x))
}

/** Cosine of the angle between two vectors of equal length; NaN when one is zero. */
export function cosine(x: Float32Array, y: Float32Array): number {
  return dot(x, y) / (norm(x) * norm(y))
}

function dot(x: Float32Array, y: Float32Array): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i]
  return sum
}
