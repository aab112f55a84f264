// Text stays readable (WCAG AA, 4.5 : 1) on every strength of the activation colour, in both themes.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { STRONG } from '../../src/lib/heat.ts'

const css = readFileSync(new URL('../../src/app/theme.css', import.meta.url), 'utf8')

type Rgb = readonly number[]

/** The pair of a custom property in theme.css: [light, dark]. */
function pair(property: string): [Rgb, Rgb] {
  const match = new RegExp(`--${property}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(css)
  if (!match) throw new Error(`theme.css has no --${property} of two #rrggbb`)
  return [rgb(match[1]), rgb(match[2])]
}

function rgb(hex: string): Rgb {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))
}

function mix(over: Rgb, under: Rgb, opacity: number): Rgb {
  return over.map((channel, at) => Math.round(channel * opacity + under[at] * (1 - opacity)))
}

/** WCAG 2.2, relative luminance. */
function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((channel) => {
    const c = channel / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}

describe.each([
  ['light', 0],
  ['dark', 1],
] as const)('in the %s theme', (_, theme) => {
  test('tokens, at every strength', () => {
    for (let step = 1; step <= 1000; step += 1) {
      const level = step / 1000
      const text = pair(level > STRONG ? 'on-strong' : 'on-lit')[theme]
      const ratio = contrast(text, mix(pair('act')[theme], pair('panel')[theme], level))
      expect(ratio, `at ${level}`).toBeGreaterThanOrEqual(4.5)
    }
  })

  test.each([
    ['ink', 'bg'],
    ['ink', 'panel'],
    ['ink', 'soft'],
    ['dim', 'bg'],
    ['dim', 'panel'],
    ['dim', 'soft'],
    ['accent', 'bg'],
    ['accent', 'panel'],
    ['accent', 'soft'],
  ])('--%s on --%s', (text, ground) => {
    expect(contrast(pair(text)[theme], pair(ground)[theme])).toBeGreaterThanOrEqual(4.5)
  })

  test.each(['act', 'edge', 'focus'])(
    '--%s stands out from the panel as a graphic does (3 : 1)',
    (graphic) => {
      expect(contrast(pair(graphic)[theme], pair('panel')[theme])).toBeGreaterThanOrEqual(3)
    },
  )
})
