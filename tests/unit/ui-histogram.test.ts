// The histogram as markup: both axes named, every bin drawn, read and listed.
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, test } from 'vitest'
import { distributionOf } from '../../src/lib/distribution.ts'
import { type CountScale, type HistogramData, histogramShape } from '../../src/lib/histogram-shape.ts'
import { Histogram } from '../../src/ui/Histogram.tsx'

const DATA: HistogramData = { edges: [0, 1, 2, 3, 4], counts: [1, 0, 100, 10] }

function markup(
  data: HistogramData,
  marker?: { value: number; text: string },
  scale: CountScale = 'linear',
): string {
  const props = { name: 'Thresholds of 111 features', data, xTitle: 'threshold', counted: 'feature' }
  const axis = { scale, onScale: () => undefined }
  return renderToStaticMarkup(createElement(Histogram, { ...props, ...axis, marker, decimals: 2 }))
}

/** Heights of the drawn bars, as shares of the plot. */
function heights(svg: string): number[] {
  return [...svg.matchAll(/M[\d.]+ 100v-([\d.]+)h/g)].map(([, height]) => Number(height) / 100)
}

describe('a histogram', () => {
  test('draws a bar for every bin that is not empty, as high as its count on a linear axis', () => {
    expect(heights(markup(DATA))).toEqual([0.01, 1, 0.1])
  })

  test('names both axes, gives them ticks, and itself a caption', () => {
    const html = markup(DATA)
    expect(html).toMatch(/<figcaption[^>]*>Thresholds of 111 features<\/figcaption>/)
    for (const text of ['>threshold<', '>features<', '>0<', '>4<', '>50<', '>100<'])
      expect(html).toContain(text)
  })

  test('is read bin by bin with a slider, and whole in a table', () => {
    const html = markup(DATA)
    const slider = html.match(/<input[^>]*>/)?.[0]
    expect(slider).toMatch(/type="range"/)
    expect(slider).toMatch(/aria-label="Bins of Thresholds of 111 features"/)
    expect(slider).toMatch(/aria-valuetext="0\.00 to 1\.00: 1 feature"/)
    expect(slider).toMatch(/max="3"/)
    const rows = [...html.matchAll(/<th scope="row">([^<]*)<\/th><td>([^<]*)<\/td>/g)].map(([, a, b]) => [
      a,
      b,
    ])
    expect(rows).toEqual([
      ['0.00 to 1.00', '1'],
      ['1.00 to 2.00', '0'],
      ['2.00 to 3.00', '100'],
      ['3.00 to 4.00', '10'],
    ])
  })

  test('marks a value within its axis, and none outside', () => {
    expect(markup(DATA, { value: 1, text: 'median 1.00' })).toMatch(/dashed: median 1\.00.*M250 0V100/)
    expect(markup(DATA, { value: 5, text: 'median 5.00' })).not.toMatch(/dashed/)
  })

  test('offers linear and logarithmic counts', () => {
    expect(markup(DATA)).toMatch(/aria-label="Scale of features"/)
    expect(markup(DATA)).toMatch(/>Linear<.*>Log</)
    const [one, hundred, ten] = heights(markup(DATA, undefined, 'log'))
    expect(hundred).toBe(1)
    expect(hundred - ten).toBeCloseTo(ten - one, 3)
  })

  test('of one value alone is one bar around it', () => {
    const one = distributionOf(Float64Array.of(2, 2, 2))
    expect(one && heights(markup(one))).toEqual([1])
    expect(one && markup(one)).not.toMatch(/NaN|Infinity/)
  })
})

describe('its shape', () => {
  test('on a logarithmic axis shows a single one, and ten-fold counts as equal steps', () => {
    const { bars, yTicks } = histogramShape(DATA, 'log')
    const [one, none, hundred, ten] = bars.map(({ height }) => height)
    expect(none).toBe(0)
    expect(one).toBeGreaterThan(0.1)
    expect(hundred).toBe(1)
    expect(hundred - ten).toBeCloseTo(ten - one, 12)
    expect(yTicks.map(({ text }) => text)).toEqual(['1', '10', '100'])
    expect(yTicks.map(({ at }) => at)).toEqual([one, ten, hundred])
  })

  test('has bars side by side over the whole axis and no tick for half a feature', () => {
    const { bars, yTicks } = histogramShape({ edges: [-1, 0, 3], counts: [1, 0] }, 'linear')
    expect(bars.map(({ left, width }) => [left, width])).toEqual([
      [0, 1 / 4],
      [1 / 4, 3 / 4],
    ])
    expect(yTicks.map(({ text }) => text)).toEqual(['0', '1'])
  })

  test('has no bars where nothing was counted', () => {
    const { bars, yTicks } = histogramShape({ edges: [0, 1], counts: [0] }, 'log')
    expect(bars[0].height).toBe(0)
    expect(yTicks).toHaveLength(1)
  })
})
