// The share card without a browser: nothing overlaps or leaves it whatever the text is, markup stays text, and its
// colours are the page's.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FADED, LIT } from '../../src/lib/map-paint.ts'
import {
  CARD_HEIGHT,
  CARD_WIDTH,
  type CardPanel,
  type CardToken,
  type ShareCard,
} from '../../src/views/share/card.ts'
import { cardShapes } from '../../src/views/share/card-layout.ts'
import { altOf } from '../../src/views/share/card-of.ts'
import { cardPalette, mapShades } from '../../src/views/share/card-palette.ts'
import type { Shape } from '../../src/views/share/card-pen.ts'
import { cardSvg } from '../../src/views/share/card-picture.ts'
import { drawnToken, fitted, type Measure, plain, wrapped } from '../../src/views/share/card-text.ts'

/** About what a font does: wide characters, narrow ones, marks without a width. */
const measure: Measure = (text, { size, mono }) => {
  let em = 0
  for (const character of text) {
    if (/[\p{M}\p{Cf}]/u.test(character)) continue
    const wide = /[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uff00-\uff60]|\p{Extended_Pictographic}/u
    em += wide.test(character) ? 1.25 : mono ? 0.6 : 0.55
  }
  return em * size
}

const NASTY = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  'a'.repeat(3000),
  ' ',
  '\n',
  '\r\n\t',
  '',
  '👩‍👩‍👧‍👦🏳️‍🌈',
  'ŷ́̂̃̄̅̆̇̈'.repeat(40),
  '機械学習の特徴を一つずつ見る'.repeat(9),
  'مرحبا بالعالم',
  '\u202eright to left\u202c',
  '\ud800',
  '\u0000\u0007',
  ']]>&amp;&#0;',
  'ﷺ﷽𒐫',
]
const words = fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', maxLength: 80 }), fc.lorem())
const level = fc.float({ min: 0, max: 1, noNaN: true })
const token: fc.Arbitrary<CardToken> = fc.record({
  ...{ text: words, level, special: fc.boolean(), marked: fc.boolean() },
})
const row = fc.record({
  index: words,
  label: words,
  computed: fc.boolean(),
  strip: fc.option(fc.float32Array({ min: 0, max: 1, noNaN: true, minLength: 1, maxLength: 60 }), {
    nil: undefined,
  }),
  counts: fc.option(fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 }), { nil: undefined }),
  cells: fc.array(words, { maxLength: 3 }),
})
const histogram = fc.array(fc.nat(1e6), { minLength: 1, maxLength: 50 }).map((counts) => ({
  edges: Array.from({ length: counts.length + 1 }, (_, at) => 0.001 + at * 1234.5),
  counts,
}))
const chip = fc.record({ text: words, level, value: words })
const points = fc
  .array(fc.tuple(level, level, fc.nat(FADED)), { minLength: 1, maxLength: 300 })
  .map((all) => ({
    places: Float32Array.from(all.flatMap(([x, y]) => [2 * x - 1, 2 * y - 1])),
    shades: Uint8Array.from(all, ([, , shade]) => shade),
    marks: [0],
  }))
const panel: fc.Arbitrary<CardPanel> = fc.oneof(
  fc.record({
    kind: fc.constant('tokens' as const),
    heading: words,
    tokens: fc.array(token, { maxLength: 300 }),
    focus: fc.nat(400),
  }),
  fc.record({
    kind: fc.constant('rows' as const),
    heading: words,
    columns: fc.array(words, { maxLength: 3 }),
    rows: fc.array(row, { maxLength: 12 }),
  }),
  fc.record({
    kind: fc.constant('facts' as const),
    heading: words,
    facts: fc.array(fc.tuple(words, words), { maxLength: 9 }),
  }),
  fc.record({
    kind: fc.constant('chips' as const),
    heading: words,
    groups: fc.array(
      fc.record({
        name: words,
        tone: fc.constantFrom('act' as const, 'plain' as const),
        chips: fc.array(chip, { maxLength: 9 }),
      }),
      { minLength: 1, maxLength: 2 },
    ),
  }),
  fc.record({
    kind: fc.constant('chart' as const),
    heading: words,
    data: histogram,
    scale: fc.constantFrom('linear' as const, 'log' as const),
    axis: words,
  }),
  fc.record({
    kind: fc.constant('examples' as const),
    heading: words,
    examples: fc.array(
      fc.record({ value: words, tokens: fc.array(token, { maxLength: 60 }), centre: fc.nat(59) }),
      { maxLength: 9 },
    ),
  }),
  fc.record({ kind: fc.constant('points' as const), heading: words, points }),
)
const column = fc.record({
  share: fc.double({ min: 0.3, max: 0.7, noNaN: true }),
  panels: fc.array(panel, { minLength: 1, maxLength: 2 }),
})
const card: fc.Arbitrary<ShareCard> = fc.record({
  ...{ place: words, index: fc.option(words, { nil: undefined }), title: words, subtitle: words },
  ...{ computed: fc.boolean(), brief: fc.boolean(), footer: words },
  columns: fc.array(column, { minLength: 1, maxLength: 2 }),
})

type Written = Extract<Shape, { kind: 'text' }>

const texts = (shapes: readonly Shape[]): Written[] => shapes.filter((shape) => shape.kind === 'text')

/** Where the letters of a text are. */
function boxOf({ x, y, width, font }: Written) {
  return { left: x, right: x + width, top: y - 0.72 * font.size, bottom: y + 0.2 * font.size }
}

