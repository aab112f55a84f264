// What a person may type or paste into "Find feature": an index, an address of ours or Neuronpedia's, or words.
import { fromNeuronpedia, quickLists } from './neuronpedia-address.ts'
import { type ListRoute, type PlaceRoute, parseRoute } from './route.ts'

export type Found =
  | { kind: 'index'; index: number }
  | { kind: 'route'; route: PlaceRoute }
  /** A list of Neuronpedia’s over several sources: one of ours for each. */
  | { kind: 'lists'; routes: ListRoute[] }
  | { kind: 'words'; words: string[] }

/** Reads a search. Nothing throws: what is no index and no address is words. */
export function parseFind(query: string): Found | undefined {
  const text = query.trim()
  if (text === '') return undefined
  const index = /^#?(\d{1,15})$/.exec(text)
  if (index) return { kind: 'index', index: Number(index[1]) }
  const lists = quickLists(text)
  if (lists.length > 0) {
    return {
      kind: 'lists',
      routes: lists.map((list): ListRoute => ({ view: 'list', ...list, text: undefined })),
    }
  }
  const route = parseAddress(text)
  if (route) return { kind: 'route', route }
  return { kind: 'words', words: text.toLowerCase().split(/\s+/) }
}

function parseAddress(text: string): PlaceRoute | undefined {
  let path = text
  if (/^https?:\/\//i.test(text)) {
    const url = URL.parse(text)
    if (!url) return undefined
    path = url.hash.startsWith('#/') ? url.hash : url.pathname + url.search
  }
  try {
    path = fromNeuronpedia(path.replace(/^\/+/, '')) ?? path
  } catch {
    return undefined
  }
  if (!/^#?\/?[^\s/?]+\/[^\s/?]+(\/\d+)?\/?(\?.*)?$/.test(path)) return undefined
  try {
    const route = parseRoute(path)
    // Who pastes an address here wants the page, not a part of it.
    if (route.view === 'feature') return { ...route, embed: undefined }
    return 'source' in route ? route : undefined
  } catch {
    return undefined
  }
}

/** Labels holding every word, whole words before parts of words, then by index; at most `limit`. */
export function searchLabels(
  labels: ReadonlyMap<number, { description: string }>,
  words: readonly string[],
  limit: number,
): number[] {
  const hits: { index: number; score: number }[] = []
  for (const [index, { description }] of labels) {
    const label = description.toLowerCase()
    if (!words.every((word) => label.includes(word))) continue
    const whole = label.split(/[^\p{L}\p{N}]+/u)
    hits.push({ index, score: words.filter((word) => whole.includes(word)).length })
  }
  hits.sort((a, b) => b.score - a.score || a.index - b.index)
  return hits.slice(0, limit).map((hit) => hit.index)
}
