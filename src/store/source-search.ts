// What the search box of the Sources page understands: model, site, layer, width, L0, words, ids and addresses.
import type { CatalogueEntry, Site } from '../engine/protocol.ts'
import { formatWidth } from '../lib/format.ts'
import { SITE_NAMES } from './site-names.ts'

/** A text understood: every test must hold; the rest says what to show first. */
export interface SourceQuery {
  tests: ((entry: CatalogueEntry) => boolean)[]
  /** Asked L0: near ones match, nearest first. */
  l0: number | undefined
  /** Ids named outright, shown before those that only begin like them. */
  exact: string[]
  /** What was understood, for a person: "layer 20", "residual", "about L0 70". */
  understood: string[]
}

const SITES: Record<string, Site> = {
  ...{ res: 'res', resid: 'res', residual: 'res', resid_post: 'res' },
  ...{ att: 'att', attn: 'att', attention: 'att', attn_out: 'att' },
  ...{ mlp: 'mlp', mlps: 'mlp', mlp_out: 'mlp' },
  ...{ transcoder: 'transcoder', transcoders: 'transcoder', tc: 'transcoder' },
  ...{ embedding: 'embedding', embeddings: 'embedding', emb: 'embedding', embed: 'embedding' },
}

/** Widths as powers of two, beside the names SAEs go by. */
const WIDTH_ALIASES: Record<string, string> = {
  '64k': '65k',
  '128k': '131k',
  '256k': '262k',
  '512k': '524k',
  '1024k': '1m',
  '1048k': '1m',
}

/** Deepest layer of any model here (27B of Gemma 3), so that a higher bare number is an L0. */
const DEEPEST = 61

export function parseSourceQuery(text: string): SourceQuery {
  const query: SourceQuery = { tests: [], l0: undefined, exact: [], understood: [] }
  const lower = text.trim().toLowerCase()
  if (lower.includes('/') && !/\s/.test(lower)) {
    readAddress(lower, query)
    return query
  }
  const words = lower.split(/[\s,›·]+/).filter(Boolean)
  let layer = false
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]
    const next = /^\d+$/.test(words[at + 1] ?? '') ? Number(words[at + 1]) : undefined
    const take = (): number => {
      at += 1
      return next ?? 0
    }
    const l0 = /^(?:average_)?l0[=:_~-]?(\d+)$/.exec(word)
    const named = /^(?:layer[_:=-]?|l)(\d+)$/.exec(word)
    if (word === 'l0' || word === 'layer') {
      // Without its number yet it narrows nothing.
      if (next === undefined) continue
      if (word === 'l0') nearL0(query, take())
      else {
        inLayer(query, take())
        layer = true
      }
    } else if (word === 'gemma' && next !== undefined) inModel(query, `gemma-${take()}`)
    else if (l0) nearL0(query, Number(l0[1]))
    else if (named) {
      inLayer(query, Number(named[1]))
      layer = true
    } else if (/^\d+$/.test(word)) {
      const value = Number(word)
      if (value >= 1024) ofWidth(query, formatWidth(value).toLowerCase())
      else if (!layer && value <= DEEPEST) {
        inLayer(query, value)
        layer = true
      } else nearL0(query, value)
    } else readWord(word, query)
  }
  return query
}

/** Best first: ids named outright, bundled, nearest in L0, canonical picks; then the order they came in. */
export function rankSources(entries: readonly CatalogueEntry[], query: SourceQuery): CatalogueEntry[] {
  if (query.tests.length === 0) return [...entries]
  const { l0, exact } = query
  const score = (entry: CatalogueEntry): number[] => [
    exact.includes(entry.source) || exact.includes(entry.model) ? 0 : 1,
    entry.release === 'bundled' ? 0 : 1,
    l0 === undefined ? 0 : Math.abs(entry.l0 - l0),
    entry.canonical ? 0 : 1,
    entry.neuronpedia ? 0 : 1,
  ]
  return entries
    .map((entry) => ({ entry, score: score(entry) }))
    .sort((a, b) => {
      const at = a.score.findIndex((value, place) => value !== b.score[place])
      return at < 0 ? 0 : a.score[at] - b.score[at]
    })
    .map(({ entry }) => entry)
}

