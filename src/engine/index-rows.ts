// Lines of the list of features, from an index alone.
import type { IndexManifest } from '../activation-index/manifest.ts'
import type { ActivationIndex } from '../activation-index/reader.ts'
import { type SummaryCorpus, summaryOf } from '../dashboard/summary.ts'
import type { BrowseRow } from './index-results.ts'
import type { Label } from './protocol.ts'

/** What a summary is told of the corpus. */
export function corpusOf({ countedTokens, corpus }: IndexManifest): SummaryCorpus {
  return { countedTokens, kinds: corpus.kinds }
}

/** Lines of single features, in the order asked; neighbours are read together. */
export async function indexedRows(
  index: ActivationIndex,
  features: readonly number[],
  labelOf: ReadonlyMap<number, Label>,
): Promise<BrowseRow[]> {
  const corpus = corpusOf(index.manifest)
  const [pieces, ...statistics] = await Promise.all([
    index.pieces(),
    ...features.map((feature) => index.statistics(feature, feature + 1)),
  ])
  return statistics.map(([own], at) => {
    const { count, max, sum, logitSkew, histogram, promoted } = own
    const feature = features[at]
    return {
      ...{ feature, label: labelOf.get(feature), summary: summaryOf(own, pieces, corpus) },
      ...{ density: count / corpus.countedTokens, max, mean: count > 0 ? sum / count : undefined },
      skew: index.manifest.logits && !Number.isNaN(logitSkew) ? logitSkew : undefined,
      ...{ histogram, promoted: promoted.map((id) => pieces.get(id) ?? `<${id}>`) },
    }
  })
}
