// Features of a share card in rows: number, words, a strip over the text or a tiny histogram, figures.
import type { CardPanel, CardRow } from './card.ts'
import type { Box, Pen } from './card-pen.ts'
import { type Font, plain } from './card-text.ts'

const ROW = 38
/** The least that a row is squeezed to before one is left out. */
const LEAST_ROW = 33
const STRIP = 100
const GAP = 18
const INDEX_FONT: Font = { size: 17, mono: true }
const CELL_FONT: Font = { size: 18, weight: 600 }
const HEADING_FONT: Font = { size: 16, weight: 600 }

type Rows = Extract<CardPanel, { kind: 'rows' }>

/** `headY`: baseline of the heading, beside which the columns are named. */
export function drawRows(pen: Pen, { heading, columns = [], rows }: Rows, box: Box, headY: number): void {
  const { dim } = pen.palette
  const { x, y, width } = box
  const shown = rows.slice(0, Math.max(0, Math.floor(box.height / LEAST_ROW)))
  const step = Math.min(ROW, box.height / Math.max(1, shown.length))
  const count = shown.reduce((most, { cells }) => Math.max(most, cells.length), columns.length)
  const most = (width * 0.5) / Math.max(1, count) - GAP
  const cells = Array.from({ length: count }, (_, at) => {
    const own = pen.widest(
      shown.map((row) => plain(row.cells[at] ?? '')),
      CELL_FONT,
    )
    return Math.min(most, Math.max(own, pen.widest([plain(columns[at] ?? '')], HEADING_FONT)))
  })
  const ends = cells.map((_, at) => {
    return x + width - cells.slice(at + 1).reduce((sum, cell) => sum + cell + GAP, 0)
  })
  const cellsLeft = ends.length > 0 ? ends[0] - cells[0] - GAP : x + width
  const named = columns.some((name) => name !== '')
  pen.text(plain(heading), { x, y: headY, width: (named ? cellsLeft : x + width) - x }, HEADING_FONT, dim)
  for (const [at, name] of columns.entries()) {
    pen.text(plain(name), { x: ends[at], y: headY, width: cells[at], end: true }, HEADING_FONT, dim)
  }
  const charts = shown.some(({ strip, counts }) => strip ?? counts) && width > 380
  const wordsEnd = charts ? cellsLeft - STRIP - GAP : cellsLeft
  const indexes = Math.min(
    width / 3,
    pen.widest(
      shown.map(({ index = '' }) => plain(index)),
      INDEX_FONT,
    ),
  )
  const words = x + (indexes > 0 ? indexes + 16 : 0)
  for (const [place, row] of shown.entries()) {
    const top = y + place * step
    if (place > 0) pen.rect({ x: x - 20, y: top, width: width + 40, height: 1 }, { fill: pen.palette.line })
    const baseline = top + step / 2 + 6
    const indexColour = row.marked ? pen.palette.accent : dim
    pen.text(plain(row.index ?? ''), { x, y: baseline, width: indexes }, INDEX_FONT, indexColour)
    drawWords(pen, row, { x: words, y: baseline, width: wordsEnd - words })
    if (charts) drawTiny(pen, row, { x: cellsLeft - STRIP, y: top + 8, width: STRIP, height: step - 15 })
    for (const [at, cell] of row.cells.entries()) {
      const room = { x: ends[at], y: baseline, width: cells[at], end: true }
      pen.text(plain(cell), room, CELL_FONT, pen.palette.ink)
    }
  }
}

function drawWords(
  pen: Pen,
  { label, computed }: CardRow,
  place: { x: number; y: number; width: number },
): void {
  const { ink, dim } = pen.palette
  pen.text(plain(label), place, { size: 19, italic: computed }, computed ? dim : ink)
}

function drawTiny(pen: Pen, { strip, counts }: CardRow, { x, y, width, height }: Box): void {
  const { act, warm, line } = pen.palette
  if (strip || counts) pen.rect({ x, y: y + height, width, height: 1 }, { fill: line })
  if (strip) {
    const step = width / strip.length
    for (let bin = 0; bin < strip.length; bin += 1) {
      const bar = { x: x + bin * step, y, width: Math.min(step, Math.max(2, step * 0.7)), height }
      if (strip[bin] > 0) pen.rect(bar, { fill: act, opacity: strip[bin] })
    }
  } else if (counts) {
    const most = counts.reduce((a, b) => Math.max(a, b), 0)
    const step = width / counts.length
    for (const [bin, count] of counts.entries()) {
      // As in the list: square roots, or only the first bar would be seen.
      const tall = most > 0 ? height * Math.sqrt(count / most) : 0
      pen.rect({ x: x + bin * step, y: y + height - tall, width: step * 0.8, height: tall }, { fill: warm })
    }
  }
}
