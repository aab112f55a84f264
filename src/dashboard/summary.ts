// One sentence on a feature from what was counted: for those nobody has labelled. No language model has a part in it.
import type { FeatureStatistics } from '../activation-index/types.ts'
import { formatNumber, formatShare, plural } from '../lib/format.ts'
import { pieceText, tokenName } from '../lib/token-text.ts'
import { featureFigures, kindFigures } from './figures.ts'

type Counted = Pick<
  FeatureStatistics,
  'count' | 'sum' | 'sumSquares' | 'tokens' | 'tokenCounts' | 'next' | 'nextCounts' | 'kinds' | 'promoted'
>

export interface SummaryCorpus {
  countedTokens: number
  kinds: readonly { name: string; tokens: number }[]
}

/** One token of this share of the firings is named alone. */
const PURE = 0.5
/** Fewer firings are told by their number: shares of them mean nothing. */
const FEW = 10
/** Several together of this share are named together; below, only the most frequent. */
const MIXED = 0.3
const NAMED = 3
/** A following token is named from this share of the firings on. */
const BEFORE = 0.25
/** A kind of document is named from this lift on, when it has this share of at least so many firings. */
const LIFTED = 2
const KIND_SHARE = 0.2
const KIND_FIRINGS = 20

/**
 * What it fires on, before what, in which kind of document and what it promotes, as far as there is something to say:
 * "fires on “ the” (62%), before “ first”; 8× in speeches; promotes “ nation”". `pieces` are the vocabulary's, by id.
 * Tokens that differ only by case and the space before them count as one.
 */
export function summaryOf(
  statistics: Counted,
  pieces: ReadonlyMap<number, string>,
  { countedTokens, kinds }: SummaryCorpus,
): string {
  const { density, verdict } = featureFigures(statistics, countedTokens)
  const said = phrasesOf(statistics, pieces, { countedTokens, kinds })
  return verdict === 'dense' ? `very dense (${formatShare(density)} of tokens): ${said}` : said
}

/** The same for where it is already said that the feature is very dense. */
export function phrasesOf(
  statistics: Counted,
  pieces: ReadonlyMap<number, string>,
  { countedTokens, kinds }: SummaryCorpus,
): string {
  const { count } = statistics
  if (count === 0) return `fires on none of ${formatNumber(countedTokens)} tokens`
  const parts = [firesOn(statistics, pieces)]
  const [kind] = kindFigures(statistics, kinds)
  const telling = kinds.length > 1 && count >= KIND_FIRINGS && kind
  if (telling && kind.lift >= LIFTED && kind.firings / count >= KIND_SHARE) {
    parts.push(`${formatNumber(kind.lift, kind.lift < 10 ? 1 : 0)}× in ${kind.name}`)
  }
  const [promoted] = statistics.promoted
  if (promoted !== undefined) parts.push(`promotes ${nameOf(promoted, pieces)}`)
  return parts.join('; ')
}

function firesOn(
  { count, tokens, tokenCounts, next, nextCounts }: Counted,
  pieces: ReadonlyMap<number, string>,
) {
  const on = merged(tokens, tokenCounts, pieces)
  const before = merged(next, nextCounts, pieces)[0]
  const following = before && before.count / count >= BEFORE ? `, before ${before.name}` : ''
  const [first] = on
  if (!first) return `fires on many tokens${following}`
  if (count < FEW) {
    const names = on.slice(0, NAMED).map(({ name }) => name)
    return `fires on ${plural(count, 'token')} only: ${names.join(', ')}`
  }
  const share = first.count / count
  if (share >= PURE) return `fires on ${first.name} (${formatShare(share)})${following}`
  const named = on.slice(0, NAMED)
  const together = named.reduce((sum, one) => sum + one.count, 0) / count
  if (together >= MIXED && named.length > 1) {
    return `fires on ${named.map(({ name }) => name).join(', ')} (${formatShare(together)} together)${following}`
  }
  return `fires on many tokens, ${first.name} most (${formatShare(share)})${following}`
}

/** The most frequent spelling names all of them. */
function merged(
  ids: readonly number[],
  counts: readonly number[],
  pieces: ReadonlyMap<number, string>,
): { name: string; count: number }[] {
  const byWord = new Map<string, { name: string; count: number }>()
  ids.forEach((id, at) => {
    const text = pieceText(pieces.get(id) ?? String(id))
    const word = text.trim().toLowerCase() || text
    const known = byWord.get(word)
    if (known) known.count += counts[at]
    else byWord.set(word, { name: tokenName(text), count: counts[at] })
  })
  return [...byWord.values()].sort((a, b) => b.count - a.count)
}

function nameOf(id: number, pieces: ReadonlyMap<number, string>): string {
  return tokenName(pieceText(pieces.get(id) ?? String(id)))
}
