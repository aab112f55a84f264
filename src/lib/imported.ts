// Labels and dashboards that others made, as the page keeps and shows them: never mixed with what is computed here.
import type { HistogramData } from './histogram-shape.ts'

/** Who made a file: it is named wherever something of it is shown. */
export type ImportOrigin = 'Neuronpedia' | 'SAEDashboard' | 'circuit-tracer'

/** A feature as a file names it; undefined parts are those of the open source. */
export interface ImportPlace {
  /** "gemma-2-2b" */
  model: string | undefined
  /** "20-gemmascope-res-16k" */
  source: string | undefined
  index: number
}

export interface ImportedLabel {
  description: string
  /** Model that wrote it; "unknown" where the file does not say. */
  author: string
  /** "oai_token-act-pair" */
  method: string
  scores: { name: string; value: number }[]
  origin: ImportOrigin
}

/** A stretch of text with the feature's activation on each of its tokens. */
export interface ImportedExample {
  /** Pieces as the file writes them: "▁issue". */
  tokens: string[]
  /** [tokens] */
  values: number[]
  /** Interval it was drawn from, or the name of its group; undefined for the strongest. */
  group: string | undefined
}

export interface ImportedToken {
  token: string
  /** Undefined where only the order is told. */
  value: number | undefined
}

export interface ImportedDashboard {
  origin: ImportOrigin
  /** Share of tokens it fires on. */
  density: number | undefined
  max: number | undefined
  activations: HistogramData | undefined
  logits: HistogramData | undefined
  promoted: ImportedToken[]
  suppressed: ImportedToken[]
  /** The strongest first. */
  examples: ImportedExample[]
  /** What it was counted over, in the file's own words. */
  corpus: string | undefined
}

export interface ImportedFeature {
  labels: ImportedLabel[]
  dashboard: ImportedDashboard | undefined
}

export interface ImportSkipped {
  /** "batch-0.jsonl.gz, line 12" */
  place: string
  why: string
}

/** What an import read and what it left out. */
export interface ImportReport {
  name: string
  labels: number
  /** Features whose dashboards, or parts of them, were read. */
  dashboards: number
  examples: number
  /** "gemma-2-2b/20-gemmascope-res-16k" and how many entries were of it. */
  sources: { place: string; count: number }[]
  /** The first ones left out. */
  skipped: ImportSkipped[]
  skippedCount: number
}

/** What is kept for one source. */
export interface ImportSummary {
  labels: number
  dashboards: number
  /** False where it lasts only as long as the page. */
  kept: boolean
}

/** Examples kept of one feature: more than any page shows. */
const MOST_EXAMPLES = 60

/** Parts of one dashboard, at least one, as one: later ones win; the examples of all, each once, the strongest first. */
export function mergeDashboards(parts: readonly ImportedDashboard[]): ImportedDashboard {
  const examples = parts.flatMap((part) => part.examples)
  return { ...parts.reduce(mergeFigures), examples: strongest(eachOnce(examples)) }
}

/** Of texts with the same tokens and values the last, in the place of the first. */
function eachOnce(examples: readonly ImportedExample[]): ImportedExample[] {
  const found: ImportedExample[] = []
  // Places by what is quickly told: few have it in common without being the same.
  const alike = new Map<string, number[]>()
  for (const example of examples) {
    const key = `${example.tokens.length} ${example.tokens[0]} ${peakOf(example)}`
    const places = alike.get(key) ?? []
    const same = places.find((at) => isSame(found[at], example))
    if (same !== undefined) found[same] = example
    else {
      alike.set(key, places)
      places.push(found.length)
      found.push(example)
    }
  }
  return found
}

function isSame(a: ImportedExample, b: ImportedExample): boolean {
  return (
    a.values.length === b.values.length &&
    a.values.every((value, at) => value === b.values[at]) &&
    a.tokens.every((token, at) => token === b.tokens[at])
  )
}

function peakOf({ values }: ImportedExample): number {
  let peak = 0
  for (const value of values) if (value > peak) peak = value
  return peak
}

/** All but the examples. */
function mergeFigures(before: ImportedDashboard, next: ImportedDashboard): ImportedDashboard {
  return {
    origin: next.origin,
    density: next.density ?? before.density,
    max: next.max ?? before.max,
    activations: next.activations ?? before.activations,
    logits: next.logits ?? before.logits,
    promoted: next.promoted.length > 0 ? next.promoted : before.promoted,
    suppressed: next.suppressed.length > 0 ? next.suppressed : before.suppressed,
    examples: [],
    corpus: next.corpus ?? before.corpus,
  }
}

/** The examples that are kept, the strongest first. */
export function strongest(examples: readonly ImportedExample[]): ImportedExample[] {
  return examples
    .map((example) => ({ example, peak: peakOf(example) }))
    .sort((a, b) => b.peak - a.peak)
    .slice(0, MOST_EXAMPLES)
    .map(({ example }) => example)
}

/** Labels of a feature, each once: the same words by the same author and method are one, with the newer scores. */
export function mergeLabels(
  before: readonly ImportedLabel[],
  next: readonly ImportedLabel[],
): ImportedLabel[] {
  const all = new Map<string, ImportedLabel>()
  for (const label of [...before, ...next]) {
    all.set(JSON.stringify([label.description, label.author, label.method]), label)
  }
  return [...all.values()]
}
