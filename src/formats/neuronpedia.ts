// Objects of Neuronpedia's feature JSON and bulk exports, of SAEDashboard's batches and of circuit-tracer's feature
// files: which of them an object is, and what it tells of which feature. Pure; a file may say anything.
import * as v from 'valibot'
import {
  type ImportedDashboard,
  type ImportedExample,
  type ImportedLabel,
  type ImportOrigin,
  type ImportPlace,
  strongest,
} from '../lib/imported.ts'
import {
  Description,
  finite,
  histogramOf,
  Index,
  isRecord,
  numbers,
  readExamples,
  strings,
  tokensOf,
} from './neuronpedia-parts.ts'

/** What one object of a file tells of one feature. */
export type ImportEntry = { place: ImportPlace } & (
  | { kind: 'label'; label: ImportedLabel }
  | { kind: 'dashboard'; dashboard: ImportedDashboard }
)

export interface ImportedObject {
  entries: ImportEntry[]
  /** What of it cannot be used, and why. */
  skipped: string[]
}

/** Reads any object of these files. Nothing throws: what cannot be used is said. */
export function readImported(value: unknown): ImportedObject {
  if (Array.isArray(value)) return join(value.map(readImported))
  if (!isRecord(value)) return skip('It is no object.')
  if (Array.isArray(value.features)) return readBatch(value)
  if (Array.isArray(value.skipped_indexes)) {
    return skip(`${value.skipped_indexes.length} features that SAEDashboard itself left out.`)
  }
  if (Array.isArray(value.examples_quantiles)) return readTraced(value)
  if (typeof value.description === 'string') return readExplanation(value)
  if (value.tokens !== undefined && value.values !== undefined) return readActivation(value)
  return readFeature(value)
}

const Named = { modelId: v.nullish(v.string()), layer: v.nullish(v.union([v.string(), v.number()])) }

const Explanation = v.object({
  ...Named,
  index: Index,
  description: Description,
  explanationModelName: v.nullish(v.string()),
  typeName: v.nullish(v.string()),
  scores: v.nullish(v.array(v.unknown())),
})

const Score = v.object({
  value: v.union([finite, v.pipe(v.string(), v.transform(Number), finite)]),
  explanationScoreTypeName: v.nullish(v.string()),
})

function readExplanation(value: unknown): ImportedObject {
  const parsed = v.safeParse(Explanation, value)
  if (!parsed.success) return skip(`An explanation: ${first(parsed.issues)}`)
  const { description, explanationModelName, typeName, scores } = parsed.output
  const label: ImportedLabel = {
    description,
    author: explanationModelName || 'unknown',
    method: typeName || 'unknown',
    scores: (scores ?? []).flatMap((score) => {
      const one = v.safeParse(Score, score)
      return one.success
        ? [{ name: one.output.explanationScoreTypeName ?? 'score', value: one.output.value }]
        : []
    }),
    origin: 'Neuronpedia',
  }
  return { entries: [{ kind: 'label', place: placeOf(parsed.output), label }], skipped: [] }
}

const Activation = v.object({ ...Named, index: Index })

function readActivation(value: unknown): ImportedObject {
  const parsed = v.safeParse(Activation, value)
  if (!parsed.success) return skip(`An activation: ${first(parsed.issues)}`)
  const { examples, skipped } = readExamples([value])
  if (examples.length === 0) return { entries: [], skipped }
  const dashboard = dashboardOf('Neuronpedia', { examples })
  return { entries: [{ kind: 'dashboard', place: placeOf(parsed.output), dashboard }], skipped }
}

/** Of Neuronpedia and of SAEDashboard: the names are the same. */
const Figures = {
  frac_nonzero: v.nullish(finite),
  maxActApprox: v.nullish(finite),
  pos_str: strings,
  pos_values: numbers,
  neg_str: strings,
  neg_values: numbers,
  freq_hist_data_bar_values: numbers,
  freq_hist_data_bar_heights: numbers,
  logits_hist_data_bar_values: numbers,
  logits_hist_data_bar_heights: numbers,
  activations: v.nullish(v.array(v.unknown())),
}

const Corpus = {
  dataset: v.nullish(v.string()),
  n_prompts_total: v.nullish(finite),
  n_tokens_in_prompt: v.nullish(finite),
}

const Source = v.object({
  dataset: v.nullish(v.string()),
  num_prompts: v.nullish(finite),
  num_tokens_in_prompt: v.nullish(finite),
})

const Feature = v.object({
  ...Named,
  ...Figures,
  index: Index,
  explanations: v.nullish(v.array(v.unknown())),
  source: v.nullish(v.unknown()),
})

/** What tells that an object without text or label is a feature at all. */
const FEATURE_SIGNS = ['pos_str', 'frac_nonzero', 'freq_hist_data_bar_heights', 'activations', 'explanations']

function readFeature(value: Record<string, unknown>): ImportedObject {
  if (!FEATURE_SIGNS.some((name) => value[name] !== undefined)) {
    return skip('Neither a feature, an explanation, an activation nor a batch of features.')
  }
  const parsed = v.safeParse(Feature, value)
  if (!parsed.success) return skip(`A feature: ${first(parsed.issues)}`)
  const place = placeOf(parsed.output)
  const source = v.safeParse(Source, parsed.output.source)
  const told = source.success ? source.output : undefined
  const corpus = corpusWords(told?.dataset, told?.num_prompts, told?.num_tokens_in_prompt)
  const named = { modelId: place.model, layer: place.source, index: place.index }
  const labels = (parsed.output.explanations ?? []).map((one) =>
    isRecord(one) ? readExplanation({ ...one, ...named }) : skip('An explanation that is no object.'),
  )
  return join([figuresEntry(parsed.output, place, 'Neuronpedia', corpus), ...labels])
}

