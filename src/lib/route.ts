// The page's addresses, both ways: what follows "#" and what it means. Names are Neuronpedia's where they exist.
import { type BrowseQuery, browseParameters, EVERY_FEATURE, parseBrowseQuery } from './browse-query.ts'
import { type Embed, embedParameters, parseEmbed } from './embed.ts'
import { UserError } from './errors.ts'
import {
  denseParameters,
  type Listing,
  listingParameters,
  type Measure,
  PLAIN_LIST,
  parseDense,
  parseListing,
  parseMeasure,
} from './listing.ts'
import { type MapQuery, mapParameters, PLAIN_MAP, parseMapQuery } from './map-query.ts'
import { fromNeuronpedia, LIST_LIMIT } from './neuronpedia-address.ts'
import { decodePacked, decodePart, encodePart, encodeText } from './text-param.ts'

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

/** The address of a route, from "#" on. */
export function formatRoute(route: Route): string {
  if (route.view === 'home') return '#/'
  if (route.view === 'sources' || route.view === 'storage') return `#/${route.view}`
  const query: [string, string][] = []
  if (route.view === 'verify') {
    if (route.model !== undefined) query.push(['model', encodePart(route.model)])
    if (route.sae !== undefined) query.push(['sae', encodePart(route.sae)])
    return withQuery('verify', query)
  }
  const path = [route.model, route.source].map(encodePart)
  if (route.view === 'feature') {
    path.push(String(route.index))
    if (route.embed) query.push(...embedParameters(route.embed))
    if (route.text !== undefined) query.push(encodeText(route.text, 'defaulttesttext'))
  } else if (route.view === 'source') {
    query.push(['view', 'source'])
    if (route.text !== undefined) query.push(encodeText(route.text, 'text'))
  } else if (route.view === 'layers') {
    query.push(['view', 'layers'])
    if (route.layers) query.push(['layers', formatNames(route.layers)])
    if (route.text !== undefined) query.push(encodeText(route.text, 'text'))
  } else if (route.view === 'browse') {
    query.push(['view', 'browse'])
    for (const [name, value] of browseParameters(route.query)) query.push([name, encodePart(value)])
    if (route.text !== undefined) query.push(encodeText(route.text, 'text'))
  } else if (route.view === 'map') {
    query.push(['view', 'map'])
    for (const [name, value] of mapParameters(route.query)) query.push([name, encodePart(value)])
    if (route.text !== undefined) query.push(encodeText(route.text, 'text'))
  } else if (route.view === 'list') {
    query.push(['view', 'list'], ['name', encodePart(route.name)])
    query.push(['features', route.features.join(',')])
    if (route.text !== undefined) query.push(encodeText(route.text, 'text'))
  } else if (route.view === 'compare') {
    query.push(['view', 'compare'])
    if (route.measure !== 'max') query.push(['rank', route.measure])
    query.push(...denseParameters(route.dense))
    if (route.other !== undefined) query.push(['other', encodePart(route.other)])
    if (route.text !== undefined) query.push(encodeText(route.text, 'text'))
    if (route.with !== undefined) query.push(encodeText(route.with, 'with', 'zwith'))
  } else {
    if (route.tokens.length > 0) query.push(['token', route.tokens.join(',')])
    if (route.features.length > 0) query.push(['feature', route.features.join(',')])
    query.push(...listingParameters(route))
    if (route.bos) query.push(['bos', 'true'])
    if (route.text !== undefined) query.push(encodeText(route.text, 'text'))
  }
  return withQuery(path.join('/'), query)
}

function withQuery(path: string, query: readonly [string, string][]): string {
  const search = query.map(([name, value]) => `${name}=${value}`).join('&')
  return `#/${path}${search && '?'}${search}`
}

