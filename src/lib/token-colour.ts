// How strongly each piece of a text is coloured, and what the colour's scale is.
import { heat } from './heat.ts'

export interface TokenColour {
  /** What is coloured by. */
  name: string
  /** [spans] */
  values: Float32Array
  /** [spans] opacity */
  levels: Float32Array
  /** Ends of the colour's scale. */
  min: number
  max: number
}

/** For values that nearly every token has: the scale starts at the least one, or all would look alike. */
export function totalColour(name: string, values: Float32Array): TokenColour {
  const active = values.filter((value) => value > 0)
  const max = active.reduce((a, b) => Math.max(a, b), 0)
  const least = active.reduce((a, b) => Math.min(a, b), max)
  const min = active.length > 1 && least < max ? least : 0
  const levels = values.map((value) => (value > 0 ? Math.max(heat(value - min, max - min), 0.05) : 0))
  return { name, values, levels, min, max }
}

/** Several features, each [spans], share the colour: each is measured against its own highest value. */
export function featureColour(name: string, lists: readonly Float32Array[], spans: number): TokenColour {
  const maxima = lists.map((list) => list.reduce((a, b) => Math.max(a, b), 0))
  const values = new Float32Array(spans)
  const levels = new Float32Array(spans)
  lists.forEach((list, which) => {
    list.forEach((value, at) => {
      values[at] = Math.max(values[at], value)
      levels[at] = Math.max(levels[at], heat(value, maxima[which]))
    })
  })
  return { name, values, levels, min: 0, max: Math.max(0, ...maxima) }
}
