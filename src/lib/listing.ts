// How the active features of a text are listed, and how that is written in an address.

/** How active features are ordered; `ratio`: the highest activation here over the highest that is known of the feature. */
export const RANKINGS = ['max', 'sum', 'count', 'ratio'] as const
export type Ranking = (typeof RANKINGS)[number]

/** Features listed at first: of the text, or of each token that is looked at. */
const TOP_K = 24
export const MOST_K = 50

export interface Listing {
  ranking: Ranking
  /** Features that fire on a larger share of tokens are left out before any are chosen; undefined for none. */
  dense: number | undefined
  /** 1 … MOST_K */
  k: number
  show: 'list' | 'heat'
}

export const PLAIN_LIST: Listing = { ranking: 'max', dense: undefined, k: TOP_K, show: 'list' }

/** Names and values of what differs from `PLAIN_LIST`. */
export function listingParameters({ ranking, dense, k, show }: Listing): [string, string][] {
  const found: [string, string][] = []
  if (ranking !== PLAIN_LIST.ranking) found.push(['rank', ranking])
  found.push(...denseParameters(dense))
  if (k !== TOP_K) found.push(['k', String(k)])
  if (show !== PLAIN_LIST.show) found.push(['show', show])
  return found
}

/** What `listingParameters` wrote; what it would not have written counts as not there. */
export function parseListing(parameters: ReadonlyMap<string, string>): Listing {
  const k = Number(parameters.get('k'))
  return {
    ranking: parseRanking(parameters.get('rank')),
    dense: parseDense(parameters.get('dense')),
    k: Number.isInteger(k) && k >= 1 && k <= MOST_K ? k : TOP_K,
    show: parameters.get('show') === 'heat' ? 'heat' : 'list',
  }
}

/** The highest density that stays, where there is one. */
export function denseParameters(dense: number | undefined): [string, string][] {
  return dense === undefined ? [] : [['dense', String(dense)]]
}

/** What `denseParameters` wrote. */
export function parseDense(text: string | undefined): number | undefined {
  const share = text?.trim() ? Number(text) : Number.NaN
  return share >= 0 && share <= 1 ? share : undefined
}

function parseRanking(name: string | undefined): Ranking {
  return RANKINGS.find((ranking) => ranking === name) ?? PLAIN_LIST.ranking
}

/** By what two texts are compared: figures of each that need nothing else. */
export const MEASURES = ['max', 'sum', 'count'] as const
export type Measure = (typeof MEASURES)[number]

export function parseMeasure(name: string | undefined): Measure {
  return MEASURES.find((measure) => measure === name) ?? 'max'
}
