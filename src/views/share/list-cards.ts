// The cards of lists: all features as far as a question leaves them, a list somebody gathered, and the source itself.
import type { BrowseQuery } from '../../lib/browse-query.ts'
import { formatCount, formatNumber, formatShare, plural } from '../../lib/format.ts'
import type { HistogramData } from '../../lib/histogram-shape.ts'
import type { BrowseRoute, ListRoute } from '../../lib/route.ts'
import { type ChartName, scaleOf } from '../../store/charts-slice.ts'
import type { AppState } from '../../store/types.ts'
import type { CardPanel, CardRow, ShareCard } from './card.ts'
import { CARD_ROWS, featureWords } from './card-words.ts'

type Said = Pick<ShareCard, 'title' | 'subtitle' | 'columns'>

/** Undefined before the question is answered and its first lines are here. */
export function browseCard(state: AppState, { query, source }: BrowseRoute): Said | undefined {
  const { browse, sae } = state
  if (!browse || sae?.source !== source) return undefined
  const first = browse.features.subarray(0, CARD_ROWS)
  if (first.some((feature) => !state.browseRows.has(feature))) return undefined
  const count = formatNumber(browse.features.length)
  const all = browse.features.length === sae.dSae
  const parts = [all ? plural(sae.dSae, 'feature') : `${count} of ${plural(sae.dSae, 'feature')}`]
  parts.push(...questionWords(query))
  if (browse.index) parts.push(`index of ${formatCount(browse.index.manifest.countedTokens)} tokens`)
  const text = query.text.trim()
  return {
    title: text === '' ? 'All features' : `Features about “${text}”`,
    subtitle: parts.join(' · '),
    columns: [{ share: 1, panels: [featuresPanel(state, first)] }],
  }
}

/** What a question leaves out and in which order the rest is. */
function questionWords({ density, dead, labelled, sort, descending }: BrowseQuery): string[] {
  const words: string[] = []
  if (density) words.push(`density ${density.map(formatShare).join(' to ')}`)
  if (dead !== 'shown') words.push(dead === 'only' ? 'dead ones' : 'without dead ones')
  if (labelled) words.push('with a label')
  if (sort !== 'index' || descending) words.push(`by ${sort}, ${descending ? 'highest' : 'lowest'} first`)
  return words
}

export function listCard(state: AppState, { name, features, source }: ListRoute): Said | undefined {
  if (state.sae?.source !== source || features.length === 0) return undefined
  return {
    title: name,
    subtitle: plural(features.length, 'feature'),
    columns: [{ share: 1, panels: [featuresPanel(state, features.slice(0, CARD_ROWS))] }],
  }
}

function featuresPanel(state: AppState, features: ArrayLike<number>): CardPanel {
  const lines = Array.from(features, (feature) => state.browseRows.get(feature))
  const counted = lines.some((row) => row?.density !== undefined)
  const strongest = lines.some((row) => row?.max !== undefined)
  const columns = [...(counted ? ['density'] : []), ...(strongest ? ['max'] : [])]
  const rows = lines.map((row, at): CardRow => {
    const density = row?.density === undefined ? '' : formatShare(row.density)
    const max =
      row?.max === undefined || row.density === 0 ? '' : formatNumber(row.max, row.max < 100 ? 1 : 0)
    const counts = row?.histogram.some((count) => count > 0) ? row.histogram : undefined
    const cells = [...(counted ? [density] : []), ...(strongest ? [max] : [])]
    return { ...featureWords(state, features[at]), counts, cells }
  })
  return { kind: 'rows', heading: 'Feature', columns, rows }
}

/** The source itself: its figures, and the shapes of its features once these were read. */
export function sourceCard(state: AppState): Said | undefined {
  const { sae, statistics } = state
  if (!sae) return undefined
  const { dSae, dIn, hookIn, thresholdRange, published, activation } = sae
  const facts: [string, string][] = [
    ['features', formatNumber(dSae)],
    ['reads', `${formatNumber(dIn)} dimensions`],
    ['activation', activation.kind],
    ['thresholds', thresholdRange.map((end) => formatNumber(end, 2)).join(' to ')],
  ]
  if (published?.l0 !== undefined) facts.push(['L0, published', formatNumber(published.l0, 1)])
  if (published?.fvu !== undefined) facts.push(['FVU, published', formatNumber(published.fvu, 3)])
  const known = statistics?.status === 'ready' ? statistics.value : undefined
  const shapes: CardPanel[] = known
    ? [
        shapePanel(state, 'Thresholds', known.threshold, 'threshold'),
        shapePanel(state, 'Encoder norms', known.encoderNorm, 'norm'),
      ]
    : []
  return {
    title: sae.source,
    subtitle: [sae.repo, hookIn].filter(Boolean).join(' · '),
    columns: [
      { share: 0.42, panels: [{ kind: 'facts', heading: 'About this source', facts }] },
      ...(shapes.length > 0 ? [{ share: 0.58, panels: shapes }] : []),
    ],
  }
}

/** A chart of the source's page, on the axis that it is shown on there. */
function shapePanel(state: AppState, heading: ChartName, data: HistogramData, axis: string): CardPanel {
  return { kind: 'chart', heading, data, scale: scaleOf(state, heading), axis }
}
