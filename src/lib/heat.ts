// How strong an activation looks. The rule is Neuronpedia's: 0.05 + 0.95·log10(1 + 9·v/max), zero below 5e-5.

const ZERO = 5e-5

/** Opacity of the activation colour, 0 … 1, for value `v` in a list whose highest value is `max`. */
export function heat(value: number, max: number): number {
  if (!(value >= ZERO) || !(max > 0)) return 0
  return 0.05 + 0.95 * Math.log10(1 + 9 * Math.min(1, value / max))
}

/**
 * Opacity from which text on the activation colour takes the theme's `--on-strong` instead of `--on-lit`.
 * It is where both have the same contrast in the dark theme, so that text stays AA at every strength.
 */
export const STRONG = 0.57
