// What an activation index has of one feature, with the documents that its page draws examples from.
import { CANDIDATES, chosenDocuments } from '../activation-index/draw.ts'
import { pickPostings } from '../activation-index/postings.ts'
import type { ActivationIndex } from '../activation-index/reader.ts'
import { spanTokens } from '../model/token-spans.ts'
import type { IndexedFeature } from './index-results.ts'

/** Reads feature `number` (0 to dSae − 1) by a few ranges of the index's files. */
export async function indexedFeature(index: ActivationIndex, number: number): Promise<IndexedFeature> {
  const [[statistics], pieces, counts] = await Promise.all([
    index.statistics(number, number + 1),
    index.pieces(),
    index.coactiveCounts(),
  ])
  const all = await index.postings(statistics)
  const chosen = chosenDocuments(all, statistics, CANDIDATES)
  const rows = Uint32Array.from(all.document.keys()).filter((row) => chosen.has(all.document[row]))
  const documents = await index.documents(pickPostings(all, rows))
  const { kinds } = index.manifest.corpus
  const piece = (id: number): string => pieces.get(id) ?? `<${id}>`
  const { tokens, next, promoted } = statistics
  return {
    ...{ statistics, countedTokens: index.manifest.countedTokens },
    coactiveCounts: statistics.coactive.map((other) => counts[other]),
    documents: documents.map(({ document, kind, title, tokens: ids, values }) => {
      const tokens = ids.map(piece)
      const spans = spanTokens(tokens.map((one, at) => ({ piece: one, special: at === 0 })))
      return { document, kind: kinds[kind]?.name ?? '', title, ids, tokens, spans, values }
    }),
    pieces: new Map([...tokens, ...next, ...promoted].map((id) => [id, piece(id)])),
  }
}
