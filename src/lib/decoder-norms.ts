// Whether an SAE's decoder rows have length 1, in words: Gemma Scope's have, within 1e-5.
import { formatNumber } from './format.ts'

const UNIT = 1e-5

export interface DecoderNorms {
  unit: boolean
  text: string
}

/** Reported, not refused: an SAE with other norms works, but its activations are not comparable between features. */
export function decoderNorms([low, high]: readonly [number, number]): DecoderNorms {
  const off = Math.max(Math.abs(low - 1), Math.abs(high - 1))
  const unit = off <= UNIT
  if (unit) {
    const text =
      off === 0
        ? 'All are exactly 1.'
        : `All are 1 within 1e-5, as Gemma Scope’s are (by ${small(off)} at most).`
    return { unit, text }
  }
  return {
    unit,
    text:
      `They are not all 1 within 1e-5, as Gemma Scope’s are: from ${formatNumber(low, 4)} to ` +
      `${formatNumber(high, 4)}, off by ${small(off)} at most. An activation of 1 then means another length of ` +
      'what is written for each feature.',
  }
}

/** Two digits: "3.2e-7", "0.013", "1.4". */
function small(value: number): string {
  if (value < 1e-3) return value.toExponential(1)
  return value.toLocaleString('en', { maximumSignificantDigits: 2 })
}
