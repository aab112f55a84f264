// Steps of a slider for shares of tokens, each a tenth of a power of ten, from a millionth to one.

/** The lowest of 0 … STEPS stands for 0. */
export const DENSITY_STEPS = 60
const DECADES = 6

/** Two digits, as addresses and people have them. */
export function shareOfStep(step: number): number {
  return step === 0 ? 0 : Number((10 ** ((step / DENSITY_STEPS - 1) * DECADES)).toPrecision(2))
}

/** The step nearest to a share, 0 for 0. */
export function stepOfShare(share: number): number {
  const step = Math.round((Math.log10(share) / DECADES + 1) * DENSITY_STEPS)
  return Math.max(0, Math.min(DENSITY_STEPS, step))
}
