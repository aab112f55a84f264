// The list of sources in the order of one column, as its heading or the sort box asks.
import type { CatalogueEntry } from '../engine/protocol.ts'
import { SITE_NAMES } from './site-names.ts'

/** Columns that order the list, as they stand in it. */
export const SORT_COLUMNS = ['source', 'layer', 'site', 'width', 'l0', 'size'] as const

export type SortColumn = (typeof SORT_COLUMNS)[number]

export interface SourceSort {
  by: SortColumn
  descending: boolean
}

/** What pressing a column's heading asks for: ascending, then descending, then the list's own order (undefined). */
export function nextSort(sort: SourceSort | undefined, by: SortColumn): SourceSort | undefined {
  if (sort?.by !== by) return { by, descending: false }
  return sort.descending ? undefined : { by, descending: true }
}

/** Sorted anew, or as given without a sort. Equal ones keep their order, so the best match stays first among them. */
export function sortSources(
  entries: readonly CatalogueEntry[],
  sort: SourceSort | undefined,
): readonly CatalogueEntry[] {
  if (!sort) return entries
  const sign = sort.descending ? -1 : 1
  return entries
    .map((entry) => ({ entry, key: keyOf(entry, sort.by) }))
    .sort((a, b) => sign * compare(a.key, b.key))
    .map(({ entry }) => entry)
}

type Key = readonly (number | string)[]

function keyOf(entry: CatalogueEntry, by: SortColumn): Key {
  const { model, site, width, l0, bytes } = entry
  const layer = entry.layer ?? -1
  switch (by) {
    case 'source':
      return [...modelKey(model), layer, SITES.indexOf(site), width, l0]
    case 'layer':
      return [layer]
    case 'site':
      return [SITES.indexOf(site)]
    case 'width':
      return [width]
    case 'l0':
      return [l0]
    case 'size':
      return [bytes]
  }
}

const SITES = Object.keys(SITE_NAMES)
const SIZE = /^(.*?)-(\d+(?:\.\d+)?)([mb])(?=-|$)/

/** Family, then parameters: gemma-3-270m stands before gemma-3-1b, and gemma-2-9b-it behind gemma-2-9b. */
function modelKey(model: string): Key {
  const found = SIZE.exec(model)
  if (!found) return [model.slice(0, model.lastIndexOf('-')), 0, model]
  const [, family, count, unit] = found
  return [family, Number(count) * (unit === 'b' ? 1000 : 1), model]
}

/** Keys of one column, which have the same types at the same places. */
function compare(a: Key, b: Key): number {
  const at = a.findIndex((value, place) => value !== b[place])
  if (at < 0) return 0
  return a[at] < b[at] ? -1 : 1
}