/** The route of an address, from "#" on. Throws UserError for what cannot be understood. */
export function parseRoute(hash: string): Route {
  const pasted = hash.replace(/^#?\/*/, '')
  const address = fromNeuronpedia(pasted) ?? pasted
  const mark = address.indexOf('?')
  const path = (mark < 0 ? address : address.slice(0, mark)).replace(/\/+$/, '')
  const query = parseQuery(mark < 0 ? '' : address.slice(mark + 1))
  if (path === '') return { view: 'home' }
  if (path === 'sources' || path === 'storage') return { view: path }
  if (path === 'verify') return { view: 'verify', model: query.get('model'), sae: query.get('sae') }
  const [model, source, index, ...rest] = path.split('/').map(decodePart)
  if (!model || !source || rest.length > 0) {
    throw new UserError({
      title: 'This address is not one of this page’s.',
      detail: `“#/${path}” should be #/model/source or #/model/source/feature.`,
      remedy: 'Choose a model and a source above, or start from the front page.',
    })
  }
  const packed = query.get('z')
  const text = packed === undefined ? undefined : decodePacked(packed)
  if (index !== undefined) {
    return {
      view: 'feature',
      model,
      source,
      index: parseIndex(index),
      text: text ?? query.get('defaulttesttext'),
      embed: parseEmbed(query),
    }
  }
  if (query.get('view') === 'source') {
    return { view: 'source', model, source, text: text ?? query.get('text') }
  }
  if (query.get('view') === 'layers') {
    return {
      view: 'layers',
      model,
      source,
      text: text ?? query.get('text'),
      layers: parseNames(query.get('layers')),
    }
  }
  if (query.get('view') === 'browse') {
    return browseRoute(model, source, text ?? query.get('text'), parseBrowseQuery(query))
  }
  if (query.get('view') === 'map') {
    return mapRoute(model, source, text ?? query.get('text'), parseMapQuery(query))
  }
  if (query.get('view') === 'list') {
    const features = parseIndexes(query.get('features')).slice(0, LIST_LIMIT)
    const name = query.get('name') || 'List'
    return { view: 'list', model, source, name, features, text: text ?? query.get('text') }
  }
  if (query.get('view') === 'compare') {
    const second = query.get('zwith')
    return {
      ...{ view: 'compare', model, source, text: text ?? query.get('text') },
      with: second === undefined ? query.get('with') : decodePacked(second),
      other: query.get('other'),
      measure: parseMeasure(query.get('rank')),
      dense: parseDense(query.get('dense')),
    }
  }
  return {
    view: 'explore',
    model,
    source,
    text: text ?? query.get('text'),
    tokens: parseIndexes(query.get('token')).sort((a, b) => a - b),
    features: parseIndexes(query.get('feature')),
    ...parseListing(query),
    bos: query.get('bos') === 'true',
  }
}

function parseQuery(search: string): Map<string, string> {
  const query = new Map<string, string>()
  for (const pair of search.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decodePart(equals < 0 ? pair : pair.slice(0, equals))
    // base64url has neither "+" nor "%", so decoding leaves it as it is.
    query.set(name, equals < 0 ? '' : decodePart(pair.slice(equals + 1)))
  }
  return query
}

/** Names side by side; the commas inside of them, and what hides these, are escaped once more. */
function formatNames(names: readonly string[]): string {
  return names.map((name) => encodePart(name.replace(/[%,]/g, encodeURIComponent))).join(',')
}

function parseNames(list: string | undefined): string[] | undefined {
  const names = list?.split(',').map((name) => name.replace(/%2C|%25/g, decodeURIComponent))
  return names && [...new Set(names)].filter((name) => name !== '')
}

function parseIndexes(list: string | undefined): number[] {
  return list ? [...new Set(list.split(',').map(parseIndex))] : []
}

function parseIndex(text: string): number {
  const index = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(index)) return index
  throw new UserError({
    title: 'This address names no feature or token.',
    detail: `“${text}” is not a whole number from 0 up.`,
    remedy: 'Features and tokens are named by their index, as in …/12082.',
  })
}
