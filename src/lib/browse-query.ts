// What can be asked of the list of all features of a source, and how it is written in an address.

/** Columns that the list of features can be ordered by. */
export const BROWSE_SORTS = ['index', 'density', 'max', 'mean', 'skew'] as const
export type BrowseSort = (typeof BROWSE_SORTS)[number]

export interface BrowseQuery {
  /** Words that must all occur in label, summary, tokens or promoted tokens; empty for all. */
  text: string
  sort: BrowseSort
  descending: boolean
  /** Share of counted tokens, both ends included; undefined for any. */
  density: [number, number] | undefined
  /** Dead: fires on no token of the index. */
  dead: 'shown' | 'hidden' | 'only'
  labelled: boolean
}

/** All features in the order of their indices. */
export const EVERY_FEATURE: BrowseQuery = {
  ...{ text: '', sort: 'index', descending: false },
  ...{ density: undefined, dead: 'shown', labelled: false },
}

/** Whether a query leaves any feature out. */
export function narrowsFeatures({ text, density, dead, labelled }: BrowseQuery): boolean {
  return text.trim() !== '' || density !== undefined || dead !== 'shown' || labelled
}

/** Names and values of what differs from `EVERY_FEATURE`; values are not yet percent-encoded. */
export function browseParameters(query: BrowseQuery): [name: string, value: string][] {
  const { text, sort, descending, density, dead, labelled } = query
  const found: [string, string][] = []
  if (text !== '') found.push(['q', text])
  if (sort !== 'index' || descending) found.push(['sort', `${descending ? '-' : ''}${sort}`])
  if (density) found.push(['density', density.join(',')])
  if (dead !== 'shown') found.push(['dead', dead])
  if (labelled) found.push(['labelled', 'true'])
  return found
}

/** What `browseParameters` wrote; what it would not have written counts as not there. */
export function parseBrowseQuery(parameters: ReadonlyMap<string, string>): BrowseQuery {
  const sort = parameters.get('sort') ?? ''
  const by = BROWSE_SORTS.find((column) => column === sort.replace(/^-/, ''))
  const dead = parameters.get('dead')
  return {
    text: parameters.get('q') ?? '',
    sort: by ?? 'index',
    descending: by !== undefined && sort.startsWith('-'),
    density: parseRange(parameters.get('density')),
    dead: dead === 'hidden' || dead === 'only' ? dead : 'shown',
    labelled: parameters.get('labelled') === 'true',
  }
}

function parseRange(range: string | undefined): [number, number] | undefined {
  const ends = range?.split(',').map((end) => (end.trim() === '' ? Number.NaN : Number(end)))
  if (ends?.length !== 2) return undefined
  const [low, high] = ends
  return low >= 0 && low <= high && high <= 1 ? [low, high] : undefined
}
