// Tables, ratios and slopes of the benchmark, from numbers alone.

/** A table for a terminal and for Markdown: columns as wide as their widest cell, numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, i) => Math.max(title.length, 3, ...rows.map((row) => row[i].length)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`
  const rule = `|${widths.map((width, i) => (i === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [line(header), rule, ...rows.map(line)].join('\n')
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** The fastest repetition. */
export function best(values: readonly number[]): number {
  return Math.min(...values)
}

/** Least-squares slope of log y on log x: 1 where y grows as x does. */
export function logSlope(points: readonly (readonly [number, number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)])
  const mean = (i: number): number => logs.reduce((sum, point) => sum + point[i], 0) / logs.length
  const [mx, my] = [mean(0), mean(1)]
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0)
  return covariance / logs.reduce((sum, [x]) => sum + (x - mx) ** 2, 0)
}

/**
 * Milliseconds until the first features, where `bytes` come over a line of `megabits` a second while what has come is
 * packed, in `packing` milliseconds if it came at once, and all else follows in `running` milliseconds.
 */
export function firstFeatures(pieces: {
  bytes: number
  megabits: number
  packing: number
  running: number
}): number {
  const { bytes, megabits, packing, running } = pieces
  return Math.max((8 * bytes) / (1000 * megabits), packing) + running
}

export function milliseconds(value: number): string {
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`
  return value >= 100 ? `${value.toFixed(0)} ms` : `${value.toFixed(value < 10 ? 2 : 1)} ms`
}

export function ratio(value: number): string {
  return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)}×`
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 0)} MB`
}

/** Whether two lists of active features agree: of each token's entries as a whole, and values of the common ones. */
export function agreement(
  a: { indices: readonly number[]; values: readonly number[] },
  b: { indices: readonly number[]; values: readonly number[] },
): { common: number; worst: number } {
  let [i, j, both, worst] = [0, 0, 0, 0]
  while (i < a.indices.length && j < b.indices.length) {
    if (a.indices[i] === b.indices[j]) {
      both += 1
      worst = Math.max(worst, Math.abs(a.values[i] - b.values[j]) / Math.abs(a.values[i]))
      i += 1
      j += 1
      continue
    }
    // One list has an entry more: the shorter step that brings them together again is taken.
    const [skipA, skipB] = [a.indices.indexOf(b.indices[j], i), b.indices.indexOf(a.indices[i], j)]
    if (skipA >= 0 && (skipB < 0 || skipA - i <= skipB - j)) i = skipA
    else if (skipB >= 0) j = skipB
    else {
      i += 1
      j += 1
    }
  }
  return { common: both / Math.max(1, a.indices.length, b.indices.length), worst }
}
