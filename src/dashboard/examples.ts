// Which firings of a feature are shown: its strongest, a few of every interval of its range, and a few drawn evenly.
import { drawTicket, GROUPS } from '../activation-index/draw.ts'
import { intervalOf } from '../activation-index/feature-statistics.ts'
import { INTERVALS } from '../activation-index/manifest.ts'
import type { FeatureStatistics } from '../activation-index/types.ts'
import type { TokenSpan } from '../lib/token-span.ts'

/** A document of the corpus with the values of one feature. */
export interface FeatureDocument {
  document: number
  kind: string
  title: string
  /** [tokens] */
  ids: readonly number[]
  spans: readonly TokenSpan[]
  /** [tokens] activation; 0 where the feature is silent */
  values: Float32Array
}

export interface Example<D extends FeatureDocument = FeatureDocument> {
  document: D
  /** Position of the firing that it is an example of. */
  position: number
  value: number
  /** Documents with the very same tokens, this one counted. */
  copies: number
}

export type ExampleGroup<D extends FeatureDocument = FeatureDocument> = { examples: Example<D>[] } & (
  | { kind: 'top' }
  /** Firings above `from` up to `to`: `count` of the whole corpus, a `share` of its counted tokens. */
  | { kind: 'interval'; from: number; to: number; count: number; share: number }
  | { kind: 'random' }
)

export interface ExampleInput<D extends FeatureDocument> {
  statistics: Pick<FeatureStatistics, 'feature' | 'max' | 'intervals'>
  countedTokens: number
  documents: readonly D[]
}

interface Unique<D> {
  document: D
  copies: number
}

/** A firing that may be drawn, and the place the draw gives it. */
interface Drawn<D> extends Example {
  document: D & FeatureDocument
  ticket: number
}

/**
 * Groups as SAEDashboard has them: the 20 strongest, then from the top five equal intervals of [0, max] with five
 * firings each, and ten of all firings. Drawn evenly among the firings by `ticketOf` of feature, document and position;
 * no document twice in a group, and documents with the same tokens count as one. Intervals that nothing falls into are
 * left out; empty for a feature without documents.
 */
export function exampleGroups<D extends FeatureDocument>({
  statistics: { feature, max, intervals },
  countedTokens,
  documents,
}: ExampleInput<D>): ExampleGroup<D>[] {
  const unique = collapse(documents)
  if (unique.length === 0) return []
  const peaks = strongest(unique)
  const groups: ExampleGroup<D>[] = [{ kind: 'top', examples: peaks.slice(0, GROUPS.top) }]
  for (let interval = INTERVALS - 1; interval >= 0; interval -= 1) {
    const count = intervals[interval]
    if (count === 0) continue
    groups.push({
      kind: 'interval',
      from: (max * interval) / INTERVALS,
      to: (max * (interval + 1)) / INTERVALS,
      count,
      share: count / countedTokens,
      examples: draw(unique, GROUPS.perInterval, { feature, interval, max }),
    })
  }
  // Where the top group has every document, there is nothing left to draw from.
  if (peaks.length <= GROUPS.top) return groups
  const random = draw(unique, GROUPS.random, { feature, interval: undefined, max })
  return [...groups, { kind: 'random', examples: random }]
}

/** One document for each sequence of tokens, that with the lowest number. */
function collapse<D extends FeatureDocument>(documents: readonly D[]): Unique<D>[] {
  const byTokens = new Map<string, Unique<D>>()
  for (const document of [...documents].sort((a, b) => a.document - b.document)) {
    const tokens = document.ids.join()
    const known = byTokens.get(tokens)
    if (known) known.copies += 1
    else byTokens.set(tokens, { document, copies: 1 })
  }
  return [...byTokens.values()]
}

/** The highest firing of each document; the first of equal ones. */
function strongest<D extends FeatureDocument>(unique: readonly Unique<D>[]): Example<D>[] {
  const peaks = unique.flatMap(({ document, copies }) => {
    let position = 0
    for (let at = 1; at < document.values.length; at += 1) {
      if (document.values[at] > (position === 0 ? 0 : document.values[position])) position = at
    }
    return position === 0 ? [] : [{ document, position, value: document.values[position], copies }]
  })
  return peaks.sort(byValue)
}

interface DrawOptions {
  feature: number
  /** Undefined for a draw of all firings. */
  interval: number | undefined
  max: number
}

/** `count` firings in the order of their tickets, then sorted by value. */
function draw<D extends FeatureDocument>(
  unique: readonly Unique<D>[],
  count: number,
  { feature, interval, max }: DrawOptions,
): Example<D>[] {
  const candidates: Drawn<D>[] = []
  for (const { document, copies } of unique) {
    let first: Drawn<D> | undefined
    for (let position = 1; position < document.values.length; position += 1) {
      const value = document.values[position]
      if (!(value > 0)) continue
      if (interval !== undefined && intervalOf(value, max) !== interval) continue
      const ticket = drawTicket(interval, feature, document.document, position)
      if (!first || ticket < first.ticket) first = { document, position, value, copies, ticket }
    }
    if (first) candidates.push(first)
  }
  return candidates
    .sort((a, b) => a.ticket - b.ticket || a.document.document - b.document.document)
    .slice(0, count)
    .map(({ document, position, value, copies }) => ({ document, position, value, copies }))
    .sort(byValue)
}

function byValue(a: Example, b: Example): number {
  return b.value - a.value || a.document.document - b.document.document
}

/**
 * Which spans of a document are shown, `from` to before `to`: `around` on either side of the one that holds
 * `position`, without `<bos>`; all where `around` is undefined.
 */
export function windowOf(
  spans: readonly TokenSpan[],
  position: number,
  around: number | undefined,
): { from: number; to: number; centre: number } {
  const centre = spans.findIndex(({ first, count }) => position >= first && position < first + count)
  if (around === undefined) return { from: 0, to: spans.length, centre }
  const special = spans.findIndex((span) => !span.special)
  return {
    from: Math.max(special, centre - around, 0),
    to: Math.min(spans.length, centre + around + 1),
    centre,
  }
}

/** The text of a document, as it would be typed: without its specials. */
export function textOf(spans: readonly TokenSpan[]): string {
  return spans
    .filter(({ special }) => !special)
    .map(({ text }) => text)
    .join('')
}
