// What a share card says, whatever page it is of: one model for all of them, so that there is one way to draw it.
import type { CountScale, HistogramData } from '../../lib/histogram-shape.ts'

export interface ShareCard {
  /** "gemma-2-mini › 3-miniscope-res-4k" */
  place: string
  /** Number of the feature it is about, before the title. */
  index?: string
  title: string
  /** The title was put together from counts, not written by anybody. */
  computed?: boolean
  /** The title is shown below, too, and takes one line only. */
  brief?: boolean
  subtitle: string
  columns: readonly CardColumn[]
  /** Features it names that the page itself may know no words of yet. */
  named?: readonly number[]
  /** The page's short address. */
  footer: string
}

export interface CardColumn {
  /** Width beside that of the other columns. */
  share: number
  panels: readonly CardPanel[]
}

/** `height`: in pixels with its frame; panels without one share what is left of their column. */
export type CardPanel = { heading: string; height?: number } & (
  | { kind: 'tokens'; tokens: readonly CardToken[]; focus?: number }
  | { kind: 'rows'; columns?: readonly string[]; rows: readonly CardRow[] }
  | { kind: 'facts'; facts: readonly (readonly [name: string, value: string])[] }
  | { kind: 'chips'; groups: readonly CardChips[] }
  | { kind: 'chart'; data: HistogramData; scale: CountScale; axis: string }
  | { kind: 'examples'; examples: readonly CardExample[] }
  | { kind: 'points'; points: CardPoints }
)

export interface CardToken {
  /** As in the text; anything may be in it. */
  text: string
  /** Strength of its colour, 0 … 1. */
  level: number
  special?: boolean
  marked?: boolean
}

export interface CardRow {
  index?: string
  label: string
  computed?: boolean
  /** The feature that tokens beside it are coloured by. */
  marked?: boolean
  /** Activations over the text, as strengths 0 … 1. */
  strip?: ArrayLike<number>
  /** Firings by activation. */
  counts?: readonly number[]
  cells: readonly string[]
}

export interface CardChips {
  name: string
  tone: 'act' | 'plain'
  chips: readonly { text: string; level: number; value: string }[]
}

export interface CardExample {
  value: string
  tokens: readonly CardToken[]
  /** Place of the token it is about. */
  centre: number
}

interface CardPoints {
  /** [points, 2] x and y within −1 and 1 */
  places: Float32Array
  /** [points] a step of the map's scale, LIT or FADED */
  shades: Uint8Array
  /** Points with a number of their own, from 1 in this order. */
  marks: readonly number[]
}

export const CARD_WIDTH = 1200
export const CARD_HEIGHT = 630
