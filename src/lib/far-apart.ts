// Whether a run's L0 and FVU are so far from the published ones that the activations are probably not what the SAE
// was trained on, and what may have happened then.
import { formatNumber } from './format.ts'

export interface RunFigures {
  /** Tokens the figures are of: position 0 is not. */
  counted: number
  l0: number
  fvu: number
}

export interface PublishedFigures {
  l0: number
  fvu?: number
}

export interface FarApart {
  /** "L0 is 1,795 where 71 is published: are these raw activations of …, with <bos> first?" */
  question: string
  /** What may have happened, the likeliest first. */
  causes: string[]
}

/** How far L0 and FVU of a long text may be from the published ones: texts differ by less than that. */
const FACTOR = 3
/** An FVU of so few tokens says little: their mean explains most of their variance. */
const FEWEST_FOR_FVU = 5

/**
 * The factor allowed either way for figures of `counted` tokens: 3 for many; for few, more by two standard errors of
 * a mean whose tokens vary by as much as the mean is (a token's L0 is between a fraction and some times the average).
 */
export function allowedFactor(counted: number): number {
  return FACTOR * (1 + 2 / Math.sqrt(counted))
}

/**
 * Says so when L0 is beyond the allowed factor of the published one on either side; when FVU is beyond it above; or
 * when FVU is more than 1, worse than the mean activation alone. `hook` is where the SAE reads, if that is known.
 */
export function farApart(
  { counted, l0, fvu }: RunFigures,
  published: PublishedFigures | undefined,
  hook: string | undefined,
): FarApart | undefined {
  if (counted < 1) return undefined
  const allowed = allowedFactor(counted)
  const found: string[] = []
  const high = published !== undefined && l0 > published.l0 * allowed
  const low = published !== undefined && l0 * allowed < published.l0
  if (published && (high || low)) {
    found.push(`L0 is ${figure(l0)} where ${figure(published.l0)} is published`)
  }
  // Of n tokens, (n − 1) / n of the variance is left about their own mean.
  const unbiased = (fvu * (counted - 1)) / counted
  if (counted >= FEWEST_FOR_FVU) {
    if (published?.fvu !== undefined && unbiased > published.fvu * allowed) {
      found.push(`FVU is ${formatNumber(fvu, 2)} where ${formatNumber(published.fvu, 2)} is published`)
    } else if (unbiased > 1) {
      found.push(`FVU is ${formatNumber(fvu, 2)}, worse than the mean activation alone`)
    }
  }
  if (found.length === 0) return undefined
  const place = hook ? `raw activations of ${hook}` : 'raw activations of the hook it was trained on'
  return {
    question: `${found.join(', and ')}: are these ${place}, with <bos> first?`,
    causes: [
      ...(high
        ? ['a plain ReLU in place of the SAE’s thresholds, which lets many more features through']
        : []),
      'activations that were normalised or scaled: this SAE reads them as the model has them',
      hook ? `another layer or site than ${hook}` : 'another layer or site than it was trained on',
      'no <bos> before the text',
      'another model than it was trained on, instruction-tuned for example, or one at low precision',
    ],
  }
}

/** Three digits are enough to compare by. */
function figure(value: number): string {
  return formatNumber(value, Number.isInteger(value) || value >= 100 ? 0 : 1)
}
