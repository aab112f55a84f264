// Draws a map's points on a canvas, pixel by pixel: dots copied by the canvas itself take three times as long in software.
import { FADED, LIT, type MapPaint, SHADES } from '../../lib/map-paint.ts'
import type { PlaneView, Size } from '../../lib/plane.ts'

/** Red, green and blue of 0 to 255. */
export type Rgb = readonly [number, number, number]

export interface Palette {
  /** [SHADES], then LIT and FADED */
  shades: readonly Rgb[]
  ground: Rgb
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

/** Parts of a pixel that dots are moved by, in each direction. */
const PHASES = 4

/** Draws everything anew, over all of the canvas. */
export function drawPoints(context: CanvasRenderingContext2D, drawing: Drawing): void {
  const { places, paint, view, size, ratio, palette, ringed, outline } = drawing
  const { width, height } = context.canvas
  if (width === 0 || height === 0) return
  const radius = dotRadius(places.length / 2, view, size)
  const [scale, x, y] = [view.scale * ratio, view.x * ratio, view.y * ratio]
  const image = imageFor(context)
  const pixels = new Uint32Array(image.data.buffer)
  pixels.fill(packed(palette.ground))
  const few = paint.shown < paint.shades.length
  // What is faded lies below, what is lit above all.
  for (const shade of [FADED, ...Array(SHADES).keys(), LIT]) {
    const dot = dotOf((shade === LIT && few ? 1.45 : 1) * radius * ratio)
    const colour = palette.shades[shade]
    for (let i = 0; i < paint.shades.length; i += 1) {
      if (paint.shades[i] !== shade) continue
      stamp(pixels, width, height, dot, places[2 * i] * scale + x, places[2 * i + 1] * scale + y, colour)
    }
  }
  context.putImageData(image, 0, 0)
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

interface Dot {
  /** Pixels from its upper left corner to its middle. */
  half: number
  side: number
  /** [PHASES, PHASES, side, side] share of each pixel that it covers, of 256 */
  cover: Uint16Array
}

function dotOf(radius: number): Dot {
  const half = Math.ceil(radius) + 1
  const side = 2 * half + 1
  const cover = new Uint16Array(PHASES * PHASES * side * side)
  let at = 0
  for (let phase = 0; phase < PHASES * PHASES; phase += 1) {
    const [dx, dy] = [(phase % PHASES) / PHASES, Math.floor(phase / PHASES) / PHASES]
    for (let row = 0; row < side; row += 1) {
      for (let column = 0; column < side; column += 1) {
        const far = Math.hypot(column - half - dx, row - half - dy)
        cover[at] = Math.round(256 * Math.max(0, Math.min(1, radius - far + 0.5)))
        at += 1
      }
    }
  }
  return { half, side, cover }
}

/** Lays a dot with its middle at a place of the screen over what is there. */
function stamp(
  pixels: Uint32Array,
  width: number,
  height: number,
  { half, side, cover }: Dot,
  x: number,
  y: number,
  colour: Rgb,
): void {
  // Pixel k reaches from k to k + 1: its middle is at k + ½.
  const [left, top] = [Math.floor(x - 0.5), Math.floor(y - 0.5)]
  const column = left - half
  const row = top - half
  if (column + side <= 0 || row + side <= 0 || column >= width || row >= height) return
  const phase = Math.floor((y - 0.5 - top) * PHASES) * PHASES + Math.floor((x - 0.5 - left) * PHASES)
  const whole = packed(colour)
  const [red, green, blue] = colour
  for (let j = Math.max(0, -row); j < side && row + j < height; j += 1) {
    let from = (phase * side + j) * side
    let to = (row + j) * width + column
    for (let i = 0; i < side; i += 1, from += 1, to += 1) {
      const share = cover[from]
      if (share === 0 || column + i < 0 || column + i >= width) continue
      if (share === 256) {
        pixels[to] = whole
        continue
      }
      const under = pixels[to]
      const r = (red * share + (under & 255) * (256 - share)) >> 8
      const g = (green * share + ((under >> 8) & 255) * (256 - share)) >> 8
      const b = (blue * share + ((under >> 16) & 255) * (256 - share)) >> 8
      pixels[to] = (0xff000000 | (b << 16) | (g << 8) | r) >>> 0
    }
  }
}

/** As a canvas has it in memory, on machines with the low byte first: all that browsers run on. */
function packed([red, green, blue]: Rgb): number {
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0
}

const images = new WeakMap<HTMLCanvasElement, ImageData>()

/** Memory for all pixels of the canvas, the same as long as its size is. */
function imageFor(context: CanvasRenderingContext2D): ImageData {
  const { canvas } = context
  const known = images.get(canvas)
  if (known?.width === canvas.width && known.height === canvas.height) return known
  const image = context.createImageData(canvas.width, canvas.height)
  images.set(canvas, image)
  return image
}
