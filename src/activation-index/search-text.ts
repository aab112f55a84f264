// Searching what is written about every feature: folded text, one line a feature, looked through as it is. A scan of
// 60 MB takes tens of milliseconds, which no index structure is worth.

/** Lines of one string. Kept apart, texts that are all Latin-1 take a byte a character, and no string grows too long. */
const CHUNK_LINES = 16_384
const ASCII = /^\p{ASCII}*$/u

/** As text is compared: lower case, compatibility forms and diacritics gone, word marks of vocabularies as spaces. */
export function foldText(text: string): string {
  const plain = ASCII.test(text)
    ? text
    : text
        .replaceAll('▁', ' ')
        .normalize('NFKD')
        .replace(/\p{M}+/gu, '')
        .normalize('NFKC')
  return plain.toLowerCase()
}

/** Words of a search, folded, each once, the longest first: the rarest, as far as can be told. */
export function searchWords(text: string): string[] {
  const words = foldText(text)
    .split(/\s+/u)
    .filter((word) => word !== '')
  return [...new Set(words)].sort((a, b) => b.length - a.length)
}

export class SearchText {
  readonly #chunks: { text: string; starts: Uint32Array }[] = []
  readonly #lines: number

  /** `parts` gives what is written about a line: label, summary, tokens … in any order. */
  constructor(lines: number, parts: (line: number) => Iterable<string>) {
    this.#lines = lines
    for (let first = 0; first < lines; first += CHUNK_LINES) {
      const count = Math.min(CHUNK_LINES, lines - first)
      const own = Array.from({ length: count }, (_, at) => lineOf(parts(first + at)))
      this.#chunks.push(chunkOf(own))
    }
  }

  /** [lines] 1 for lines that hold every word of `text`, parts of words too; undefined for a text without words. */
  matches(text: string): Uint8Array | undefined {
    const [rarest, ...others] = searchWords(text)
    if (rarest === undefined) return undefined
    const found = new Uint8Array(this.#lines)
    this.#chunks.forEach((chunk, at) => {
      scan(chunk, rarest, others, found.subarray(at * CHUNK_LINES))
    })
    return found
  }
}

function lineOf(parts: Iterable<string>): string {
  const line = [...parts].join(' ')
  return /[\r\n]/.test(line) ? line.replaceAll(/[\r\n]/g, ' ') : line
}

function chunkOf(lines: readonly string[]): { text: string; starts: Uint32Array } {
  // Folded as a whole: no line end appears or goes.
  const text = foldText(lines.join('\n'))
  const starts = new Uint32Array(lines.length + 1)
  for (let line = 1, from = 0; line < lines.length; line += 1) {
    from = text.indexOf('\n', from) + 1
    starts[line] = from
  }
  starts[lines.length] = text.length + 1
  return { text, starts }
}

/** Sets `found` for the lines that hold the rarest word and the others. */
function scan(
  { text, starts }: { text: string; starts: Uint32Array },
  rarest: string,
  others: readonly string[],
  found: Uint8Array,
): void {
  const lines = starts.length - 1
  let line = 0
  for (let at = text.indexOf(rarest); at >= 0; at = text.indexOf(rarest, starts[line])) {
    line = lineAt(starts, at, line)
    const own = others.length > 0 ? text.slice(starts[line], starts[line + 1] - 1) : ''
    if (others.every((word) => own.includes(word))) found[line] = 1
    line += 1
    if (line >= lines) return
  }
}

/** The line that holds a place at or after `from`: steps that double, then halve. */
function lineAt(starts: Uint32Array, place: number, from: number): number {
  let low = from
  let step = 1
  while (low + step < starts.length && starts[low + step] <= place) {
    low += step
    step *= 2
  }
  let high = Math.min(low + step, starts.length - 1)
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (starts[middle] <= place) low = middle
    else high = middle
  }
  return low
}
