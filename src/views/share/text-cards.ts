// The cards of a text beside something else: another text, another source, or the sources of all layers.
import type { LayerRun } from '../../engine/protocol.ts'
import { type ComparedFeature, compareFeatures } from '../../lib/compare.ts'
import { type FeatureColumns, featureColumns, featureValues } from '../../lib/feature-columns.ts'
import { decimalsFor, formatNumber, plural } from '../../lib/format.ts'
import { parseHook, SITE_NAMES } from '../../lib/hook.ts'
import type { CompareRoute, LayersRoute } from '../../lib/route.ts'
import { spanValues } from '../../lib/spans.ts'
import { featureColour, totalColour } from '../../lib/token-colour.ts'
import type { TokenSpan } from '../../lib/token-span.ts'
import { tokenName } from '../../lib/token-text.ts'
import { comparisonOf } from '../../store/compare-slice.ts'
import { beyondOfTwo, sidesOf } from '../../store/figures-slice.ts'
import { chosenSources, layersOf, sourcesHere } from '../../store/layer-sources.ts'
import type { AppState, RunShown } from '../../store/types.ts'
import { activeCounts, binned, type LayerRow, layerRow, topFeatures } from '../layers/layer-rows.ts'
import type { CardPanel, CardRow, ShareCard } from './card.ts'
import { CARD_ROWS, cardTokens, featureWords, NO_LABEL, peakOf, textName } from './card-words.ts'
import { tokensPanel } from './explore-card.ts'

type Said = Pick<ShareCard, 'title' | 'brief' | 'subtitle' | 'columns' | 'named'>

/** Undefined before both have run. */
export function compareCard(state: AppState, route: CompareRoute): Said | undefined {
  const { shown } = state
  const comparison = comparisonOf(state)
  const second = comparison?.status === 'ready' ? comparison.value : undefined
  if (!shown || !second) return undefined
  if (second.run) return sourcesCard(state, route, shown, { run: second.run, windows: second.windows })
  const columns = featureColumns(second.features, state.bos ? [] : second.windows)
  return textsCard(state, route, shown, { ...second, columns })
}

interface SecondText {
  spans: readonly TokenSpan[]
  columns: FeatureColumns
}

/** Each text in the colour of the strongest feature that it alone has, and the largest differences. */
function textsCard(state: AppState, route: CompareRoute, shown: RunShown, second: SecondText): Said {
  const { measure, dense } = route
  const beyond = beyondOfTwo(sidesOf(state), dense)
  const found = compareFeatures(shown.columns, second.columns, measure, beyond)
  const ownOf = (columns: FeatureColumns, [own]: readonly ComparedFeature[]): number[] => {
    const index = own?.index ?? found.both[0]?.index
    return index === undefined || !columns.slotOf.has(index) ? [] : [index]
  }
  const first = tokensPanel(shown, shown.columns, ownOf(shown.columns, found.first))
  const otherFeature = ownOf(second.columns, found.second)
  const lists = otherFeature.map((one) => spanValues(second.spans, featureValues(second.columns, one)))
  const { levels } = featureColour('', lists, second.spans.length)
  const rows = (list: 'first' | 'second'): CardRow[] => {
    const top = found[list].slice(0, CARD_ROWS)
    const most = top.reduce((a, row) => Math.max(a, row.first, row.second), 0)
    const decimals = measure === 'count' ? 0 : decimalsFor(most)
    return top.map((row) => ({
      ...featureWords(state, row.index),
      cells: [formatNumber(row[list], decimals)],
    }))
  }
  const panel = (list: 'first' | 'second'): CardPanel => ({
    ...{ kind: 'rows', heading: `Only in the ${list} text`, columns: [measure], rows: rows(list) },
  })
  const colour = otherFeature.length > 0 ? `, coloured by feature ${otherFeature[0]}` : ''
  return {
    title: 'Two texts, feature by feature',
    subtitle: `${plural(found.first.length, 'feature')} only in the first text, ${formatNumber(found.second.length)} only in the second, ${formatNumber(found.both.length)} in both`,
    columns: [
      {
        share: 0.42,
        panels: [
          { ...first, heading: first.heading.replace('Tokens', 'First text') },
          {
            ...{ kind: 'tokens', heading: `Second text${colour}`, focus: peakOf(levels) },
            tokens: cardTokens(second.spans, levels),
          },
        ],
      },
      {
        share: 0.58,
        panels: [panel('first'), panel('second')],
      },
    ],
  }
}

