// The tables of the page as files: the ranking of a text, two texts compared, layers, a list of features.
import type { LayersResult } from '../engine/protocol.ts'
import type { Comparison } from '../lib/compare.ts'
import type { Beyond, RankedFeature } from '../lib/feature-columns.ts'
import type { Measure } from '../lib/listing.ts'
import type { ListRoute } from '../lib/route.ts'
import { spanPositions } from '../lib/spans.ts'
import { type Cell, type ResultTable, type TableFormat, tableFile } from '../lib/table-file.ts'
import { pieceText } from '../lib/token-text.ts'
import { figuresOf } from '../store/figures-slice.ts'
import { openIndex } from '../store/indexed-slice.ts'
import { summariesOf } from '../store/summaries-slice.ts'
import type { AppState, RunShown } from '../store/types.ts'
import { type LayerRow, topFeatures } from './layers/layer-rows.ts'

const WORDS = ['feature', 'label', 'label_by', 'summary', 'promotes']

/** What is known of a feature in words, under `WORDS`. */
function wordsOf(state: AppState, index: number): Cell[] {
  const row = state.browseRows.get(index)
  const label = state.labels.get(index) ?? row?.label
  const promoted = state.promoted.get(index)?.map(({ token }) => pieceText(token))
  const summary = summariesOf(state).get(index) ?? row?.summary
  return [index, label?.description, label?.author, summary, promoted?.join(' ')]
}

function runOf({ model, source, text, origin, result }: RunShown): Record<string, unknown> {
  const from = origin === 'text' ? 'the model' : { file: origin.activations.name, sequence: origin.sequence }
  return { model, source, activations_from: from, hook: result.hookIn ?? null, text: text ?? null }
}

/** The listed features in the list's order; figures are of the tokens looked at, or of all but `<bos>`. */
export function rankingFile(
  format: TableFormat,
  state: AppState,
  shown: RunShown,
  { top, chosen }: { top: readonly RankedFeature[]; chosen: readonly number[] },
): string {
  const known = figuresOf(state)
  const figures = known && known !== 'loading' && 'value' in known ? known.value : undefined
  const positions = [...spanPositions(shown.result.spans, chosen)].sort((a, b) => a - b)
  const { ranking, dense = null } = state.listing
  return tableFile(format, {
    about: {
      ...runOf(shown),
      ...{ positions: chosen.length > 0 ? positions : 'all', bos_counted: state.bos },
      ...{ ordered_by: ranking, highest_density: dense },
      computed:
        'max, sum, tokens: highest activation, sum of activations and number of tokens above zero among the positions; ratio: max over the highest activation known of the feature; density: share of tokens it fires on elsewhere',
    },
    columns: ['rank', ...WORDS, 'max', 'sum', 'tokens', 'ratio', 'density'],
    rows: top.map(({ index, max, sum, count, ratio }, at) => {
      const density = figures?.get(index)?.density
      return [at + 1, ...wordsOf(state, index), max, Math.fround(sum), count, ratio, density]
    }),
  })
}

/** Most features that an index is asked about for one file. */
const ASKED = 1000

/** Summaries of those that the page has not listed yet, where an index has them at hand. */
export async function loadSomeWords(state: AppState, { first, second, both }: Comparison): Promise<void> {
  if (!openIndex(state)) return
  const features = [...first, ...second, ...both].map(({ index }) => index)
  await state.loadWords(features.filter((index) => !state.labels.has(index)).slice(0, ASKED))
}

/** All features of all three lists in their order. */
export function comparedFile(
  format: TableFormat,
  state: AppState,
  shown: RunShown,
  { found, measure, dense, second }: ComparedTable,
): string {
  const lists = [
    ['only first', found.first],
    ['only second', found.second],
    ['both', found.both],
  ] as const
  return tableFile(format, {
    about: {
      ...runOf(shown),
      ...{
        second_text: second ?? null,
        compared_by: measure,
        highest_density: dense ?? null,
        bos_counted: state.bos,
      },
    },
    columns: ['in', ...WORDS, 'first', 'second'],
    rows: lists.flatMap(([name, features]) =>
      features.map(({ index, first, second: other }): Cell[] => {
        return [name, ...wordsOf(state, index), Math.fround(first), Math.fround(other)]
      }),
    ),
  })
}

interface ComparedTable {
  found: Comparison
  measure: Measure
  dense: number | undefined
  second: string | undefined
}

/** The strongest features of each source, `most` or the usual number, on `tokens` or on any. */
export function layersFile(
  format: TableFormat,
  shown: RunShown,
  { rows, spans, tokens, most, dense }: LayersTable,
): string {
  return tableFile(format, {
    about: {
      ...{ model: shown.model, text: shown.text ?? null },
      positions: tokens.length > 0 ? [...spanPositions(spans, tokens)].sort((a, b) => a - b) : 'all',
      ...(dense && { highest_density: dense.highest ?? null }),
    },
    columns: [
      ...['source', 'layer', 'hook', 'l0', 'fvu', 'rank', 'feature', 'label'],
      ...['activation', 'position', 'token'],
    ],
    rows: rows.flatMap((row, place) => {
      const { source, layer, hookIn, l0, fvu } = row.run
      const top = topFeatures(row, spans, tokens, most, dense?.beyond[place])
      return top.map(({ index, label, value, peak }, at): Cell[] => {
        const span = spans[peak]
        const run = [source, layer, hookIn, Math.fround(l0), Math.fround(fvu), at + 1]
        return [...run, index, label, value, span?.first, span?.text]
      })
    }),
  })
}

interface LayersTable {
  rows: readonly LayerRow[]
  spans: LayersResult['spans']
  tokens: readonly number[]
  most?: number
  /** The highest density that stays, and what is known of each source's features. */
  dense?: { highest: number | undefined; beyond: readonly Beyond[] }
}

/** A list of features in its order. */
export function listFile(format: TableFormat, state: AppState, { model, source, name, features }: ListRoute) {
  const table: ResultTable = {
    about: { model, source, list: name },
    columns: ['place', ...WORDS, 'density', 'max', 'mean', 'skew'],
    rows: features.map((feature, at) => {
      const { density, max, mean, skew } = state.browseRows.get(feature) ?? {}
      const figures = [density, max, mean, skew].map((figure) => figure && Math.fround(figure))
      return [at + 1, ...wordsOf(state, feature), ...figures]
    }),
  }
  return tableFile(format, table)
}
