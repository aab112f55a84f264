// What the columns of the list of features are called, and what pressing their headings asks for.
import type { BrowseQuery, BrowseSort } from '../../lib/browse-query.ts'

export const COLUMN_NAMES: Record<BrowseSort, string> = {
  index: 'Index',
  density: 'Density',
  max: 'Max',
  mean: 'Mean',
  skew: 'Skew',
}

export const COLUMN_TITLES: Record<BrowseSort, string> = {
  index: 'Number of the feature',
  density: 'Share of tokens that the feature fires on',
  max: 'Highest activation',
  mean: 'Mean activation where it fires',
  skew: 'Skew of its effect on the logits: high where it promotes a few tokens',
}

type Order = Pick<BrowseQuery, 'sort' | 'descending'>

/** Numbers begin with the highest, then the lowest, then the list is by index again; the index only turns round. */
export function nextOrder({ sort, descending }: Order, by: BrowseSort): Order {
  if (by === 'index') return { sort: 'index', descending: sort === 'index' && !descending }
  if (sort !== by) return { sort: by, descending: true }
  return descending ? { sort: by, descending: false } : { sort: 'index', descending: false }
}
