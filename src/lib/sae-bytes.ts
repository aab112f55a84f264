// How large an SAE's weights are.

/** Bytes of both matrices, biases and thresholds as float32. */
export function weightBytes({ dIn, dSae, dOut }: { dIn: number; dSae: number; dOut: number }): number {
  return 4 * (dSae * (dIn + dOut + 2) + dOut)
}
