// Our reading of dashboards that others have made: bins, intervals and order, where the reference data is there.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { intervalOf } from '../../src/activation-index/feature-statistics.ts'
import { exampleGroups, type FeatureDocument } from '../../src/dashboard/examples.ts'
import { activationHistogram } from '../../src/dashboard/figures.ts'
import { binEdges } from '../../src/lib/distribution.ts'
import { referenceFolder } from '../support/reference-data.ts'

const folder = referenceFolder() ?? ''
const here = existsSync(join(folder, 'saedashboard'))

const numbers = v.array(v.number())
const Batch = v.object({
  features: v.array(
    v.object({
      feature_index: v.number(),
      freq_hist_data_bar_values: numbers,
      freq_hist_data_bar_heights: numbers,
      frac_nonzero: v.number(),
      n_prompts_total: v.number(),
      n_tokens_in_prompt: v.number(),
      activations: v.array(
        v.object({
          ...{ bin_min: v.number(), bin_max: v.number(), bin_contains: v.number() },
          ...{ tokens: v.array(v.string()), values: numbers, qualifying_token_index: v.number() },
        }),
      ),
    }),
  ),
})
const Feature = v.object({
  maxActApprox: v.number(),
  frac_nonzero: v.number(),
  ...{ freq_hist_data_bar_values: numbers, freq_hist_data_bar_heights: numbers },
  ...{ logits_hist_data_bar_values: numbers, logits_hist_data_bar_heights: numbers },
  ...{ neg_values: numbers, pos_values: numbers },
  activations: v.array(
    v.object({
      ...{ binMin: v.number(), binMax: v.number(), maxValue: v.number(), maxValueTokenIndex: v.number() },
      ...{ tokens: v.array(v.string()), values: numbers },
    }),
  ),
})

const json = (path: string): unknown => JSON.parse(readFileSync(join(folder, path), 'utf8'))
const batch = here ? v.parse(Batch, json('saedashboard/batch-1.json')).features : []
const published = here
  ? ['8408', '8837'].map((index) =>
      v.parse(Feature, json(`neuronpedia/feature-gemma-2-2b-20-gemmascope-res-16k-${index}.json`)),
    )
  : []

/** They publish centres with three decimals. */
const ROUNDING = 0.0011
const centres = (edges: readonly number[]): number[] =>
  edges.slice(1).map((edge, bin) => (edge + edges[bin]) / 2)

function expectClose(ours: readonly number[], theirs: readonly number[]): void {
  expect(ours).toHaveLength(theirs.length)
  ours.forEach((value, at) => {
    expect(Math.abs(value - theirs[at])).toBeLessThan(ROUNDING)
  })
}

/** Sequences as documents with <bos> before them: theirs have none. */
function documentsOf(rows: readonly { tokens: string[]; values: number[] }[]): FeatureDocument[] {
  const ids = new Map<string, number>()
  const idOf = (token: string): number => {
    if (!ids.has(token)) ids.set(token, ids.size + 1)
    return ids.get(token) ?? 0
  }
  return rows.map(({ tokens, values }, document) => ({
    ...{ document, kind: 'web', title: '', spans: [] },
    ids: [0, ...tokens.map(idOf)],
    values: Float32Array.from([0, ...values]),
  }))
}

