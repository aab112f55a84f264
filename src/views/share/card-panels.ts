// The panels of a share card: a heading and below it figures, chips, a chart or points. Rows and tokens have files of
// their own.
import { histogramShape } from '../../lib/histogram-shape.ts'
import { FADED, LIT } from '../../lib/map-paint.ts'
import type { CardPanel } from './card.ts'
import { mapShades } from './card-palette.ts'
import type { Box, Pen } from './card-pen.ts'
import { drawRows } from './card-rows.ts'
import { drawnToken, type Font, plain } from './card-text.ts'
import { drawExamples, drawTokens } from './card-tokens.ts'

const PAD = 20
const HEAD = 43
const HEADING_FONT: Font = { size: 16, weight: 600 }
const SMALL: Font = { size: 15 }

type PanelOf<K extends CardPanel['kind']> = Extract<CardPanel, { kind: K }>

/** Draws a panel with its frame. */
export function drawPanel(pen: Pen, panel: CardPanel, frame: Box): void {
  const { panel: fill, line } = pen.palette
  pen.rect(frame, { fill, stroke: line, radius: 14 })
  const inner = {
    x: frame.x + PAD,
    y: frame.y + HEAD,
    width: frame.width - 2 * PAD,
    height: frame.height - HEAD - 10,
  }
  if (panel.kind === 'rows') {
    drawRows(pen, panel, inner, frame.y + 30)
    return
  }
  const axis = panel.kind === 'chart' && panel.scale === 'log' ? ' (log)' : ''
  drawHeading(pen, panel.heading + axis, inner, frame.y + 30)
  if (panel.kind === 'tokens') drawTokens(pen, panel, inner)
  else if (panel.kind === 'examples') drawExamples(pen, panel.examples, inner)
  else if (panel.kind === 'facts') drawFacts(pen, panel, inner)
  else if (panel.kind === 'chips') drawChips(pen, panel, inner)
  else if (panel.kind === 'chart') drawChart(pen, panel, inner)
  else drawPoints(pen, panel, inner)
}

function drawHeading(pen: Pen, heading: string, { x, width }: Box, y: number): void {
  pen.text(plain(heading), { x, y, width }, HEADING_FONT, pen.palette.dim)
}

function drawFacts(pen: Pen, { facts }: PanelOf<'facts'>, { x, y, width, height }: Box): void {
  const { dim, ink } = pen.palette
  const step = Math.min(34, Math.max(27, height / Math.max(1, facts.length)))
  for (const [at, [name, value]] of facts.slice(0, Math.floor(height / step)).entries()) {
    const baseline = y + at * step + 16
    const room = width * 0.55
    const taken = pen.text(
      plain(value),
      { x: x + width, y: baseline, width: room, end: true },
      { size: 18, weight: 600 },
      ink,
    )
    pen.text(plain(name), { x, y: baseline, width: width - taken - 16 }, { size: 18 }, dim)
  }
}

function drawChips(pen: Pen, { groups }: PanelOf<'chips'>, { x, y, width, height }: Box): void {
  const { act, edge, dim, ink } = pen.palette
  const font: Font = { size: 17, mono: true }
  const valueFont: Font = { size: 16, weight: 600 }
  const column = (width - 20 * (groups.length - 1)) / groups.length
  const step = 31
  for (const [place, { name, tone, chips }] of groups.entries()) {
    const left = x + place * (column + 20)
    pen.text(plain(name), { x: left, y: y + 11, width: column }, SMALL, dim)
    const widest = pen.widest(
      chips.map(({ value }) => plain(value)),
      valueFont,
    )
    const valueWidth = Math.min(column * 0.45, widest)
    for (const [at, { text, level, value }] of chips.slice(0, Math.floor((height - 20) / step)).entries()) {
      const top = y + 22 + at * step
      const room = column - valueWidth - 30
      const before = pen.shapes.length
      const taken = pen.text(drawnToken(text), { x: left + 8, y: top + 18, width: room }, font, ink)
      // The ground of a chip is as wide as its text, and below it.
      const written = pen.shapes.splice(before)
      const opacity = tone === 'act' ? level * 0.55 : level * 0.3
      const chip = { x: left, y: top, width: Math.max(10, taken + 16), height: 26 }
      pen.rect(chip, { fill: tone === 'act' ? act : edge, opacity, radius: 5 })
      pen.shapes.push(...written)
      pen.text(plain(value), { x: left + column, y: top + 18, width: valueWidth, end: true }, valueFont, ink)
    }
  }
}

