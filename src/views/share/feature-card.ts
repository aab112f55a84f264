// The card of a feature: what it is called, how often it fires, what it promotes, its histogram and strongest examples.
import { exampleGroups, windowOf } from '../../dashboard/examples.ts'
import { activationHistogram, featureFigures } from '../../dashboard/figures.ts'
import { phrasesOf } from '../../dashboard/summary.ts'
import type { Dashboard, IndexedFeature, IndexInfo, TokenLogit } from '../../engine/protocol.ts'
import { decimalsFor, formatCount, formatNumber, formatShare } from '../../lib/format.ts'
import { heat } from '../../lib/heat.ts'
import type { FeatureRoute } from '../../lib/route.ts'
import { spanValues } from '../../lib/spans.ts'
import { pieceText, shortToken } from '../../lib/token-text.ts'
import { scaleOf } from '../../store/charts-slice.ts'
import { openIndex } from '../../store/indexed-slice.ts'
import type { AppState } from '../../store/types.ts'
import type { CardChips, CardExample, CardPanel, ShareCard } from './card.ts'
import { tokensPanel } from './explore-card.ts'

type Said = Pick<ShareCard, 'index' | 'title' | 'computed' | 'subtitle' | 'columns'>

const CHIPS = 8
const EXAMPLES = 8
/** Spans on either side of a firing; far more than a line holds. */
const AROUND = 40

/** Undefined before the feature's page has its figures. */
export function featureCard(state: AppState, { index }: FeatureRoute): Said | undefined {
  const asked = state.dashboards.get(index)
  if (!asked || asked === 'loading' || 'error' in asked) return undefined
  const { dashboard } = asked
  const info = openIndex(state)
  const known = state.indexedOf === info ? state.indexed.get(index) : undefined
  const feature = known && known !== 'loading' && 'value' in known ? known.value : undefined
  const left: CardPanel[] = [factsPanel(dashboard, feature)]
  const chips = chipsPanel(dashboard)
  if (chips) left.push(chips)
  const right = feature ? indexedPanels(state, feature) : bareRight(state, dashboard)
  return {
    index: String(index),
    ...titleOf(state, dashboard, feature && info ? { feature, info } : undefined),
    columns: [
      { share: 0.36, panels: left },
      { share: 0.64, panels: right },
    ].filter(({ panels }) => panels.length > 0),
  }
}

function titleOf(
  state: AppState,
  dashboard: Dashboard,
  indexed: { feature: IndexedFeature; info: IndexInfo } | undefined,
): Pick<Said, 'title' | 'computed' | 'subtitle'> {
  const label = state.labels.get(dashboard.index) ?? dashboard.label
  const phrases = indexed && phrasesIn(indexed)
  if (label) {
    const by = `label by ${label.author}, ${label.method}`
    return { title: label.description, subtitle: phrases ? `${by} · computed: ${phrases}` : by }
  }
  if (phrases) return { title: phrases, computed: true, subtitle: 'no label; computed from counts' }
  const promotes = dashboard.logits?.top.slice(0, 3).map(({ token }) => shortToken(pieceText(token)))
  return { title: promotes ? `promotes ${promotes.join(', ')}` : 'no label', computed: true, subtitle: '' }
}

function phrasesIn({ feature, info }: { feature: IndexedFeature; info: IndexInfo }): string {
  const { statistics, pieces, countedTokens } = feature
  return phrasesOf(statistics, pieces, { countedTokens, kinds: info.manifest.corpus.kinds })
}

function factsPanel(dashboard: Dashboard, feature: IndexedFeature | undefined): CardPanel {
  const counted = feature && featureFigures(feature.statistics, feature.countedTokens)
  const density = counted?.density ?? dashboard.density
  const max = feature?.statistics.max ?? dashboard.maxActivation
  const facts: [string, string][] = []
  if (density !== undefined) facts.push(['fires on', `${formatShare(density)} of tokens`])
  if (max !== undefined && density !== 0) {
    facts.push(['highest activation', formatNumber(max, decimalsFor(max))])
  }
  facts.push(['threshold', formatNumber(dashboard.threshold, 3)])
  return { kind: 'facts', heading: 'Density and shape', facts, height: 58 + 27 * facts.length }
}

function chipsPanel({ logits }: Dashboard): CardPanel | undefined {
  if (!logits) return undefined
  const largest = Math.max(...[...logits.top, ...logits.bottom].map(({ logit }) => Math.abs(logit)))
  const group = (name: string, tone: CardChips['tone'], tokens: readonly TokenLogit[]): CardChips => ({
    ...{ name, tone },
    chips: tokens.slice(0, CHIPS).map(({ token, logit }) => ({
      text: pieceText(token),
      level: largest > 0 ? Math.abs(logit) / largest : 0,
      value: formatNumber(logit, 2),
    })),
  })
  return {
    kind: 'chips',
    heading: 'Logits',
    groups: [group('promotes', 'act', logits.top), group('suppresses', 'plain', logits.bottom)],
  }
}

function indexedPanels(state: AppState, feature: IndexedFeature): CardPanel[] {
  const { statistics, countedTokens } = feature
  const data = activationHistogram(statistics)
  if (!data) return []
  const counts = `${formatNumber(statistics.count)} of ${formatCount(countedTokens)} tokens`
  const heading = `Activations, ${counts}`
  return [
    { kind: 'chart', heading, data, scale: scaleOf(state, 'activations'), axis: 'activation', height: 152 },
    { kind: 'examples', heading: 'Top activations', examples: examplesOf(feature) },
  ]
}

function examplesOf(feature: IndexedFeature): CardExample[] {
  const { max } = feature.statistics
  const [top] = exampleGroups(feature)
  return (top?.examples ?? []).slice(0, EXAMPLES).map(({ document, position, value }) => {
    const { spans } = document
    const { from, to, centre } = windowOf(spans, position, AROUND)
    const values = spanValues(spans, document.values)
    return {
      value: formatNumber(value, decimalsFor(max)),
      tokens: spans.slice(from, to).map(({ text, special }, at) => ({
        ...{ text, special, level: heat(values[from + at], max) },
        marked: from + at === centre,
      })),
      centre: centre - from,
    }
  })
}

/** Without an index: where it is active on the text, and what it does to the logits. */
function bareRight(state: AppState, { index, logits }: Dashboard): CardPanel[] {
  const { shown } = state
  const panels: CardPanel[] = []
  if (logits) {
    const heading = 'Its effect on the logit of every token'
    const { histogram: data } = logits
    panels.push({ kind: 'chart', heading, data, scale: scaleOf(state, 'logits'), axis: 'logit' })
  }
  if (shown) panels.push(tokensPanel(shown, shown.columns, [index]))
  return panels
}
