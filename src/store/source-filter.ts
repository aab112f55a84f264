// Narrowing the list of sources: which match the search and the choices, and what every choice would still leave.
import type { CatalogueEntry, Site } from '../engine/protocol.ts'
import type { StorageState, StoredFile } from '../lib/storage-state.ts'
import { parseSourceQuery, rankSources } from './source-search.ts'

/** model › site › layer › width › L0 */
export const DIMENSIONS = ['model', 'site', 'layer', 'width', 'l0'] as const

export type Dimension = (typeof DIMENSIONS)[number]

export interface SourceFilter {
  query: string
  model: string | undefined
  site: Site | undefined
  /** "20", or "none" for SAEs of the embedding. */
  layer: string | undefined
  width: string | undefined
  /** Name of a band of L0. */
  l0: string | undefined
  canonical: boolean
  neuronpedia: boolean
  /** Stored on this machine, in part or whole, or bundled. */
  here: boolean
}

export const NO_FILTER: SourceFilter = {
  query: '',
  ...{ model: undefined, site: undefined, layer: undefined, width: undefined, l0: undefined },
  ...{ canonical: false, neuronpedia: false, here: false },
}

/** Whether anything was asked for. */
export function narrows(filter: SourceFilter): boolean {
  return Object.values(filter).some((value) => value !== undefined && value !== '' && value !== false)
}

/** How L0s are grouped, ascending. */
export const BANDS: readonly { name: string; below: number }[] = [
  { name: 'below 20', below: 20 },
  { name: '20 to 49', below: 50 },
  { name: '50 to 99', below: 100 },
  { name: '100 to 199', below: 200 },
  { name: '200 and more', below: Number.POSITIVE_INFINITY },
]

export interface Narrowed {
  /** Best first. */
  entries: CatalogueEntry[]
  /** For each dimension, how many sources each value would leave with the other choices as they are. */
  facets: Record<Dimension, Map<string, number>>
  /** What the search box was understood to say. */
  understood: string[]
}

/** The value an entry has in a dimension. */
function valueIn(entry: CatalogueEntry, dimension: Dimension): string {
  if (dimension === 'l0') return BANDS.find(({ below }) => entry.l0 < below)?.name ?? ''
  if (dimension === 'layer') return entry.layer === undefined ? 'none' : String(entry.layer)
  return String(entry[dimension])
}

/** Files by "repo/path", as storage names them. */
export function storedByName(storage: StorageState | undefined): Map<string, StoredFile> {
  return new Map(storage?.files.map((file) => [file.name, file]))
}

export function narrowSources(
  all: readonly CatalogueEntry[],
  filter: SourceFilter,
  stored: ReadonlyMap<string, StoredFile>,
): Narrowed {
  const query = parseSourceQuery(filter.query)
  const facets: Narrowed['facets'] = {
    ...{ model: new Map(), site: new Map(), layer: new Map(), width: new Map(), l0: new Map() },
  }
  const count = (entry: CatalogueEntry, dimension: Dimension): void => {
    const value = valueIn(entry, dimension)
    facets[dimension].set(value, (facets[dimension].get(value) ?? 0) + 1)
  }
  const matches = all.filter((entry) => {
    if (filter.canonical && !entry.canonical) return false
    if (filter.neuronpedia && !entry.neuronpedia) return false
    if (filter.here && entry.release !== 'bundled' && !stored.has(`${entry.repo}/${entry.path}`)) return false
    if (!query.tests.every((test) => test(entry))) return false
    const against = DIMENSIONS.filter((dimension) => {
      const chosen = filter[dimension]
      return chosen !== undefined && valueIn(entry, dimension) !== chosen
    })
    // What fails in one dimension alone is what another choice there would show.
    if (against.length === 1) count(entry, against[0])
    if (against.length > 0) return false
    for (const dimension of DIMENSIONS) count(entry, dimension)
    return true
  })
  return { entries: rankSources(matches, query), facets, understood: query.understood }
}
