// Text of any origin in a given room: cleaned of what would leave its line, measured, wrapped and cut between characters.
import { tokenPieces } from '../../lib/token-text.ts'

export interface Font {
  /** In pixels. */
  size: number
  weight?: 400 | 600 | 700
  mono?: boolean
  italic?: boolean
}

/** Width of a text in pixels. */
export type Measure = (text: string, font: Font) => number

// As theme.css has them.
export const MONO = 'ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace'
export const SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif'

/** More UTF-16 units than any line of a card holds. */
const LONGEST = 400
const LONGEST_TOKEN = 120

/** The font as CSS and canvases take it. */
export function cssFont({ size, weight = 400, mono, italic }: Font): string {
  return `${italic ? 'italic ' : ''}${weight} ${size}px ${mono ? MONO : SANS}`
}

/** A label or title in one line: no controls, no directions of its own, no towers of accents. */
export function plain(text: string): string {
  const line = text
    .slice(0, LONGEST)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Z}]+/gu, ' ')
  return flat(line.replace(/(?![\u200c\u200d])\p{Cf}/gu, '')).trim()
}

/** A token as it is drawn: what cannot be seen has a sign. */
export function drawnToken(text: string): string {
  const pieces = tokenPieces(text.slice(0, LONGEST_TOKEN).toWellFormed())
  return flat(pieces.map((piece) => (piece.kind === 'newline' ? '↵' : piece.text)).join(''))
}

/** Three marks on a character are what scripts need; more only leave the line. */
function flat(text: string): string {
  return text.replace(/(\p{M}{3})\p{M}+/gu, '$1')
}

/** Keeps a text's own direction from reordering what stands beside it. */
export function isolated(text: string): string {
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(text) ? `\u2068${text}\u2069` : text
}

const characters = new Intl.Segmenter('en', { granularity: 'grapheme' })
const words = new Intl.Segmenter('en', { granularity: 'word' })

/** The text, or as much of its beginning as fits, with an ellipsis; empty where not even that fits. */
export function fitted(text: string, width: number, font: Font, measure: Measure): string {
  if (measure(text, font) <= width) return text
  const parts = Array.from(characters.segment(text), ({ segment }) => segment)
  const cut = (count: number): string => `${parts.slice(0, count).join('').trimEnd()}…`
  let [low, high] = [0, parts.length]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (measure(cut(middle), font) <= width) low = middle
    else high = middle - 1
  }
  return measure(cut(low), font) <= width ? cut(low) : ''
}

/** At most `most` lines, broken between words; the last is cut. */
export function wrapped(text: string, width: number, most: number, font: Font, measure: Measure): string[] {
  const lines: string[] = []
  let line = ''
  let rest = text
  for (const { segment } of words.segment(text)) {
    if (lines.length === most - 1) break
    if (line !== '' && measure((line + segment).trimEnd(), font) > width) {
      lines.push(line.trim())
      rest = rest.slice(line.length)
      line = ''
    }
    line += segment
  }
  return [...lines, rest.trim()].map((one) => fitted(one, width, font, measure)).filter((one) => one !== '')
}
