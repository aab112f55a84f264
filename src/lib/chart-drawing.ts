// A histogram as a picture of its own: shapes in pixels, written as SVG or painted on a canvas, the same in both.
import { formatNumber } from './format.ts'
import { type CountScale, type HistogramData, histogramShape } from './histogram-shape.ts'

/** What a picture says beside its bars. */
export interface ChartWords {
  /** "Activations of feature 12 on 1,204 tokens" */
  title: string
  x: string
  y: string
}

type Shape =
  | { kind: 'rect'; x: number; y: number; width: number; height: number; colour: string }
  | { kind: 'line'; x1: number; y1: number; x2: number; y2: number; colour: string }
  | { kind: 'text'; x: number; y: number; text: string; at: 'start' | 'middle' | 'end'; colour: string }

export const CHART_WIDTH = 720
export const CHART_HEIGHT = 320
const PLOT = { left: 66, top: 44, right: 16, bottom: 48 }
const FONT = '12px system-ui, sans-serif'
// Pictures are for paper and slides: dark on white whatever the page's theme.
const INK = '#22262b'
const DIM = '#5b636c'
const GRID = '#dfe3e7'
const BARS = '#c2571a'

/** The histogram's shapes, from back to front; counts linear or logarithmic as in the page. */
export function chartShapes(data: HistogramData, scale: CountScale, words: ChartWords): Shape[] {
  const { bars, xTicks, yTicks } = histogramShape(data, scale)
  const width = CHART_WIDTH - PLOT.left - PLOT.right
  const height = CHART_HEIGHT - PLOT.top - PLOT.bottom
  const bottom = PLOT.top + height
  const across = (share: number): number => PLOT.left + share * width
  const up = (share: number): number => bottom - share * height
  const gap = data.counts.length > 80 ? 0 : 0.15
  const text = (
    x: number,
    y: number,
    words: string,
    at: 'start' | 'middle' | 'end',
    colour = DIM,
  ): Shape => ({
    ...{ kind: 'text', x, y, text: words, at, colour },
  })
  return [
    { kind: 'rect', x: 0, y: 0, width: CHART_WIDTH, height: CHART_HEIGHT, colour: '#ffffff' },
    text(PLOT.left, 20, words.title, 'start', INK),
    ...yTicks.flatMap(({ text: tick, at }): Shape[] => [
      { kind: 'line', x1: PLOT.left, y1: up(at), x2: across(1), y2: up(at), colour: GRID },
      text(PLOT.left - 8, up(at) + 4, tick, 'end'),
    ]),
    ...bars.map(
      (bar): Shape => ({
        ...{ kind: 'rect', x: across(bar.left + (gap / 2) * bar.width), y: up(bar.height), colour: BARS },
        ...{ width: width * bar.width * (1 - gap), height: height * bar.height },
      }),
    ),
    { kind: 'line', x1: PLOT.left, y1: bottom, x2: across(1), y2: bottom, colour: DIM },
    ...xTicks.map(({ text: tick, at }) => text(across(at), bottom + 18, tick, 'middle')),
    text(across(1), CHART_HEIGHT - 10, words.x, 'end', INK),
    text(PLOT.left - 8, PLOT.top - 10, scale === 'log' ? `${words.y} (log)` : words.y, 'end', INK),
  ]
}

/** A whole SVG file of the histogram; its bins are named, so that a reader can hear them. */
export function chartSvg(data: HistogramData, scale: CountScale, words: ChartWords): string {
  const shapes = chartShapes(data, scale, words).map(markupOf)
  const size = `width="${CHART_WIDTH}" height="${CHART_HEIGHT}" viewBox="0 0 ${CHART_WIDTH} ${CHART_HEIGHT}"`
  const about = `${words.title}: ${data.counts.length} bins from ${formatNumber(data.edges[0], 3)} to ${formatNumber(data.edges.at(-1) ?? 0, 3)}`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" style="font:${FONT}"><title>${escapeMarkup(about)}</title>${shapes.join('')}</svg>\n`
}

function markupOf(shape: Shape): string {
  if (shape.kind === 'text') {
    return `<text x="${r(shape.x)}" y="${r(shape.y)}" text-anchor="${shape.at}" fill="${shape.colour}">${escapeMarkup(shape.text)}</text>`
  }
  if (shape.kind === 'line') {
    return `<line x1="${r(shape.x1)}" y1="${r(shape.y1)}" x2="${r(shape.x2)}" y2="${r(shape.y2)}" stroke="${shape.colour}"/>`
  }
  return `<rect x="${r(shape.x)}" y="${r(shape.y)}" width="${r(shape.width)}" height="${r(shape.height)}" fill="${shape.colour}"/>`
}

/** The same as PNG, two pixels to one, for screens and print. */
export async function chartPng(
  data: HistogramData,
  scale: CountScale,
  words: ChartWords,
): Promise<Uint8Array<ArrayBuffer>> {
  const canvas = new OffscreenCanvas(CHART_WIDTH * 2, CHART_HEIGHT * 2)
  const context = canvas.getContext('2d')
  if (!context) throw new Error('this browser gives no 2D canvas')
  context.scale(2, 2)
  context.font = FONT
  for (const shape of chartShapes(data, scale, words)) {
    context.fillStyle = shape.colour
    if (shape.kind === 'rect') context.fillRect(shape.x, shape.y, shape.width, shape.height)
    else if (shape.kind === 'text') {
      context.textAlign = shape.at === 'middle' ? 'center' : shape.at
      context.fillText(shape.text, shape.x, shape.y)
    } else {
      context.strokeStyle = shape.colour
      context.beginPath()
      context.moveTo(shape.x1, shape.y1)
      context.lineTo(shape.x2, shape.y2)
      context.stroke()
    }
  }
  const blob = await canvas.convertToBlob({ type: 'image/png' })
  return new Uint8Array(await blob.arrayBuffer())
}

/** Text inside of markup or of a quoted attribute; control characters, which XML forbids, as U+FFFD. */
export function escapeMarkup(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
      .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd')
      .replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`)
  )
}

function r(value: number): number {
  return Math.round(value * 100) / 100
}