function drawChart(pen: Pen, { data, scale, axis }: PanelOf<'chart'>, { x, y, width, height }: Box): void {
  const { warm, line, dim, edge } = pen.palette
  const { bars, xTicks, yTicks } = histogramShape(data, scale)
  const left =
    x +
    pen.widest(
      yTicks.map(({ text }) => text),
      SMALL,
    ) +
    10
  const plot = { x: left, y: y + 4, width: x + width - left, height: height - 30 }
  const bottom = plot.y + plot.height
  let lowest = Number.POSITIVE_INFINITY
  for (const { text, at } of yTicks) {
    const level = bottom - at * plot.height
    pen.rect({ x: plot.x, y: level - 0.5, width: plot.width, height: 1 }, { fill: line })
    const free = lowest - level >= 18
    if (free) pen.text(text, { x: left - 8, y: level + 5, width: left - x, end: true }, SMALL, dim)
    if (free) lowest = level
  }
  const gap = data.counts.length > 80 ? 0 : 0.15
  for (const bar of bars) {
    const tall = plot.height * Math.min(1, bar.height)
    const wide = plot.width * bar.width * (1 - gap)
    const start = plot.x + plot.width * (bar.left + (gap / 2) * bar.width)
    pen.rect({ x: start, y: bottom - tall, width: wide, height: tall }, { fill: warm })
  }
  pen.rect({ x: plot.x, y: bottom, width: plot.width, height: 1.5 }, { fill: edge })
  const named = pen.text(
    plain(axis),
    { x: x + width, y: bottom + 22, width: plot.width / 2, end: true },
    SMALL,
    dim,
  )
  let taken = left - 8
  for (const { text, at } of xTicks) {
    const own = pen.measure(text, SMALL)
    const start = Math.max(left, plot.x + at * plot.width - own / 2)
    if (start < taken + 8 || start + own > x + width - named - 12) continue
    taken = start + pen.text(text, { x: start, y: bottom + 22, width: own }, SMALL, dim)
  }
}

/** Number of a marked point in its disc. */
const MARK = 12

function drawPoints(pen: Pen, { points }: PanelOf<'points'>, { x, y, width, height }: Box): void {
  const { palette } = pen
  const { places, shades, marks } = points
  const half = Math.max(0, Math.min(width, height) / 2 - MARK)
  const [cx, cy] = [x + width / 2, y + height / 2]
  const across = (point: number): number => cx + places[2 * point] * half
  const down = (point: number): number => cy + places[2 * point + 1] * half
  const count = shades.length
  const radius = Math.min(3, Math.max(0.9, (0.52 * half) / Math.sqrt(Math.max(1, count))))
  const byShade = new Map<number, number[]>()
  for (let point = 0; point < count; point += 1) {
    const list = byShade.get(shades[point]) ?? []
    list.push(across(point), down(point))
    byShade.set(shades[point], list)
  }
  const scale = mapShades(palette)
  pen.dots(byShade.get(FADED) ?? [], radius, palette['map-faded'])
  for (const [step, colour] of scale.entries()) pen.dots(byShade.get(step) ?? [], radius, colour)
  pen.dots(byShade.get(LIT) ?? [], radius * 1.3, palette['map-lit'])
  for (const [at, point] of marks.entries()) {
    const [px, py] = [across(point), down(point)]
    const disc = { x: px - MARK, y: py - MARK, width: 2 * MARK, height: 2 * MARK }
    pen.rect(disc, { fill: palette.panel, stroke: palette.focus, radius: MARK })
    const font: Font = { size: 15, weight: 700 }
    const number = String(at + 1)
    pen.text(
      number,
      { x: px - pen.measure(number, font) / 2, y: py + 5.5, width: 2 * MARK },
      font,
      palette.ink,
    )
  }
}
