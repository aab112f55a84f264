// The list of features as a file, made part by part beside the engine's other work: a source may have a million.
import type { BrowseQuery } from '../lib/browse-query.ts'
import { type Cell, type TableFormat, tableWriter } from '../lib/table-file.ts'
import type { TaskContext } from './tasks.ts'

/** Rows written before other calls are answered. */
const STEP = 4000

/** One feature of the list; what is not known is undefined. */
interface ListedFeature {
  label: { description: string; author: string } | undefined
  summary: string
  density: number | undefined
  max: number | undefined
  mean: number | undefined
  skew: number | undefined
}

interface ListFile {
  format: TableFormat
  model: string | undefined
  source: string
  query: BrowseQuery
  /** [found] in the order asked for */
  features: Uint32Array
  /** What figures were counted over. */
  corpus: { name: string; countedTokens: number } | undefined
  lineOf(feature: number): ListedFeature
}

const COLUMNS = ['feature', 'label', 'label_by', 'summary', 'density', 'max', 'mean', 'skew']

/** All found features, a line each. Rejects with an AbortError. */
export async function browseFile(file: ListFile, { signal, onProgress }: TaskContext): Promise<Blob> {
  const { format, model, source, query, features, corpus, lineOf } = file
  const about = {
    ...{ model: model ?? null, source, question: query, n_features: features.length },
    counted_over: corpus ?? null,
    computed:
      'density: share of counted tokens it fires on; max, mean: of its activations above zero; skew: of its direct effect on all logits; summary: put together from counts',
  }
  const writer = tableWriter(format, { about, columns: COLUMNS })
  const parts = [writer.start()]
  for (let from = 0; from < features.length; from += STEP) {
    const rows = Array.from(features.subarray(from, from + STEP), (feature): Cell[] => {
      const { label, summary, density, max, mean, skew } = lineOf(feature)
      return [feature, label?.description, label?.author, summary, density, max, mean, skew]
    })
    parts.push(writer.rows(rows))
    const done = Math.min(features.length, from + STEP)
    onProgress({ label: 'Writing the list', done, total: features.length, unit: 'features' })
    await new Promise((resolve) => setTimeout(resolve))
    signal.throwIfAborted()
  }
  parts.push(writer.end())
  return new Blob(parts, { type: format === 'csv' ? 'text/csv' : 'application/json' })
}
