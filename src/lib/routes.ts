// The pages that an address can mean, and how one of each begins.
import { type BrowseQuery, EVERY_FEATURE } from './browse-query.ts'
import type { Embed } from './embed.ts'
import { type Listing, type Measure, PLAIN_LIST } from './listing.ts'
import { type MapQuery, PLAIN_MAP } from './map-query.ts'

export interface ExploreRoute extends Listing {
  view: 'explore'
  model: string
  source: string
  /** Text that was run; undefined before any. */
  text: string | undefined
  /** Locked token positions, ascending (0 is <bos>). */
  tokens: number[]
  /** Locked features, in the order they were locked. */
  features: number[]
  /** Position 0 counted too. */
  bos: boolean
}

export interface FeatureRoute {
  view: 'feature'
  model: string
  source: string
  index: number
  /** `defaulttesttext` */
  text: string | undefined
  /** Shown inside another page, these parts of it; undefined for the whole page. */
  embed?: Embed
}

/** Features that somebody gathered. */
export interface ListRoute {
  view: 'list'
  model: string
  source: string
  name: string
  /** At most `LIST_LIMIT`, each once, in the list's order. */
  features: number[]
  /** Kept for the way back to the explore page. */
  text: string | undefined
}

/** A source's own page: its shapes, thresholds and norms. */
interface SourceRoute {
  view: 'source'
  model: string
  source: string
  /** Kept for the way back to the explore page. */
  text: string | undefined
}

/** A text across layers and sites, in one pass of the model. */
export interface LayersRoute {
  view: 'layers'
  model: string
  /** The source it was gone to from, and back to. */
  source: string
  text: string | undefined
  /** Names of the sources looked at; undefined for all that are on the machine. */
  layers: string[] | undefined
}

/** All features of a source, as far as a question leaves them. */
export interface BrowseRoute {
  view: 'browse'
  model: string
  source: string
  query: BrowseQuery
  /** Kept for the way back to the explore page; not run here. */
  text: string | undefined
}

/** Two texts on one source, or one text on two sources. */
export interface CompareRoute {
  view: 'compare'
  model: string
  source: string
  text: string | undefined
  /** The text that it is compared with. */
  with: string | undefined
  /** Name of the source it is compared with, in place of another text; empty while none is chosen. */
  other: string | undefined
  measure: Measure
  /** Features that fire on a larger share of tokens are left out of both sides; undefined for none. */
  dense: number | undefined
}

/** All features of a source in two dimensions. */
export interface MapRoute {
  view: 'map'
  model: string
  source: string
  query: MapQuery
  /** Kept for the way back to the explore page; not run here. */
  text: string | undefined
}

/** Pages of one open source. */
export type PlaceRoute =
  | ExploreRoute
  | FeatureRoute
  | SourceRoute
  | LayersRoute
  | BrowseRoute
  | CompareRoute
  | MapRoute
  | ListRoute

/** Pages of the page itself: every source there is, what is stored, and how it compares with published values. */
export type LibraryPage = 'sources' | 'storage' | 'verify'

/** The check of published values, perhaps of one source only or on a model of its own choosing. */
interface VerifyRoute {
  view: 'verify'
  model?: string
  sae?: string
}

export type Route = { view: 'home' } | { view: 'sources' } | { view: 'storage' } | VerifyRoute | PlaceRoute

/** An explore route with nothing locked. */
export function exploreRoute(model: string, source: string, text?: string): ExploreRoute {
  return { view: 'explore', model, source, text, tokens: [], features: [], ...PLAIN_LIST, bos: false }
}

/** A text beside another that is not written yet. */
export function compareRoute(model: string, source: string, text: string | undefined): CompareRoute {
  const alone = { with: undefined, other: undefined, measure: 'max', dense: undefined } as const
  return { view: 'compare', model, source, text, ...alone }
}

/** The layers of a text, in every source on the machine. */
export function layersRoute(model: string, source: string, text: string | undefined): LayersRoute {
  return { view: 'layers', model, source, text, layers: undefined }
}

/** The list of all features of a source, or of those that a question leaves. */
export function browseRoute(
  model: string,
  source: string,
  text: string | undefined,
  query: Partial<BrowseQuery> = {},
): BrowseRoute {
  return { view: 'browse', model, source, query: { ...EVERY_FEATURE, ...query }, text }
}

/** The map of a source's features. */
export function mapRoute(
  model: string,
  source: string,
  text: string | undefined,
  query: Partial<MapQuery> = {},
): MapRoute {
  return { view: 'map', model, source, query: { ...PLAIN_MAP, ...query }, text }
}
