// The card of a text: its tokens in the colour of the locked or the strongest feature, and the strongest features.
import { type FeatureColumns, featureValues, rankFeatures } from '../../lib/feature-columns.ts'
import { decimalsFor, formatNumber, formatShare } from '../../lib/format.ts'
import type { Ranking } from '../../lib/listing.ts'
import { spanPositions, spanValues } from '../../lib/spans.ts'
import { featureColour } from '../../lib/token-colour.ts'
import { tokenName } from '../../lib/token-text.ts'
import { figuresOf } from '../../store/figures-slice.ts'
import type { AppState, RunShown } from '../../store/types.ts'
import type { CardPanel, CardRow, ShareCard } from './card.ts'
import { CARD_ROWS, cardTokens, featureWords, peakOf, runFigures, stripOf, textName } from './card-words.ts'

type Said = Pick<ShareCard, 'index' | 'title' | 'computed' | 'brief' | 'subtitle' | 'columns'>

const MEANINGS: Record<Ranking, string> = {
  max: 'highest',
  sum: 'sum',
  count: 'tokens',
  ratio: 'of its highest',
}

/** Undefined before a text has run. */
export function exploreCard(state: AppState): Said | undefined {
  const { shown, lockedFeatures, lockedTokens, listing } = state
  if (!shown) return undefined
  const { columns, result } = shown
  const ranked = rankedFeatures(state, shown)
  const [first] = ranked
  const listed = ranked.slice(0, CARD_ROWS)
  // Of those that are listed, one with a label says the most; the strongest are often dense ones.
  const labelled = listed.filter(({ index }) => state.labels.has(index)).sort((a, b) => b.sum - a.sum)
  const telling = labelled[0] ?? first
  const coloured = lockedFeatures.length > 0 ? lockedFeatures : telling ? [telling.index] : []
  const { ranking } = listing
  const decimals = ranking === 'count' ? 0 : decimalsFor(first?.[ranking] ?? 0)
  const rows = listed.map((feature): CardRow => {
    const figure = ranking === 'ratio' ? formatRatio(feature.ratio) : formatNumber(feature[ranking], decimals)
    const strip = stripOf(columns, feature.index)
    const marked = coloured.length === 1 && coloured[0] === feature.index
    return { ...featureWords(state, feature.index), marked, strip, cells: [figure] }
  })
  const heading = lockedTokens.length > 0 ? `Active on ${tokensName(shown, lockedTokens)}` : 'Active features'
  return {
    ...titleOf(state, shown),
    columns: [
      { share: 0.4, panels: [tokensPanel(shown, columns, coloured, lockedTokens)] },
      { share: 0.6, panels: [{ kind: 'rows', heading, columns: [MEANINGS[ranking]], rows }] },
    ],
  }

  function formatRatio(ratio: number): string {
    return Number.isNaN(ratio) ? '–' : formatShare(ratio)
  }

  function titleOf(all: AppState, run: RunShown): Omit<Said, 'columns'> {
    const figures = [runFigures(result), result.hookIn].filter(Boolean).join(' · ')
    if (lockedFeatures.length === 1) {
      const { label, ...words } = featureWords(all, lockedFeatures[0])
      return { ...words, title: label, subtitle: `${figures} · on ${textName(run)}` }
    }
    return { title: textName(run), brief: true, subtitle: figures }
  }
}

/** The tokens in the colour of some features. */
export function tokensPanel(
  { result: { spans } }: Pick<RunShown, 'result'>,
  columns: FeatureColumns,
  features: readonly number[],
  locked: readonly number[] = [],
): Extract<CardPanel, { kind: 'tokens' }> {
  const lists = features.map((feature) => spanValues(spans, featureValues(columns, feature)))
  const { levels } = featureColour('', lists, spans.length)
  const name = features.length === 1 ? `feature ${features[0]}` : `${features.length} features`
  const heading = features.length === 0 ? 'Tokens' : `Tokens, coloured by ${name}`
  return { kind: 'tokens', heading, tokens: cardTokens(spans, levels, locked), focus: peakOf(levels) }
}

/** As the page lists them: on the locked tokens, without the dense ones, in its order. */
function rankedFeatures(state: AppState, { columns, result: { spans } }: RunShown) {
  const { lockedTokens, listing } = state
  const known = figuresOf(state)
  const figures = known && known !== 'loading' && 'value' in known ? known.value : undefined
  const tokens = lockedTokens.length > 0 ? spanPositions(spans, lockedTokens) : undefined
  return rankFeatures(columns, listing.ranking, tokens, { figures, dense: listing.dense })
}

function tokensName({ result: { spans } }: RunShown, locked: readonly number[]): string {
  if (locked.length > 1) return `${locked.length} tokens`
  const span = spans.find(({ first, count }) => locked[0] >= first && locked[0] < first + count)
  return span ? tokenName(span.text) : `token ${locked[0]}`
}
