// Charts as files: what a picture draws is what was counted, and no name breaks out of its markup.
import { describe, expect, test } from 'vitest'
import { CHART_HEIGHT, CHART_WIDTH, chartShapes, chartSvg } from '../../src/lib/chart-drawing.ts'

const data = { edges: [0, 1, 2, 3], counts: [100, 10, 0] }
const words = { title: 'Activations of feature 12', x: 'activation', y: 'tokens' }

const bars = (scale: 'linear' | 'log') =>
  chartShapes(data, scale, words).flatMap((shape) =>
    shape.kind === 'rect' && shape.width < CHART_WIDTH ? [shape] : [],
  )

describe('pictures of a histogram', () => {
  test('bars stand on one line, as high as their counts', () => {
    const [first, second, third] = bars('linear')
    expect(second.height / first.height).toBeCloseTo(0.1)
    expect(third.height).toBe(0)
    expect(second.y + second.height).toBeCloseTo(first.y + first.height)
    expect(bars('log')[1].height / bars('log')[0].height).toBeGreaterThan(0.4)
  })

  test('everything lies inside the picture', () => {
    for (const shape of chartShapes(data, 'linear', words)) {
      if (shape.kind !== 'text') continue
      expect(shape.x).toBeGreaterThanOrEqual(0)
      expect(shape.x).toBeLessThanOrEqual(CHART_WIDTH)
      expect(shape.y).toBeLessThanOrEqual(CHART_HEIGHT)
    }
  })

  test('the file names both axes and what it is of', () => {
    const svg = chartSvg(data, 'log', words)
    for (const part of [
      '>activation<',
      '>tokens (log)<',
      '>Activations of feature 12<',
      '3 bins from 0.000',
    ]) {
      expect(svg).toContain(part)
    }
  })

  test('no title breaks out of the markup', () => {
    const svg = chartSvg(data, 'linear', { ...words, title: '</text><script>"\0' })
    expect(svg).not.toContain('<script>')
    expect(svg).not.toContain('\0')
  })
})
