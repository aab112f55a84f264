// Draws a map's points on a canvas: each shade's dot is drawn once and copied, so that 16k take a few milliseconds.
import { FADED, LIT, type MapPaint, SHADES } from '../../lib/map-paint.ts'
import type { PlaneView, Size } from '../../lib/plane.ts'

export interface Palette {
  /** [SHADES], then LIT and FADED */
  shades: readonly string[]
  /** Round what is pointed at, and along an outline. */
  ring: string
}

interface Drawing {
  /** [points, 2] */
  places: Float32Array
  paint: MapPaint
  view: PlaneView
  size: Size
  /** Pixels of the screen for one of the page. */
  ratio: number
  palette: Palette
  /** Numbers of points with a ring. */
  ringed: readonly number[]
  /** In the plane, closed. */
  outline: readonly (readonly [number, number])[] | undefined
}

/** Draws everything anew; the canvas must have `size` × `ratio` pixels. */
export function drawPoints(context: CanvasRenderingContext2D, drawing: Drawing): void {
  const { places, paint, view, size, ratio, palette, ringed, outline } = drawing
  const { shades } = paint
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.clearRect(0, 0, size.width * ratio, size.height * ratio)
  const radius = dotRadius(places.length / 2, view, size)
  const [scale, x, y] = [view.scale * ratio, view.x * ratio, view.y * ratio]
  const [right, bottom] = [size.width * ratio, size.height * ratio]
  const few = paint.shown < shades.length
  // What is faded lies below, what is lit above all.
  for (const shade of [FADED, ...Array(SHADES).keys(), LIT]) {
    const dot = dotOf(palette.shades[shade], (shade === LIT && few ? 1.45 : 1) * radius * ratio)
    const half = dot.width / 2
    for (let i = 0; i < shades.length; i += 1) {
      if (shades[i] !== shade) continue
      const px = places[2 * i] * scale + x
      const py = places[2 * i + 1] * scale + y
      if (px < -half || py < -half || px > right + half || py > bottom + half) continue
      context.drawImage(dot, px - half, py - half)
    }
  }
  context.strokeStyle = palette.ring
  context.lineWidth = 2 * ratio
  for (const i of ringed) {
    context.beginPath()
    context.arc(
      places[2 * i] * scale + x,
      places[2 * i + 1] * scale + y,
      (radius + 4) * ratio,
      0,
      2 * Math.PI,
    )
    context.stroke()
  }
  if (!outline || outline.length < 2) return
  context.lineWidth = 1.5 * ratio
  context.beginPath()
  for (const [ox, oy] of outline) context.lineTo(ox * scale + x, oy * scale + y)
  context.closePath()
  context.stroke()
}

/** Smaller where there are many, and growing more slowly than the plane does. */
function dotRadius(count: number, { scale }: PlaneView, { width, height }: Size): number {
  const side = Math.min(width, height)
  const base = Math.min(3.2, Math.max(1.1, (0.2 * side) / Math.sqrt(Math.max(1, count))))
  return base * Math.min(3, (scale / (side / 2)) ** 0.4)
}

function dotOf(colour: string, radius: number): OffscreenCanvas {
  const side = Math.ceil(2 * radius) + 2
  const dot = new OffscreenCanvas(side, side)
  const context = dot.getContext('2d')
  if (!context) return dot
  context.fillStyle = colour
  context.beginPath()
  context.arc(side / 2, side / 2, radius, 0, 2 * Math.PI)
  context.fill()
  return dot
}
