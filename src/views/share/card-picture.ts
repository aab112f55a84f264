// A card's shapes as a picture: painted on a canvas, as a PNG file, or written as SVG.
import { escapeMarkup } from '../../lib/chart-drawing.ts'
import { CARD_HEIGHT, CARD_WIDTH } from './card.ts'
import type { Shape } from './card-pen.ts'
import { cssFont, type Font, type Measure, MONO, SANS } from './card-text.ts'

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D

/** Measures as the context draws. */
export function measureWith(context: Context): Measure {
  const known = new Map<string, number>()
  return (text: string, font: Font) => {
    const css = cssFont(font)
    const key = `${css} ${text}`
    const before = known.get(key)
    if (before !== undefined) return before
    context.font = css
    const { width } = context.measureText(text)
    known.set(key, width)
    return width
  }
}

/** Paints over all of a canvas of the card's size. */
export function paintCard(context: Context, shapes: readonly Shape[]): void {
  context.direction = 'ltr'
  context.textAlign = 'left'
  context.textBaseline = 'alphabetic'
  for (const shape of shapes) {
    if (shape.kind === 'text') paintText(context, shape)
    else if (shape.kind === 'rect') paintRect(context, shape)
    else {
      context.fillStyle = shape.colour
      context.beginPath()
      for (let at = 0; at < shape.places.length; at += 2) {
        const [x, y] = [shape.places[at], shape.places[at + 1]]
        context.moveTo(x + shape.radius, y)
        context.arc(x, y, shape.radius, 0, 2 * Math.PI)
      }
      context.fill()
    }
  }
}

function paintRect(context: Context, shape: Extract<Shape, { kind: 'rect' }>): void {
  const { x, y, width, height, radius, fill, opacity, stroke } = shape
  context.beginPath()
  context.roundRect(x, y, width, height, Math.min(radius, width / 2, height / 2))
  if (fill) {
    context.globalAlpha = opacity
    context.fillStyle = fill
    context.fill()
    context.globalAlpha = 1
  }
  if (!stroke) return
  context.strokeStyle = stroke
  context.lineWidth = fill ? 1 : 2
  context.stroke()
}

function paintText(
  context: Context,
  { x, y, width, text, font, colour }: Extract<Shape, { kind: 'text' }>,
): void {
  context.save()
  // Letters may hang over a little; nothing reaches the next line or column.
  context.beginPath()
  context.rect(x - 2, y - font.size * 1.1, width + 4, font.size * 1.5)
  context.clip()
  context.font = cssFont(font)
  context.fillStyle = colour
  context.fillText(text, x, y)
  context.restore()
}

/** The card as a PNG of exactly its size. */
export async function cardPng(shapes: readonly Shape[]): Promise<Blob> {
  const canvas = new OffscreenCanvas(CARD_WIDTH, CARD_HEIGHT)
  const context = canvas.getContext('2d')
  if (!context) throw new Error('this browser gives no 2D canvas')
  paintCard(context, shapes)
  return canvas.convertToBlob({ type: 'image/png' })
}

/** The card as an SVG file; `alt` is told to those who do not see it. */
export function cardSvg(shapes: readonly Shape[], alt: string): string {
  const size = `width="${CARD_WIDTH}" height="${CARD_HEIGHT}" viewBox="0 0 ${CARD_WIDTH} ${CARD_HEIGHT}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img"><title>${escapeMarkup(alt)}</title>${shapes.map(markupOf).join('')}</svg>\n`
}

function markupOf(shape: Shape): string {
  if (shape.kind === 'text') {
    const { x, y, width, text, font, colour } = shape
    const family = escapeMarkup(font.mono ? MONO : SANS)
    const face = `font-family="${family}" font-size="${font.size}" font-weight="${font.weight ?? 400}"${font.italic ? ' font-style="italic"' : ''}`
    // Other fonts than those it was laid out with are brought to the same width.
    return `<text x="${r(x)}" y="${r(y)}" textLength="${r(width)}" lengthAdjust="spacingAndGlyphs" ${face} fill="${colour}" xml:space="preserve">${escapeMarkup(text)}</text>`
  }
  if (shape.kind === 'dots') {
    const path: string[] = []
    for (let at = 0; at < shape.places.length; at += 2) {
      path.push(`M${r(shape.places[at])} ${r(shape.places[at + 1])}h0`)
    }
    return `<path d="${path.join('')}" stroke="${shape.colour}" stroke-width="${r(2 * shape.radius)}" stroke-linecap="round"/>`
  }
  const { x, y, width, height, radius, fill, opacity, stroke } = shape
  const box = `x="${r(x)}" y="${r(y)}" width="${r(width)}" height="${r(height)}"${radius > 0 ? ` rx="${r(radius)}"` : ''}`
  const look = `fill="${fill ?? 'none'}"${opacity < 1 ? ` fill-opacity="${r(opacity)}"` : ''}${stroke ? ` stroke="${stroke}" stroke-width="${fill ? 1 : 2}"` : ''}`
  return `<rect ${box} ${look}/>`
}

function r(value: number): number {
  return Math.round(value * 100) / 100
}