function readWord(word: string, query: SourceQuery): void {
  const site = Object.hasOwn(SITES, word) ? SITES[word] : undefined
  const width = /^(?:width[_:=-]?)?(\d+k|1m)$/.exec(word)?.[1]
  if (site) {
    add(query, SITE_NAMES[site].short, (entry) => entry.site === site)
  } else if (width) ofWidth(query, width)
  else if (/^\d+[bm]$/.test(word)) {
    add(query, word.toUpperCase(), ({ model }) => model.split('-').includes(word))
  } else if (/^gemma-\d/.test(word)) inModel(query, word)
  else if (word === 'it') add(query, 'instruction-tuned', ({ model }) => model.endsWith('-it'))
  else if (word === 'pt') add(query, 'pre-trained', ({ model }) => !model.endsWith('-it'))
  else if (word === 'canonical') add(query, 'canonical', (entry) => entry.canonical === true)
  else if (word === 'bundled') add(query, 'bundled', ({ release }) => release === 'bundled')
  else if (word === 'neuronpedia') add(query, 'on Neuronpedia', (entry) => entry.neuronpedia !== undefined)
  else if (word === 'all') add(query, 'of the all-layer release', ({ path }) => path.includes('_all/'))
  else {
    query.exact.push(word)
    add(query, `“${word}”`, (entry) => searchText(entry).includes(word))
  }
}

/** Owner/repo/path, model/source, and the hub's, Neuronpedia's and this page's own addresses of them. */
function readAddress(text: string, query: SourceQuery): void {
  const path = text
    .replace(/^hf:/, '')
    .replace(/^https?:\/\/[^/]*\//, '')
    .replace(/^[\w-]+(\.[\w-]+)+\//, '')
    .replace(/^.*#\/?/, '')
    .replace(/\?.*$/, '')
    .replace(/^([^/]+\/[^/@]+)(?:@[^/]*|\/(?:resolve|tree|blob|raw)\/[^/]+)/, '$1')
    .replace(/\/+$/, '')
  const place = path.split('/').slice(0, 2).join('/')
  query.exact.push(place.slice(place.indexOf('/') + 1))
  add(query, `“${path}”`, (entry) => {
    const file = `${entry.repo}/${entry.path}`.toLowerCase()
    return file.startsWith(path) || `${entry.model}/${entry.source}`.startsWith(place)
  })
}

function add(query: SourceQuery, understood: string, test: (entry: CatalogueEntry) => boolean): void {
  query.tests.push(test)
  query.understood.push(understood)
}

function inLayer(query: SourceQuery, layer: number): void {
  add(query, `layer ${layer}`, (entry) => entry.layer === layer)
}

function ofWidth(query: SourceQuery, name: string): void {
  const width = WIDTH_ALIASES[name] ?? name
  add(query, `${width} features`, (entry) => formatWidth(entry.width).toLowerCase() === width)
}

/** "gemma-2-9b" finds its instruction-tuned sister too, after itself; with "-pt" it does not. */
function inModel(query: SourceQuery, name: string): void {
  const base = name.replace(/-pt$/, '')
  query.exact.push(base)
  add(query, name, ({ model }) => model.startsWith(base) && !(name !== base && model.endsWith('-it')))
}

/** Within a quarter of the number asked. */
function nearL0(query: SourceQuery, l0: number): void {
  query.l0 = l0
  add(query, `about L0 ${l0}`, (entry) => Math.abs(entry.l0 - l0) <= Math.max(2, l0 / 4))
}

const texts = new WeakMap<CatalogueEntry, string>()

/** Everything an entry is called by, in lower case. */
function searchText(entry: CatalogueEntry): string {
  const known = texts.get(entry)
  if (known !== undefined) return known
  const { model, source, repo, path, site } = entry
  const text = `${model}/${source} ${repo}/${path} ${SITE_NAMES[site].long}`.toLowerCase()
  texts.set(entry, text)
  return text
}
