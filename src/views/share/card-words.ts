// What the cards of several pages have in common: a feature in words, coloured tokens, the page's short address.
import { binnedStrip, type FeatureColumns } from '../../lib/feature-columns.ts'
import { formatNumber, plural } from '../../lib/format.ts'
import { heat } from '../../lib/heat.ts'
import { exploreRoute, formatRoute, type PlaceRoute } from '../../lib/route.ts'
import type { TokenSpan } from '../../lib/token-span.ts'
import { pieceText, shortToken } from '../../lib/token-text.ts'
import { summariesOf } from '../../store/summaries-slice.ts'
import type { AppState, RunShown } from '../../store/types.ts'
import type { CardRow, CardToken } from './card.ts'
import { plain } from './card-text.ts'

/** Most rows that any card has room for. */
export const CARD_ROWS = 10
const BINS = 56
/** Stands for a feature that nothing is known of in words. */
export const NO_LABEL = 'no label'

/** "gemma-2-mini › 3-miniscope-res-4k" */
export function placeOf({ model, source }: { model: string; source: string }): string {
  return `${model} › ${source}`
}

/** The address without what makes it long: the text, and what is locked in it. */
export function shortAddress(route: PlaceRoute, base: string): string {
  const short =
    route.view === 'explore'
      ? exploreRoute(route.model, route.source)
      : route.view === 'compare'
        ? { ...route, text: undefined, with: undefined }
        : { ...route, text: undefined }
  return base.replace(/^https?:\/\//, '').replace(/(index\.html)?([#?].*)?$/, '') + formatRoute(short)
}

/** What is written or computed of a feature, as the lists show it. */
export function featureWords(state: AppState, index: number): Pick<CardRow, 'index' | 'label' | 'computed'> {
  const row = state.browseRows.get(index)
  const label = state.labels.get(index) ?? row?.label
  if (label) return { index: String(index), label: label.description }
  const promoted = state.promoted.get(index)?.map(({ token }) => shortToken(pieceText(token)))
  const promotes = promoted && promoted.length > 0 ? `promotes ${promoted.join(', ')}` : ''
  const words = summariesOf(state).get(index) || row?.summary || promotes
  return { index: String(index), label: words || NO_LABEL, computed: true }
}

/** Tokens with their colours. */
export function cardTokens(
  spans: readonly TokenSpan[],
  levels: Float32Array,
  locked: readonly number[] = [],
): CardToken[] {
  return spans.map(({ text, special, first, count }, at) => ({
    ...{ text, special, level: levels[at] },
    marked: locked.some((position) => position >= first && position < first + count),
  }))
}

/** Where the colour is strongest. */
export function peakOf(levels: Float32Array): number {
  return levels.reduce((best, level, at) => (level > levels[best] ? at : best), 0)
}

/** A feature's activations over the text, in strengths. */
export function stripOf(columns: FeatureColumns, index: number): Float32Array | undefined {
  const slot = columns.slotOf.get(index)
  if (slot === undefined) return undefined
  const bins = binnedStrip(columns, slot, Math.min(BINS, columns.rows))
  const max = bins.reduce((a, b) => Math.max(a, b), 0)
  return bins.map((value) => heat(value, max))
}

/** The text in quotes, or what stands in its place. */
export function textName({ text, origin }: Pick<RunShown, 'text' | 'origin'>): string {
  if (origin !== 'text') return `${origin.activations.name}, sequence ${origin.sequence + 1}`
  return `“${plain(text ?? '')}”`
}

/** "33 tokens · L0 68.4 · FVU 0.274" */
export function runFigures({
  features,
  l0,
  fvu,
}: Pick<RunShown['result'], 'features' | 'l0' | 'fvu'>): string {
  const parts = [plural(features.rows, 'token'), `L0 ${formatNumber(l0, 1)}`]
  if (Number.isFinite(fvu)) parts.push(`FVU ${formatNumber(fvu, 3)}`)
  return parts.join(' · ')
}
