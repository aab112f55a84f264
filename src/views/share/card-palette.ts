// The page's colours as a picture needs them: numbers, not properties. A test compares them with the style sheets.
import { SHADES } from '../../lib/map-paint.ts'

export interface CardPalette {
  bg: string
  panel: string
  soft: string
  line: string
  edge: string
  ink: string
  dim: string
  act: string
  'on-lit': string
  'on-strong': string
  accent: string
  warm: string
  focus: string
  'map-low': string
  'map-high': string
  'map-lit': string
  'map-faded': string
}

/** By the names that the style sheets give them: light, dark. */
const COLOURS: Record<keyof CardPalette, readonly [string, string]> = {
  bg: ['#fafaf8', '#111210'],
  panel: ['#ffffff', '#181a17'],
  soft: ['#f3f2ee', '#21231f'],
  line: ['#e6e5e0', '#2a2d28'],
  edge: ['#8c8a82', '#77756d'],
  ink: ['#1a1916', '#ecebe6'],
  dim: ['#66645d', '#a6a49b'],
  act: ['#10a070', '#34d399'],
  'on-lit': ['#111210', '#ffffff'],
  'on-strong': ['#000000', '#000000'],
  accent: ['#0a7351', '#4ade9f'],
  warm: ['#d97706', '#fbbf5a'],
  focus: ['#2563eb', '#7aa7ff'],
  'map-low': ['#f2c88a', '#5c4522'],
  'map-high': ['#7a2e00', '#ffd98f'],
  'map-lit': ['#0a8a5f', '#34d399'],
  'map-faded': ['#d6d5cf', '#3a3e38'],
}

export function cardPalette(dark: boolean): CardPalette {
  const entries = Object.entries(COLOURS).map(([name, pair]) => [name, pair[dark ? 1 : 0]])
  return Object.fromEntries(entries)
}

/** [SHADES] from the map's lowest colour to its highest. */
export function mapShades(palette: CardPalette): string[] {
  const [low, high] = [palette['map-low'], palette['map-high']].map((colour) =>
    [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)),
  )
  return Array.from({ length: SHADES }, (_, step) => {
    const mixed = low.map((part, at) => Math.round(part + ((high[at] - part) * step) / (SHADES - 1)))
    return `#${mixed.map((part) => part.toString(16).padStart(2, '0')).join('')}`
  })
}