const Batch = v.object({
  model_id: v.nullish(v.string()),
  layer: v.nullish(v.union([v.string(), v.number()])),
  sae_set: v.nullish(v.string()),
  features: v.array(v.unknown()),
})

const BatchFeature = v.object({ ...Figures, ...Corpus, feature_index: Index })

function readBatch(value: unknown): ImportedObject {
  const batch = v.safeParse(Batch, value)
  if (!batch.success) return skip(`A batch of features: ${first(batch.issues)}`)
  const { model_id, layer, sae_set, features } = batch.output
  const set = sae_set && `-${sae_set}`
  const source = layer === undefined || layer === null ? undefined : `${layer}${set ?? ''}`
  return join(
    features.map((one, at) => {
      const parsed = v.safeParse(BatchFeature, one)
      if (!parsed.success) return skip(`Feature ${at + 1} of the batch: ${first(parsed.issues)}`)
      const { feature_index: index, dataset, n_prompts_total, n_tokens_in_prompt } = parsed.output
      const corpus = corpusWords(dataset, n_prompts_total, n_tokens_in_prompt)
      const place = { model: model_id ?? undefined, source, index }
      return figuresEntry(parsed.output, place, 'SAEDashboard', corpus)
    }),
  )
}

const Traced = v.object({
  index: Index,
  examples_quantiles: v.array(v.unknown()),
  top_logits: strings,
  bottom_logits: strings,
})

const Quantile = v.object({ quantile_name: v.nullish(v.string()), examples: v.array(v.unknown()) })

function readTraced(value: unknown): ImportedObject {
  const parsed = v.safeParse(Traced, value)
  if (!parsed.success) return skip(`A circuit-tracer feature: ${first(parsed.issues)}`)
  const { index, examples_quantiles, top_logits, bottom_logits } = parsed.output
  const skipped: string[] = []
  const examples: ImportedExample[] = []
  for (const quantile of examples_quantiles) {
    const group = v.safeParse(Quantile, quantile)
    if (!group.success) skipped.push(`A group of examples: ${first(group.issues)}`)
    else {
      const name = group.output.quantile_name ?? undefined
      const read = readExamples(group.output.examples, /^top/i.test(name ?? '') ? undefined : name)
      examples.push(...read.examples)
      skipped.push(...read.skipped)
    }
  }
  const dashboard = dashboardOf('circuit-tracer', {
    examples,
    promoted: tokensOf(top_logits, undefined),
    suppressed: tokensOf(bottom_logits, undefined),
  })
  const place = { model: undefined, source: undefined, index }
  return { entries: [{ kind: 'dashboard', place, dashboard }], skipped }
}

type Figured = v.InferOutput<v.ObjectSchema<typeof Figures, undefined>>

function figuresEntry(
  figures: Figured,
  place: ImportPlace,
  origin: ImportOrigin,
  corpus: string | undefined,
): ImportedObject {
  const { examples, skipped } = readExamples(figures.activations ?? [])
  const dashboard = dashboardOf(origin, {
    density: figures.frac_nonzero ?? undefined,
    max: figures.maxActApprox ?? undefined,
    activations: histogramOf(figures.freq_hist_data_bar_values, figures.freq_hist_data_bar_heights),
    logits: histogramOf(figures.logits_hist_data_bar_values, figures.logits_hist_data_bar_heights),
    promoted: tokensOf(figures.pos_str, figures.pos_values),
    suppressed: tokensOf(figures.neg_str, figures.neg_values),
    examples,
    corpus,
  })
  return { entries: [{ kind: 'dashboard', place, dashboard }], skipped }
}

function dashboardOf(origin: ImportOrigin, told: Partial<ImportedDashboard>): ImportedDashboard {
  const nothing = { density: undefined, max: undefined, activations: undefined, logits: undefined }
  return {
    ...{ ...nothing, corpus: undefined, promoted: [], suppressed: [] },
    ...told,
    examples: strongest(told.examples ?? []),
    origin,
  }
}

/** "Skylion007/openwebtext, 5000 texts of 128 tokens" */
function corpusWords(
  dataset: string | null | undefined,
  prompts: number | null | undefined,
  tokens: number | null | undefined,
): string | undefined {
  const size = prompts && tokens ? `${prompts} texts of ${tokens} tokens` : undefined
  return [dataset || undefined, size].filter((part) => part !== undefined).join(', ') || undefined
}

function placeOf(named: {
  modelId?: string | null
  layer?: string | number | null
  index: number
}): ImportPlace {
  const source = named.layer === null || named.layer === undefined ? undefined : String(named.layer)
  return { model: named.modelId || undefined, source: source || undefined, index: named.index }
}

function first(issues: readonly v.BaseIssue<unknown>[]): string {
  const [issue] = issues
  const path = issue && v.getDotPath(issue)
  return `${path ?? 'it'} is ${issue?.received ?? 'wrong'} where ${issue?.expected ?? 'something else'} belongs.`
}

function skip(why: string): ImportedObject {
  return { entries: [], skipped: [why] }
}

function join(all: readonly ImportedObject[]): ImportedObject {
  return { entries: all.flatMap(({ entries }) => entries), skipped: all.flatMap(({ skipped }) => skipped) }
}
