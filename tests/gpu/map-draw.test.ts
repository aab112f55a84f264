// Drawing a map: every point is on the canvas, and 16k of them are redrawn within a frame.
import { expect, test } from 'vitest'
import { FADED, LIT, SHADES } from '../../src/lib/map-paint.ts'
import { wholePlane, zoomed } from '../../src/lib/plane.ts'
import { seededRandom } from '../../src/lib/random.ts'
import { drawPoints, type Rgb } from '../../src/views/map/draw-points.ts'

const POINTS = 16_384
const GROUND: Rgb = [250, 250, 248]
const LIT_COLOUR: Rgb = [0, 255, 0]
const FADED_COLOUR: Rgb = [9, 9, 9]
const SIZE = { width: 1240, height: 640 }

function drawingOf(points: number, shade: (i: number) => number) {
  const random = seededRandom(2)
  const shades = Uint8Array.from({ length: points }, (_, i) => shade(i))
  return {
    places: Float32Array.from({ length: 2 * points }, () => 2 * random() - 1),
    paint: { shades, shown: points, range: undefined },
    ...{ view: wholePlane(SIZE), size: SIZE, ratio: 1, ringed: [], outline: undefined },
    palette: {
      shades: [...Array.from({ length: SHADES }, (_, i): Rgb => [20 * i, 80, 0]), LIT_COLOUR, FADED_COLOUR],
      ground: GROUND,
      ring: 'rgb(0, 0, 255)',
    },
  }
}

function contextOf(): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas')
  canvas.width = SIZE.width
  canvas.height = SIZE.height
  const context = canvas.getContext('2d')
  if (!context) throw new Error('no canvas')
  return context
}

test('points lie where they belong, lit ones above faded ones, and ones out of sight are nowhere', () => {
  const context = contextOf()
  const drawing = {
    ...drawingOf(3, (i) => [FADED, LIT, FADED][i]),
    places: Float32Array.from([0.5, 0.5, 0.5, 0.5, -0.5, 0]),
  }
  drawPoints(context, drawing)
  const { scale, x, y } = drawing.view
  const colourAt = (px: number, py: number): number[] => [
    ...context.getImageData(Math.floor(px), Math.floor(py), 1, 1).data,
  ]
  expect(colourAt(x + 0.5 * scale, y + 0.5 * scale)).toEqual([...LIT_COLOUR, 255])
  expect(colourAt(x - 0.5 * scale, y)).toEqual([...FADED_COLOUR, 255])
  expect(colourAt(x, y)).toEqual([...GROUND, 255])
  drawPoints(context, { ...drawing, view: zoomed(drawing.view, 100, [x, y], SIZE) })
  const { data } = context.getImageData(0, 0, SIZE.width, SIZE.height)
  expect(data.every((value, i) => value === [...GROUND, 255][i % 4])).toBe(true)
})

test('16,384 points are redrawn within a frame of 16 ms', () => {
  const context = contextOf()
  const drawing = drawingOf(POINTS, (i) => i % SHADES)
  const times = Array.from({ length: 25 }, (_, i) => {
    const view = zoomed(drawing.view, 1 + i / 100, [600, 300], SIZE)
    const start = performance.now()
    drawPoints(context, { ...drawing, view })
    // Reading a pixel waits for what was drawn.
    context.getImageData(0, 0, 1, 1)
    return performance.now() - start
  })
  const median = times.toSorted((a, b) => a - b)[12]
  expect(median).toBeLessThan(16)
})
