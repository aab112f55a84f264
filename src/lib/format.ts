// Numbers as a person reads them: aligned decimals in lists, bytes, durations.

/** Decimals that show about four digits of the list's highest value, at least one below a thousand. */
export function decimalsFor(max: number): number {
  if (!(max > 0)) return 1
  return Math.min(6, Math.max(max >= 1000 ? 0 : 1, 2 - Math.floor(Math.log10(max))))
}

/** By decimals. Making one takes many times as long as formatting a number, and a list has hundreds of numbers. */
const FIXED = new Map<number, Intl.NumberFormat>()

/** With thousands separators and a fixed number of decimals, minus sign included. */
export function formatNumber(value: number, decimals = 0): string {
  if (!Number.isFinite(value)) return 'none'
  let format = FIXED.get(decimals)
  if (!format) {
    format = new Intl.NumberFormat('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
    FIXED.set(decimals, format)
  }
  return format.format(value).replace('-', '−')
}

/** A large count in three digits: "950", "12.3K", "4.72M". */
export function formatCount(count: number): string {
  return count.toLocaleString('en', { notation: 'compact', maximumSignificantDigits: 3 })
}

/** A share of one as "62%", "0.37%", "0%": two digits that count. */
export function formatShare(share: number): string {
  return `${(share * 100).toLocaleString('en', { maximumSignificantDigits: share >= 0.995 ? 3 : 2 })}%`
}

/** A share in a column, where "0.4%" above "0.53%" would look like another precision: "0.40%", "62%", "0%". */
export function formatDensity(share: number): string {
  if (!(share > 0)) return formatShare(share)
  const digits = share >= 0.995 ? 3 : 2
  const options = { minimumSignificantDigits: digits, maximumSignificantDigits: digits }
  return `${(share * 100).toLocaleString('en', options)}%`
}

/** "4.1 MB"; decimal units, as networks and stores count. */
export function formatBytes(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(2)} GB`
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`
  if (bytes >= 1e3) return `${Math.round(bytes / 1e3)} kB`
  return `${bytes} B`
}

/** "0.4 s", "12 s", "3 min". */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  return seconds < 100 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`
}

/** "16k", "65k", "1M": powers of two as SAE names write them, in thousands rounded down. */
export function formatWidth(width: number): string {
  if (width >= 1 << 20 && width % (1 << 20) === 0) return `${width / (1 << 20)}M`
  return width >= 1024 && width % 1024 === 0 ? `${Math.floor(width / 1000)}k` : String(width)
}

/** "1 token", "33 tokens". */
export function plural(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? '' : 's'}`
}