const light = cardPalette(false)

describe('a card of hostile texts', () => {
  test('keeps every text within the card and clear of every other', () => {
    fc.assert(
      fc.property(card, (any) => {
        const boxes = texts(cardShapes(any, light, measure)).map((text) => ({ ...boxOf(text), text }))
        for (const { left, right, top, bottom, text } of boxes) {
          const inside = left >= 40 && right <= CARD_WIDTH - 40 && top >= 20 && bottom <= CARD_HEIGHT - 10
          expect(inside, `${JSON.stringify(text)}`).toBe(true)
        }
        for (const [at, a] of boxes.entries()) {
          for (const b of boxes.slice(at + 1)) {
            const across = Math.min(a.right, b.right) - Math.max(a.left, b.left)
            const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
            // Tokens beside each other touch.
            const meets = across > 0.05 && down > 0.05
            expect(meets, `${JSON.stringify(a.text)} and ${JSON.stringify(b.text)}`).toBe(false)
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  test('keeps every shape within the card', () => {
    fc.assert(
      fc.property(card, (any) => {
        for (const shape of cardShapes(any, light, measure)) {
          if (shape.kind === 'dots') {
            expect(shape.places.every((at) => at > 0 && at < CARD_WIDTH)).toBe(true)
          } else if (shape.kind === 'rect') {
            const { x, y, width, height } = shape
            expect(x >= 0 && y >= 0, JSON.stringify(shape)).toBe(true)
            expect(x + width <= CARD_WIDTH && y + height <= CARD_HEIGHT, JSON.stringify(shape)).toBe(true)
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  test('is well-formed SVG in which no text becomes markup', () => {
    fc.assert(
      fc.property(card, (any) => {
        const svg = cardSvg(cardShapes(any, light, measure), altOf(any))
        const rest = svg.replace(
          /<(rect|path) [^<>]*\/>|<(svg|text) [^<>]*>|<title>|<\/(svg|text|title)>/g,
          '',
        )
        expect(rest).not.toMatch(/[<>]/)
        expect(rest.replace(/&#\d+;/g, '')).not.toContain('&')
        // biome-ignore lint/suspicious/noControlCharactersInRegex: XML forbids them.
        expect(svg).not.toMatch(/[\0-\x08\x0b\x0c\x0e-\x1f]/)
        expect(svg.isWellFormed()).toBe(true)
        expect(altOf(any).length).toBeLessThanOrEqual(1000)
      }),
      { numRuns: 200 },
    )
  })
})

describe('text in its room', () => {
  const font = { size: 20 }

  test('is cut between characters, never within one', () => {
    const family = '👩‍👩‍👧‍👦'
    for (let width = 0; width < 300; width += 7) {
      const shown = fitted(family.repeat(20), width, font, measure)
      expect(measure(shown, font)).toBeLessThanOrEqual(width)
      expect(shown.replaceAll(family, '')).toMatch(/^…?$/)
    }
  })

  test('wraps between words, also where a script writes no spaces, and cuts the last line', () => {
    expect(wrapped('the time machine of the novel', 120, 2, font, measure)).toEqual([
      'the time',
      'machine o…',
    ])
    const lines = wrapped('機械学習の特徴を一つずつ見る', 120, 3, font, measure)
    expect(lines.length).toBe(3)
    for (const line of lines) expect(measure(line, font)).toBeLessThanOrEqual(120)
  })

  test('loses controls, directions and towers of accents, and keeps emoji and scripts', () => {
    expect(plain('a\u202eb\u0000c\n d')).toBe('ab c d')
    expect(plain('é̂̃̄̅')).toBe('é̂̃̄̅'.slice(0, 4))
    expect(plain('👩‍👩‍👧 नमस्ते')).toBe('👩‍👩‍👧 नमस्ते')
    expect(drawnToken('\n\t\u200b')).toBe('↵⇥U+200B')
  })
})

describe('a text that does not fit', () => {
  const tokens = Array.from({ length: 2000 }, (_, at) => ({ text: ` word${at}`, level: at === 1500 ? 1 : 0 }))
  const shown = (focus: number): string =>
    texts(
      cardShapes(
        {
          ...{ place: '', title: 'T', subtitle: '', footer: '' },
          columns: [{ share: 1, panels: [{ kind: 'tokens', heading: '', tokens, focus }] }],
        },
        light,
        measure,
      ),
    )
      .map(({ text }) => text)
      .join('')

  test('is shown from its beginning while what is looked at is there', () => {
    expect(shown(3)).toContain('word0 word1 word2')
  })

  test('else from shortly before that', () => {
    expect(shown(1500)).toMatch(/… +word1486 word1487.* word1500 /)
    expect(shown(1500)).not.toContain('word0 ')
  })
})

test('its colours are those of the style sheets, in both themes', () => {
  const css = ['src/app/theme.css', 'src/views/map/MapView.module.css']
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n')
  for (const [name, colour] of Object.entries(light)) {
    const pair = new RegExp(`--${name}: light-dark\\((#\\w+), (#\\w+)\\)`).exec(css)
    expect([name, colour, Object.entries(cardPalette(true)).find(([key]) => key === name)?.[1]]).toEqual([
      name,
      pair?.[1],
      pair?.[2],
    ])
  }
  const shades = mapShades(light)
  expect(shades).toHaveLength(LIT)
  expect([shades[0], shades.at(-1)]).toEqual([light['map-low'], light['map-high']])
})