describe.skipIf(!here)('an SAEDashboard batch (skipped where REFERENCE_DATA is absent)', () => {
  test.for([0, 1])('feature %i: bins of [min, max], and their total over all tokens', (at) => {
    const { freq_hist_data_bar_values: bars, freq_hist_data_bar_heights: heights, ...feature } = batch[at]
    // The lowest activation is not published: it is half a bin below the first centre.
    const max = feature.activations[0].bin_max
    const min = bars[0] - (max - bars[0]) / 99
    const histogram = activationHistogram({ min, max, histogram: heights })
    expectClose(centres(histogram?.edges ?? []), bars)
    const total = heights.reduce((a, b) => a + b, 0)
    const density = total / (feature.n_prompts_total * feature.n_tokens_in_prompt)
    // Published with five decimals.
    expect(Math.abs(density - feature.frac_nonzero)).toBeLessThan(6e-6)
  })

  test.for([0, 1])('feature %i: the same firings on top in the same order', (at) => {
    const theirs = batch[at].activations.filter(({ bin_min }) => bin_min === -1)
    const max = theirs[0].bin_max
    const input = { statistics: { feature: 1, max, intervals: [0, 0, 0, 0, 0] }, countedTokens: 1 }
    const [top] = exampleGroups({ ...input, documents: documentsOf(theirs) })
    // Theirs lists a sequence once for each of its firings, ours once for its strongest.
    const seen = new Set<string>()
    const once = theirs.filter(({ tokens }) => !seen.has(tokens.join()) && seen.add(tokens.join()))
    const wanted = once.slice(0, 20)
    expect(top.examples.map(({ value }) => value)).toEqual(
      wanted.map(({ values, qualifying_token_index: token }) => Math.fround(values[token])),
    )
  })

  test.for([0, 1])('feature %i: the same five intervals, each firing in its own', (at) => {
    const { activations } = batch[at]
    const max = activations[0].bin_max
    for (const one of activations.filter(({ bin_min }) => bin_min >= 0)) {
      const interval = Math.round((5 * one.bin_min) / max)
      expect(Math.abs((max * interval) / 5 - one.bin_min)).toBeLessThan(ROUNDING)
      expect(Math.abs((max * (interval + 1)) / 5 - one.bin_max)).toBeLessThan(ROUNDING)
      const value = one.values[one.qualifying_token_index]
      // Theirs counts silent tokens into the lowest interval and draws from them too; ours leaves them out.
      // Values are published with three decimals: one on an edge may have been on either side of it.
      const onEdge = Math.abs((value * 5) / max - Math.round((value * 5) / max)) < (5 * ROUNDING) / max
      if (value > 0 && !onEdge) expect(intervalOf(value, max)).toBe(interval)
      if (value === 0) expect(interval).toBe(0)
    }
  })
})

describe.skipIf(!here)('features that Neuronpedia publishes (skipped where REFERENCE_DATA is absent)', () => {
  test.for([0, 1])('feature %i: bins of activations and logits, and their totals', (at) => {
    const feature = published[at]
    const { freq_hist_data_bar_values: bars, freq_hist_data_bar_heights: heights } = feature
    const max = feature.maxActApprox
    const min = bars[0] - (max - bars[0]) / 99
    expectClose(centres(activationHistogram({ min, max, histogram: heights })?.edges ?? []), bars)
    const total = heights.reduce((a, b) => a + b, 0)
    // Tokens are not published here; the corpus they say is 36,864 × 128 tokens gives the density to its digits.
    expect(total / feature.frac_nonzero / 128).toBeCloseTo(36_864, -3)
    expectClose(
      centres(binEdges(feature.neg_values[0], feature.pos_values[0])),
      feature.logits_hist_data_bar_values,
    )
    expect(feature.logits_hist_data_bar_heights.reduce((a, b) => a + b, 0)).toBe(256_000)
  })

  test.for([0, 1])('feature %i: the strongest firing, and the interval of each', (at) => {
    const { activations, maxActApprox: max } = published[at]
    for (const one of activations) {
      const documents = documentsOf([one])
      const input = {
        statistics: { feature: 1, max, intervals: [0, 0, 0, 0, 0] },
        countedTokens: 1,
        documents,
      }
      const [{ examples }] = exampleGroups(input)
      expect(examples[0].value).toBe(Math.fround(one.maxValue))
      expect(examples[0].position - 1).toBe(one.maxValueTokenIndex)
      if (one.binMin < 0) continue
      const interval = intervalOf(one.maxValue, max)
      expect(Math.abs((max * interval) / 5 - one.binMin)).toBeLessThan(ROUNDING)
      expect(Math.abs((max * (interval + 1)) / 5 - one.binMax)).toBeLessThan(ROUNDING)
    }
  })
})
