// The page's addresses, both ways: what follows "#" and what it means. Names are Neuronpedia's where they exist.
import { browseParameters, parseBrowseQuery } from './browse-query.ts'
import { embedParameters, parseEmbed } from './embed.ts'
import { UserError } from './errors.ts'
import { denseParameters, listingParameters, parseDense, parseListing, parseMeasure } from './listing.ts'
import { mapParameters, parseMapQuery } from './map-query.ts'
import { fromNeuronpedia, LIST_LIMIT } from './neuronpedia-address.ts'
import { browseRoute, mapRoute, type Route } from './routes.ts'
import { decodePacked, decodePart, encodePart, encodeText } from './text-param.ts'

export * from './routes.ts'

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
