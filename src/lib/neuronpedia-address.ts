// Neuronpedia's addresses in this page's words: what is pasted from there opens here.
import * as v from 'valibot'
import { UserError } from './errors.ts'
import { encodePart } from './text-param.ts'

/** Features of one source, gathered under a name. */
export interface QuickList {
  model: string
  source: string
  name: string
  features: number[]
}

/** Features a list in an address may have. */
export const LIST_LIMIT = 150

const HOST = /^https?:\/\/(?:www\.)?neuronpedia\.org(?::\d+)?\//i
const TEXT_FORM = /^([^\s@/:?]+)@([^\s@/:?]+):(\d{1,15})$/
/** Neuronpedia's own pages whose names could be taken for a model's. */
const QUICK_LIST = /^quick-list\/?(?:\?(.*))?$/
const TOP_K = /^search-topk-by-token\/?(?:\?(.*))?$/

/**
 * The address as this page writes it, without "#"; undefined for what is not Neuronpedia's or the same in both.
 * UserError for a list that no single page can show.
 */
export function fromNeuronpedia(address: string): string | undefined {
  const named = TEXT_FORM.exec(address.trim())
  if (named) return `${encodePart(named[1])}/${encodePart(named[2])}/${named[3]}`
  const own = address.trim().replace(HOST, '')
  const list = QUICK_LIST.exec(own)
  if (list) return listAddress(quickLists(own))
  const search = TOP_K.exec(own)
  if (search) return searchAddress(new URLSearchParams(search[1] ?? ''))
  return own === address ? undefined : own
}

/** The lists of a quick-list address, one a source, in the order they come; none for any other address. */
export function quickLists(address: string): QuickList[] {
  const found = QUICK_LIST.exec(
    address
      .trim()
      .replace(HOST, '')
      .replace(/^#?\/*/, ''),
  )
  if (!found) return []
  const query = new URLSearchParams(found[1] ?? '')
  const name = query.get('name') ?? 'List'
  const lists = new Map<string, QuickList>()
  for (const { modelId: model, layer: source, index } of featuresOf(query.get('features'))) {
    const key = JSON.stringify([model, source])
    const list = lists.get(key) ?? { model, source, name, features: [] }
    lists.set(key, list)
    if (!list.features.includes(index) && list.features.length < LIST_LIMIT) list.features.push(index)
  }
  return [...lists.values()]
}

/** The address of a list on this page, without "#". */
function listPath({ model, source, name, features }: QuickList): string {
  const query = `view=list&name=${encodePart(name)}&features=${features.join(',')}`
  return `${encodePart(model)}/${encodePart(source)}?${query}`
}

const Listed = v.object({
  modelId: v.pipe(v.string(), v.nonEmpty()),
  layer: v.pipe(v.string(), v.nonEmpty()),
  // Some tools write " 12".
  index: v.pipe(
    v.union([v.string(), v.number()]),
    v.transform((index) => String(index).trim()),
    v.digits(),
    v.transform(Number),
    v.safeInteger(),
  ),
})

function featuresOf(list: string | null): v.InferOutput<typeof Listed>[] {
  let all: unknown
  try {
    all = JSON.parse(list ?? '')
  } catch {
    return []
  }
  if (!Array.isArray(all)) return []
  return all.flatMap((one) => {
    const parsed = v.safeParse(Listed, one)
    return parsed.success ? [parsed.output] : []
  })
}

function listAddress(lists: readonly QuickList[]): string {
  const [only, ...more] = lists
  if (only && more.length === 0) return listPath(only)
  throw new UserError({
    title: only ? 'This list is of several sources.' : 'This list has no features.',
    detail: only
      ? `It names features of ${lists.map(({ model, source }) => `${model}/${source}`).join(', ')}.`
      : 'Its address should have features=[{"modelId":"…","layer":"…","index":"…"}].',
    remedy: only
      ? 'Paste it into the search box above, which offers the features of each source.'
      : 'It may have been cut when it was copied: ask for it again.',
  })
}

/** Neuronpedia's search by tokens, as the features of that text. */
function searchAddress(query: URLSearchParams): string | undefined {
  const [model, source, text] = ['modelId', 'source', 'text'].map((name) => query.get(name))
  if (!model || !source) return undefined
  const own: string[] = []
  const dense = query.get('densityThreshold')
  if (dense) own.push(`dense=${encodePart(dense)}`)
  if (query.get('ignoreBos') === 'false') own.push('bos=true')
  if (text) own.push(`text=${encodePart(text)}`)
  return `${encodePart(model)}/${encodePart(source)}${own.length > 0 ? `?${own.join('&')}` : ''}`
}