interface SecondSource {
  run: LayerRun
  windows: readonly number[]
}

function sourcesCard(
  state: AppState,
  { dense }: CompareRoute,
  shown: RunShown,
  { run, windows }: SecondSource,
): Said {
  const own: Omit<LayerRow, 'run' | 'labels' | 'counts'> = { columns: shown.columns }
  const labels = new Map([...state.labels].map(([index, { description }]) => [index, description]))
  const other = layerRow(run, windows)
  const { spans } = shown.result
  const beyond = beyondOfTwo(sidesOf(state), dense)
  const first = topFeatures({ ...other, ...own, labels }, spans, [], CARD_ROWS, beyond.first)
  const second = topFeatures(other, spans, [], CARD_ROWS, beyond.second)
  const panel = (name: string, { l0, fvu }: Pick<LayerRun, 'l0' | 'fvu'>, top: typeof first): CardPanel => ({
    kind: 'rows',
    heading: `${name} · L0 ${formatNumber(l0, 1)} · FVU ${formatNumber(fvu, 3)}`,
    rows: top.map(({ index, label, value, peak }): CardRow => {
      const where = peak < 0 ? NO_LABEL : `highest on ${tokenName(spans[peak].text)}`
      const said = label ? { label } : { label: where, computed: true }
      // Of the open source, more is known than its labels.
      const words = top === first ? featureWords(state, index) : undefined
      return {
        ...(words && words.label !== NO_LABEL ? words : said),
        index: String(index),
        cells: [formatNumber(value, decimalsFor(top[0].value))],
      }
    }),
  })
  return {
    title: 'One text on two sources',
    named: first.map(({ index }) => index),
    subtitle: textName(shown),
    columns: [
      {
        share: 0.4,
        panels: [
          tokensPanel(
            shown,
            shown.columns,
            first.slice(0, 1).map(({ index }) => index),
          ),
        ],
      },
      {
        share: 0.6,
        panels: [panel(shown.source, shown.result, first), panel(run.source, run, second)],
      },
    ],
  }
}

/** Undefined before any source has run. */
export function layersCard(state: AppState, { layers: names }: LayersRoute): Said | undefined {
  const { shown } = state
  const found = layersOf(state)?.found
  if (!shown || !found) return undefined
  const chosen = chosenSources(sourcesHere(state), names)
  const rows = chosen.flatMap(({ source }) => {
    const run = found.layers.find((one) => one.source === source)
    return run && !('error' in run) ? [layerRow(run, found.windows)] : []
  })
  if (rows.length === 0) return undefined
  const { spans } = found
  const { levels } = totalColour('', activeCounts(rows, spans))
  const most = rows.reduce((a, { counts }) => counts.reduce((b, count) => Math.max(b, count), a), 1)
  const whereOf = (peak: number): string => (peak < 0 ? '' : `on ${tokenName(spans[peak].text)}`)
  const panel: CardPanel = {
    ...{ kind: 'rows', heading: 'Strongest feature', columns: ['L0', 'FVU'] },
    rows: spread(rows).map((row): CardRow => {
      const { run, counts } = row
      const [top] = topFeatures(row, spans, [], 1)
      return {
        index: `${run.layer} ${SITE_NAMES[parseHook(run.hookIn)?.site ?? 'hook_resid_post']}`,
        label: top ? `${top.index} ${top.label ?? whereOf(top.peak)}` : 'none',
        computed: !top?.label,
        strip: binned(counts, 56).map((count) => count / most),
        cells: [formatNumber(run.l0, 1), formatNumber(run.fvu, 3)],
      }
    }),
  }
  return {
    title: textName(shown),
    brief: true,
    subtitle: `${plural(rows.length, 'source')} · ${plural(shown.result.features.rows, 'token')} · active features by token, the strongest feature, L0 and FVU of each`,
    columns: [
      {
        share: 0.38,
        panels: [
          {
            ...{ kind: 'tokens', heading: 'Tokens, by active features of all', focus: 0 },
            tokens: cardTokens(spans, levels, state.lockedTokens),
          },
        ],
      },
      { share: 0.62, panels: [panel] },
    ],
  }
}

/** As many as a card has room for, from the first to the last. */
function spread<T>(rows: readonly T[]): T[] {
  if (rows.length <= CARD_ROWS) return [...rows]
  return Array.from({ length: CARD_ROWS }, (_, at) => {
    return rows[Math.round((at * (rows.length - 1)) / (CARD_ROWS - 1))]
  })
}
