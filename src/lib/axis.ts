// Where a chart's axis has its ticks, and what they say.

export interface Tick {
  value: number
  text: string
}

/** Round values (1, 2 or 5 times a power of ten apart) from `low` to `high`, about `count` of them, at least two. */
export function linearTicks(low: number, high: number, count: number): Tick[] {
  if (!(high > low)) return [{ value: low, text: format(low, decimalsOf(low)) }]
  const rough = (high - low) / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const steps = [10, 5, 2, 1].map((factor) => factor * power)
  const fits = (step: number): number => Math.floor(high / step + 1e-9) - Math.ceil(low / step - 1e-9) + 1
  const step = steps.find((candidate) => candidate <= rough * 1.5 && fits(candidate) >= 2) ?? steps[3]
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
  const first = Math.ceil(low / step - 1e-9)
  return Array.from({ length: fits(step) }, (_, at) => {
    const value = (first + at) * step
    return { value, text: format(value, decimals) }
  })
}

/** Powers of ten from 1 to `high`; only every second or third where there are more than `count`. */
export function logTicks(high: number, count: number): Tick[] {
  const powers = Math.floor(Math.log10(Math.max(1, high)) + 1e-9) + 1
  const stride = Math.ceil(powers / count)
  return Array.from({ length: Math.ceil(powers / stride) }, (_, at) => {
    const value = 10 ** (at * stride)
    return { value, text: format(value, 0) }
  })
}

/** Numbers beyond what digits show well are written with an exponent. */
function format(value: number, decimals: number): string {
  const size = Math.abs(value)
  if (size >= 1e7 || decimals > 9) return value.toExponential(2).replace('-', '−').replace('e+', 'e')
  return value
    .toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
    .replace(/^-(?=0(\.0*)?$)/, '')
    .replace('-', '−')
}

function decimalsOf(value: number): number {
  return Number.isInteger(value) ? 0 : Math.min(9, Math.max(1, 3 - Math.floor(Math.log10(Math.abs(value)))))
}

/** Decimals that tell values between `low` and `high` apart by a hundredth of their spread, 2 to 9. */
export function spreadDecimals(low: number, high: number): number {
  const spread = high - low || Math.abs(high)
  return spread > 0 ? Math.min(9, Math.max(2, 2 - Math.floor(Math.log10(spread)))) : 2
}
