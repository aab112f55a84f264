// The parts that Neuronpedia's, SAEDashboard's and circuit-tracer's files have in common: indices, lists, histograms,
// texts with an activation on each token.
import * as v from 'valibot'
import type { HistogramData } from '../lib/histogram-shape.ts'
import type { ImportedExample, ImportedToken } from '../lib/imported.ts'

/** Characters of a label. */
const LONGEST_LABEL = 4000
/** Bars, tokens and the like in one list. */
const LONGEST_LIST = 8192

export const finite = v.pipe(v.number(), v.finite())

/** An index, written as a number or as digits. */
export const Index = v.pipe(
  v.union([v.pipe(v.string(), v.digits(), v.maxLength(15), v.transform(Number)), v.number()]),
  v.safeInteger(),
  v.minValue(0),
)

/** Words that somebody can read: NUL, which databases leave in exports, is taken out. */
export const Description = v.pipe(
  v.string(),
  v.transform((text) => text.replaceAll('\0', '').trim()),
  v.minLength(1),
  v.maxLength(LONGEST_LABEL),
)

/**
 * A list, perhaps written as the JSON of one, as in exports of database rows; nothing where it is missing. Its items
 * are looked at here: a schema for each of them takes twice as long as JSON.parse of the whole.
 */
function list<T>(names: string, is: (item: unknown) => item is T) {
  const ofThese = (value: unknown): boolean =>
    Array.isArray(value) && value.length <= LONGEST_LIST && value.every(is)
  const schema = v.custom<T[]>(ofThese, `no list of at most ${LONGEST_LIST} ${names}`)
  return v.optional(v.pipe(v.unknown(), v.transform(unpacked), schema), [])
}

export const strings = list('texts', (item): item is string => typeof item === 'string')
export const numbers = list('numbers', (item): item is number => Number.isFinite(item))

function unpacked(value: unknown): unknown {
  if (value === null || value === undefined) return []
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Bars, given by their middles, as edges and counts; undefined unless they are equally wide and ascend. */
export function histogramOf(
  middles: readonly number[],
  counts: readonly number[],
): HistogramData | undefined {
  const [low, next] = middles
  if (middles.length < 2 || middles.length !== counts.length || counts.some((count) => count < 0)) {
    return undefined
  }
  // Middles are rounded to few digits: the mean width, and a bar's own distance not far from it.
  const width = (middles[middles.length - 1] - low) / (middles.length - 1)
  if (!(width > 0) || !Number.isFinite(width) || next <= low) return undefined
  const even = middles.every((middle, at) => Math.abs(middle - low - at * width) < width)
  if (!even) return undefined
  const edges = Array.from({ length: middles.length + 1 }, (_, at) => low + (at - 0.5) * width)
  return edges.every(Number.isFinite) ? { edges, counts: [...counts] } : undefined
}

/** Tokens with their values, where there is one for each. */
export function tokensOf(tokens: readonly string[], values: readonly number[] | undefined): ImportedToken[] {
  const told = values?.length === tokens.length ? values : undefined
  return tokens.map((token, at) => ({ token, value: told?.[at] }))
}

const Bin = v.nullish(finite)

const Example = v.object({
  tokens: strings,
  // circuit-tracer has another name for them.
  values: numbers,
  tokens_acts_list: numbers,
  binMin: Bin,
  binMax: Bin,
  binContains: Bin,
  bin_min: Bin,
  bin_max: Bin,
  bin_contains: Bin,
})

/** Texts with their activations; `group` names them where the texts do not name their interval themselves. */
export function readExamples(
  all: readonly unknown[],
  group?: string,
): { examples: ImportedExample[]; skipped: string[] } {
  const examples: ImportedExample[] = []
  const skipped: string[] = []
  for (const one of all) {
    const parsed = v.safeParse(Example, one)
    if (!parsed.success) {
      skipped.push('A text with activations: its tokens or values are no lists.')
      continue
    }
    const { tokens, values: plain, tokens_acts_list: traced, ...bins } = parsed.output
    const values = plain.length > 0 ? plain : traced
    if (tokens.length === 0 || tokens.length > LONGEST_LIST || tokens.length !== values.length) {
      skipped.push(`A text with activations: ${tokens.length} tokens and ${values.length} values.`)
      continue
    }
    examples.push({ tokens, values, group: group ?? intervalOf(bins) })
  }
  return { examples, skipped }
}

type Bins = Partial<
  Record<'binMin' | 'binMax' | 'binContains' | 'bin_min' | 'bin_max' | 'bin_contains', number | null>
>

/** "91.509 – 114.386"; a lower edge of −1 marks the strongest, which are in no interval. */
function intervalOf(bins: Bins): string | undefined {
  const from = bins.binMin ?? bins.bin_min
  const to = bins.binMax ?? bins.bin_max
  if (typeof from !== 'number' || typeof to !== 'number' || from === -1) return undefined
  return `${from} – ${to}`
}
