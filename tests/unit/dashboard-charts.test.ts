// The charts of a feature page as SVG: a change of what is drawn must be looked at and meant.
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { activationHistogram } from '../../src/dashboard/figures.ts'
import { distributionOf } from '../../src/lib/distribution.ts'
import { type HistogramData, histogramShape } from '../../src/lib/histogram-shape.ts'
import { ExampleText } from '../../src/ui/ExampleText.tsx'
import { Histogram } from '../../src/ui/Histogram.tsx'
import { seededRandom } from '../support/random.ts'

const random = seededRandom(5)
/** Falls off as activations do. */
const ACTIVATIONS = Float64Array.from({ length: 400 }, () => Math.fround(2 - 6 * Math.log(1 - random())))
const whole = distributionOf(ACTIVATIONS)
const histogram = whole && activationHistogram({ min: whole.min, max: whole.max, histogram: whole.counts })

function chart(data: HistogramData | undefined, marker?: { value: number; text: string }): string {
  if (!data) throw new Error('there is nothing to draw')
  const props = {
    name: 'Activations of feature 7',
    data,
    xTitle: 'activation',
    counted: 'token',
    decimals: 2,
    scale: 'linear' as const,
    onScale: () => undefined,
  }
  const html = renderToStaticMarkup(createElement(Histogram, { ...props, marker }))
  const svg = html.match(/<svg.*?<\/svg>/)?.[0] ?? ''
  // Class names as they are written: what makes them unique depends on the build.
  return svg.replaceAll(/class="_(\w+?)_\w+"/g, 'class="$1"').replaceAll('><', '>\n<')
}

test('activations over a corpus, with the highest of a text marked', async () => {
  const svg = chart(histogram, { value: 20, text: 'highest on this text, 20.00' })
  await expect(svg).toMatchFileSnapshot('snapshots/activations.svg')
})

test('a feature that always fires alike is one bar', async () => {
  await expect(chart(activationHistogram({ min: 3, max: 3, histogram: [12] }))).toMatchFileSnapshot(
    'snapshots/activations-alike.svg',
  )
})

test('counts on a logarithmic axis', () => {
  if (!histogram) throw new Error('there is nothing to draw')
  const { bars, yTicks } = histogramShape(histogram, 'log')
  expect(bars.map(({ height }) => Math.round(height * 1000))).toMatchSnapshot()
  expect(yTicks.map(({ text, at }) => [text, Math.round(at * 1000)])).toMatchSnapshot()
})

test('an example is its words, coloured by strength, the firing it is about underlined', async () => {
  const words = [' the', ' old', ' whale', '\n', 'swam']
  const html = renderToStaticMarkup(
    createElement(ExampleText, {
      spans: words.map((text, at) => ({ first: at + 4, text, special: false })),
      values: Float32Array.of(0, 0.5, 8, 0, 2),
      ...{ max: 8, centre: 2, breaks: false, cut: { before: true, after: false } },
    }),
  )
  expect(html.replaceAll(/<[^>]*>/g, '')).toBe('…  the old whale↵swam')
  const tokens = [...html.matchAll(/<span class="[^"]*token[^"]*"[^>]*>/g)].map(([tag]) => tag)
  expect(tokens.map((tag) => tag.match(/data-heat="(\w+)"/)?.[1])).toEqual([
    'none',
    'lit',
    'strong',
    'none',
    'lit',
  ])
  expect(tokens.map((tag) => tag.includes('data-centre'))).toEqual([false, false, true, false, false])
  // 0.05 + 0.95 · log10(1 + 9 · 0.5 / 8)
  expect(tokens[1]).toContain('--level:23.4%')
  expect(tokens[2]).toMatch(/--level:100\.0%.*title="“ whale” 8\.0000"/)
})
