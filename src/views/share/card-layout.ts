// Where everything of a share card goes: the head, panels in columns, the address below.
import { CARD_HEIGHT, CARD_WIDTH, type CardColumn, type ShareCard } from './card.ts'
import type { CardPalette } from './card-palette.ts'
import { drawPanel } from './card-panels.ts'
import { type Box, Pen, type Shape } from './card-pen.ts'
import { type Font, type Measure, plain, wrapped } from './card-text.ts'

const MARGIN = 48
const GAP = 20
const RIGHT = CARD_WIDTH - MARGIN
const INNER = CARD_WIDTH - 2 * MARGIN
const PLACE_FONT: Font = { size: 19 }
const FOOT_FONT: Font = { size: 17, mono: true }
const SUBTITLE_FONT: Font = { size: 20 }

/** The logo's dots: opacity by row and column. */
const LOGO = [
  [0.28, 0.28, 1],
  [1, 0.28, 0.28],
  [0.28, 0.62, 0.28],
]

/** The card's shapes from back to front; what does not fit is cut with an ellipsis or left out. */
export function cardShapes(card: ShareCard, palette: CardPalette, measure: Measure): Shape[] {
  const pen = new Pen(palette, measure)
  pen.rect({ x: 0, y: 0, width: CARD_WIDTH, height: CARD_HEIGHT }, { fill: palette.bg })
  pen.rect({ x: 0, y: 0, width: CARD_WIDTH, height: 6 }, { fill: palette.act })
  drawBrand(pen, card.place)
  const top = drawTitle(pen, card) + 22
  const bottom = CARD_HEIGHT - 56
  drawColumns(pen, card.columns, { x: MARGIN, y: top, width: INNER, height: bottom - top })
  pen.text(plain(card.footer), { x: MARGIN, y: CARD_HEIGHT - 24, width: INNER }, FOOT_FONT, palette.dim)
  return pen.shapes
}

function drawBrand(pen: Pen, place: string): void {
  const { act, ink, dim } = pen.palette
  for (const [row, dots] of LOGO.entries()) {
    for (const [column, opacity] of dots.entries()) {
      const box = { x: MARGIN + 10 * column, y: 36 + 10 * row, width: 7, height: 7 }
      pen.rect(box, { fill: act, opacity, radius: 3.5 })
    }
  }
  const name = pen.text('Featurescope', { x: MARGIN + 40, y: 57, width: 300 }, { size: 21, weight: 700 }, ink)
  const room = INNER - 40 - name - 40
  pen.text(plain(place), { x: RIGHT, y: 57, width: room, end: true }, PLACE_FONT, dim)
}

/** Baseline of the last line. */
function drawTitle(pen: Pen, { index = '', title, computed, brief, subtitle }: ShareCard): number {
  const { ink, dim } = pen.palette
  const words = plain(title)
  const font = (size: number): Font => ({ size, weight: 700, italic: computed })
  const indexFont = (size: number): Font => ({ size, weight: 600, mono: true })
  const indent = (size: number): number => {
    return index === '' ? 0 : Math.min(INNER / 3, pen.measure(index, indexFont(size))) + 18
  }
  const fits = (size: number): boolean => indent(size) + pen.measure(words, font(size)) <= INNER
  const large = [42, 36].find(fits) ?? (brief ? 34 : undefined)
  const size = large ?? 30
  const left = indent(size)
  const lines = wrapped(words, INNER - left, large ? 1 : 2, font(size), pen.measure)
  let y = large ? 122 : 110
  pen.text(plain(index), { x: MARGIN, y, width: Math.max(0, left - 18) }, indexFont(size), dim)
  for (const [at, line] of lines.entries()) {
    if (at > 0) y += 37
    pen.text(line, { x: MARGIN + left, y, width: INNER - left }, font(size), computed ? dim : ink)
  }
  if (subtitle === '') return y
  pen.text(plain(subtitle), { x: MARGIN, y: y + 34, width: INNER }, SUBTITLE_FONT, dim)
  return y + 34
}

function drawColumns(pen: Pen, columns: readonly CardColumn[], box: Box): void {
  const all = columns.reduce((sum, { share }) => sum + share, 0)
  const room = box.width - GAP * (columns.length - 1)
  let x = box.x
  for (const { share, panels } of columns) {
    const width = (room * share) / all
    const fixed = panels.reduce((sum, { height = 0 }) => sum + height, 0)
    const open = panels.filter(({ height }) => height === undefined).length
    const left = box.height - fixed - GAP * (panels.length - 1)
    let y = box.y
    for (const panel of panels) {
      const height = panel.height ?? left / open
      drawPanel(pen, panel, { x, y, width, height })
      y += height + GAP
    }
    x += width + GAP
  }
}
