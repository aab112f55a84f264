// Shapes of a card, in pixels and from back to front, and the pen that lays them down.
import type { CardPalette } from './card-palette.ts'
import { type Font, fitted, isolated, type Measure } from './card-text.ts'

export type Shape =
  | {
      kind: 'rect'
      x: number
      y: number
      width: number
      height: number
      radius: number
      /** Undefined for an outline alone. */
      fill: string | undefined
      opacity: number
      stroke: string | undefined
    }
  /** `y` is the baseline, `x` the left end, `width` what it was measured at. */
  | { kind: 'text'; x: number; y: number; width: number; text: string; font: Font; colour: string }
  /** [points, 2] middles of dots of one colour. */
  | { kind: 'dots'; places: readonly number[]; radius: number; colour: string }

export interface Box {
  x: number
  y: number
  width: number
  height: number
}

interface TextPlace {
  x: number
  /** Baseline. */
  y: number
  /** Room it has; with `end`, to the left of `x`. */
  width: number
  end?: boolean
}

interface Look {
  fill?: string
  opacity?: number
  stroke?: string
  radius?: number
}

export class Pen {
  readonly shapes: Shape[] = []
  readonly palette: CardPalette
  readonly measure: Measure

  constructor(palette: CardPalette, measure: Measure) {
    this.palette = palette
    this.measure = measure
  }

  rect({ x, y, width, height }: Box, { fill, opacity = 1, stroke, radius = 0 }: Look): void {
    if (width <= 0 || height <= 0) return
    this.shapes.push({ kind: 'rect', x, y, width, height, radius, fill, opacity, stroke })
  }

  /** Writes as much as fits into its room; how wide that became. */
  text(text: string, { x, y, width: room, end }: TextPlace, font: Font, colour: string): number {
    const shown = fitted(text, room, font, this.measure)
    if (shown.trim() === '') return 0
    const width = this.measure(shown, font)
    const left = end ? x - width : x
    this.shapes.push({ kind: 'text', x: left, y, width, text: isolated(shown), font, colour })
    return width
  }

  dots(places: readonly number[], radius: number, colour: string): void {
    if (places.length > 0) this.shapes.push({ kind: 'dots', places, radius, colour })
  }

  /** Widest of some texts. */
  widest(texts: Iterable<string>, font: Font): number {
    let widest = 0
    for (const text of texts) widest = Math.max(widest, this.measure(text, font))
    return widest
  }
}
