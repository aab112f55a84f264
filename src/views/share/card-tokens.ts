// Running text of a share card, each token on its colour: a whole text over several lines, or a line round one token.
import { STRONG } from '../../lib/heat.ts'
import type { CardExample, CardPanel, CardToken } from './card.ts'
import type { Box, Pen } from './card-pen.ts'
import { drawnToken, type Font, fitted, plain } from './card-text.ts'

/** The largest that shows the whole text is taken. */
const SIZES = [34, 30, 26, 23, 20, 18]
const LEADING = 1.66
const CUT = '… '
/** Tokens kept before the one to be seen, where not all fit. */
const BEFORE = 14

interface Placed {
  token: CardToken
  text: string
  x: number
  line: number
  width: number
}

/** The text as large as fits whole; else from its beginning, or from shortly before `focus` where that would be lost. */
export function drawTokens(pen: Pen, panel: Extract<CardPanel, { kind: 'tokens' }>, box: Box): void {
  // <bos> says nothing where nothing of it is shown.
  const [start] = panel.tokens
  const skipped = start?.special && start.level === 0 && !start.marked ? 1 : 0
  const tokens = panel.tokens.slice(skipped)
  const focus = Math.max(0, (panel.focus ?? 0) - skipped)
  const smallest = SIZES[SIZES.length - 1]
  for (const size of SIZES) {
    const whole = place(pen, tokens, size, box)
    if (whole.length === tokens.length || size === smallest) {
      const lost = whole.length <= focus
      const from = lost ? Math.max(0, focus - BEFORE) : 0
      const rest = tokens.slice(from)
      const shown = lost ? [{ text: CUT, level: 0 }, ...rest] : rest
      const placed = lost ? place(pen, shown, size, box) : whole
      for (const one of placed) drawToken(pen, one, box, size)
      if (placed.length < shown.length) drawEnd(pen, placed, box, size)
      return
    }
  }
}

/** The tokens that fit, broken between any two of them; the last line keeps room for an ellipsis. */
function place(pen: Pen, tokens: readonly CardToken[], size: number, box: Box): Placed[] {
  const font: Font = { size, mono: true }
  const lines = Math.max(1, Math.floor(box.height / (size * LEADING)))
  const end = pen.measure('…', font)
  const placed: Placed[] = []
  let [x, line] = [0, 0]
  for (const [at, token] of tokens.entries()) {
    const text = fitted(drawnToken(token.text), box.width - end, font, pen.measure)
    const width = pen.measure(text, font)
    const last = line === lines - 1 && at < tokens.length - 1
    if (x > 0 && x + width > box.width - (last ? end : 0)) {
      line += 1
      x = 0
    }
    if (line >= lines) break
    placed.push({ token, text, x, line, width })
    x += width
  }
  return placed
}

function drawToken(pen: Pen, { token, text, x, line, width }: Placed, box: Box, size: number): void {
  const height = size * (LEADING - 0.14)
  const top = box.y + line * size * LEADING
  const left = box.x + x
  const { act, accent } = pen.palette
  const ground = { x: left, y: top, width, height }
  if (token.level > 0) pen.rect(ground, { fill: act, opacity: Math.min(1, token.level), radius: 3 })
  if (token.marked) {
    const ring = { x: left + 1, y: top + 1, width: width - 2, height: height - 2 }
    pen.rect(ring, { stroke: accent, radius: 3 })
  }
  // Measured a little less than drawn: a token that was fitted already is not cut again.
  pen.text(
    text,
    { x: left, y: top + height / 2 + size * 0.34, width: width + 0.01 },
    { size, mono: true },
    inkOn(pen, token),
  )
}

function inkOn({ palette }: Pen, { level, special }: CardToken): string {
  if (level > STRONG) return palette['on-strong']
  if (level > 0) return palette['on-lit']
  return special ? palette.dim : palette.ink
}

function drawEnd(pen: Pen, placed: readonly Placed[], box: Box, size: number): void {
  const last = placed.at(-1)
  if (!last) return
  const font: Font = { size, mono: true }
  const x = box.x + last.x + last.width
  const y = box.y + last.line * size * LEADING + (size * (LEADING - 0.14)) / 2 + size * 0.34
  pen.text('…', { x, y, width: box.x + box.width - x + 0.01 }, font, pen.palette.dim)
}

const LINE = 42
const SIZE = 18

/** Lines of a value and the text round the token it is of. */
export function drawExamples(pen: Pen, examples: readonly CardExample[], box: Box): void {
  const font: Font = { size: SIZE, mono: true }
  const valueFont: Font = { size: 18, weight: 700 }
  const shown = examples.slice(0, Math.max(0, Math.floor((box.height + 4) / (LINE - 4))))
  const step = Math.min(LINE, (box.height + 4) / Math.max(1, shown.length))
  const values = Math.min(
    box.width / 4,
    pen.widest(
      shown.map(({ value }) => plain(value)),
      valueFont,
    ),
  )
  const left = box.x + values + 18
  const width = box.x + box.width - left
  for (const [at, { value, tokens, centre }] of shown.entries()) {
    const top = box.y + at * step
    const baseline = top + step / 2 + 6
    if (at > 0)
      pen.rect({ x: box.x - 20, y: top, width: box.width + 40, height: 1 }, { fill: pen.palette.line })
    pen.text(
      plain(value),
      { x: box.x + values, y: baseline, width: values, end: true },
      valueFont,
      pen.palette.accent,
    )
    const height = SIZE * (LEADING - 0.14)
    const line = { x: left, y: top + (step - height) / 2, width, height }
    for (const placed of around(pen, tokens, centre, width, font)) drawToken(pen, placed, line, SIZE)
  }
}

/** The tokens round the one in the middle that fit into one line, added by turns on either side. */
function around(pen: Pen, tokens: readonly CardToken[], centre: number, width: number, font: Font): Placed[] {
  const room = width - 2 * pen.measure(CUT, font)
  const text = (at: number): string => fitted(drawnToken(tokens[at].text), room, font, pen.measure)
  const wide = (at: number): number => pen.measure(text(at), font)
  if (!tokens[centre]) return []
  let [from, to, taken] = [centre, centre + 1, wide(centre)]
  for (let open = true; open; ) {
    open = false
    // More before than after: what a feature answers to came before.
    for (const side of ['before', 'before', 'after'] as const) {
      const next = side === 'before' ? from - 1 : to
      if (next < 0 || next >= tokens.length || taken + wide(next) > room) continue
      taken += wide(next)
      open = true
      if (side === 'before') from = next
      else to = next + 1
    }
  }
  const cut: CardToken = { text: CUT, level: 0, special: true }
  const shown = tokens.slice(from, to)
  const line = [...(from > 0 ? [cut] : []), ...shown, ...(to < tokens.length ? [{ ...cut, text: ' …' }] : [])]
  let x = 0
  return line.map((token) => {
    const own = fitted(drawnToken(token.text), room, font, pen.measure)
    const placed = { token, text: own, x, line: 0, width: pen.measure(own, font) }
    x += placed.width
    return placed
  })
}
