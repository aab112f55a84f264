// Labels and dashboards of others: every published form is read, what cannot be used is said, and nothing a file
// holds breaks the page.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { importInto } from '../../src/engine/import-into.ts'
import { memoryImports } from '../../src/engine/import-store.ts'
import { readLines } from '../../src/formats/lines.ts'
import { readImported } from '../../src/formats/neuronpedia.ts'
import { type ByteSource, memorySource } from '../../src/lib/byte-source.ts'
import { UserError } from '../../src/lib/errors.ts'
import { referenceFolder } from '../support/reference-data.ts'

const PLACE = 'gemma-2-2b/20-gemmascope-res-16k'
const TARGET = { open: PLACE, dSae: 16384, asOpen: false }

const named = { modelId: 'gemma-2-2b', layer: '20-gemmascope-res-16k' }
const explanation = {
  ...named,
  id: 'x',
  index: '8408',
  description: 'misspelled\0 words',
  typeName: 'oai_token-act-pair',
  explanationModelName: 'gpt-4o-mini',
}
const activation = {
  ...named,
  index: '8408',
  tokens: ['▁a', '▁mispelt', '▁word'],
  values: [0, 110.7, 3],
  maxValue: 110.7,
  binMin: 91.5,
  binMax: 114.4,
}
const feature = {
  ...named,
  index: '8408',
  frac_nonzero: 0.00484,
  maxActApprox: 114.386,
  pos_str: ['▁teh', 'ual'],
  pos_values: [0.5, 0.4],
  neg_str: ['NUMX'],
  neg_values: [-0.8],
  freq_hist_data_bar_values: [1, 3, 5],
  freq_hist_data_bar_heights: [90, 10, 1],
  logits_hist_data_bar_values: [],
  logits_hist_data_bar_heights: [],
  explanations: [{ ...explanation, scores: [{ value: 0.62, explanationScoreTypeName: 'recall_alt' }] }],
  activations: [activation],
}

const context = { signal: new AbortController().signal, onProgress: () => undefined }

function file(name: string, ...lines: unknown[]): ByteSource {
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')
  const bytes = new TextEncoder().encode(text)
  return memorySource(name, name.endsWith('.gz') ? new Uint8Array(gzipSync(bytes)) : bytes)
}

async function imported(files: ByteSource[], target = TARGET, index = 8408) {
  const store = memoryImports()
  const report = await importInto(store, files, target, context)
  const [dashboard] = await store.dashboards(target.open, [index])
  return { store, report, dashboard, labels: (await store.labels(target.open)).get(index) }
}

describe('forms', () => {
  test('a feature as Neuronpedia’s API gives it: its figures, texts and labels', async () => {
    const { report, dashboard, labels } = await imported([file('8408', feature)])
    expect(report).toMatchObject({ labels: 1, dashboards: 1, examples: 1, skippedCount: 0 })
    expect(labels).toEqual([
      {
        description: 'misspelled words',
        author: 'gpt-4o-mini',
        method: 'oai_token-act-pair',
        scores: [{ name: 'recall_alt', value: 0.62 }],
        origin: 'Neuronpedia',
      },
    ])
    expect(dashboard).toMatchObject({
      density: 0.00484,
      max: 114.386,
      activations: { edges: [0, 2, 4, 6], counts: [90, 10, 1] },
      logits: undefined,
      promoted: [
        { token: '▁teh', value: 0.5 },
        { token: 'ual', value: 0.4 },
      ],
      examples: [{ values: [0, 110.7, 3], group: '91.5 – 114.4' }],
    })
  })

  test('batches of an export, gzipped: explanations with old and new embeddings, features, activations', async () => {
    const { activations, explanations, ...plain } = feature
    const { report, dashboard, labels } = await imported([
      file('explanations-0.jsonl.gz', { ...explanation, embedding: '[0.1,0.2]' }, '', {
        ...explanation,
        description: 'typos',
        embedding: [0.1, 0.2],
        umap_x: null,
      }),
      file('features-0.jsonl.gz', plain),
      file('activations-0.jsonl.gz', activation, { ...activation, values: [0, 20, 0], binMin: -1 }),
    ])
    expect(report).toMatchObject({ labels: 2, dashboards: 1, examples: 2, skippedCount: 0 })
    expect(report.sources).toEqual([{ place: PLACE, count: 5 }])
    expect(labels?.map(({ description }) => description)).toEqual(['misspelled words', 'typos'])
    expect(dashboard?.density).toBe(0.00484)
    expect(dashboard?.examples.map(({ group }) => group)).toEqual(['91.5 – 114.4', undefined])
  })

  test('an SAEDashboard batch and its list of skipped features', async () => {
    const batch = {
      model_id: 'gpt2-small',
      layer: 0,
      sae_set: 'res-jb',
      features: [
        {
          ...{ feature_index: 2, frac_nonzero: 0.1, pos_str: [' MRI'], pos_values: [3.1] },
          ...{ dataset: 'openwebtext', n_prompts_total: 5000, n_tokens_in_prompt: 128 },
          activations: [
            { tokens: ['a', 'b'], values: [0, 1], bin_min: 0.5, bin_max: 1, qualifying_token_index: 1 },
          ],
        },
        { feature_index: 'two' },
      ],
    }
    const skipped = { model_id: 'gpt2-small', layer: '0', sae_set: 'res-jb', skipped_indexes: [7, 8] }
    const target = { open: 'gpt2-small/0-res-jb', dSae: 24576, asOpen: false }
    const { report, dashboard } = await imported(
      [file('batch-1.json', batch), file('skipped_indexes.json', skipped)],
      target,
      2,
    )
    expect(dashboard).toMatchObject({
      origin: 'SAEDashboard',
      corpus: 'openwebtext, 5000 texts of 128 tokens',
      examples: [{ tokens: ['a', 'b'], group: '0.5 – 1' }],
    })
    expect(report.skippedCount).toBe(2)
    expect(report.skipped[0].place).toBe('batch-1.json')
    expect(report.skipped[0].why).toMatch(/^Feature 2 of the batch: feature_index/)
    expect(report.skipped[1].why).toMatch(/^2 features/)
  })

  test('a circuit-tracer feature, which names no source, is of the open one', async () => {
    const traced = {
      index: 41,
      examples_quantiles: [
        { quantile_name: 'Top Activations', examples: [{ tokens: ['x', 'y'], tokens_acts_list: [0, 9] }] },
        { quantile_name: 'Subsample 2', examples: [{ tokens: ['z'], tokens_acts_list: [4] }] },
      ],
      top_logits: ['dog', 'cat'],
      bottom_logits: ['fox'],
    }
    const { dashboard } = await imported([file('41.json', traced)], TARGET, 41)
    expect(dashboard).toMatchObject({
      origin: 'circuit-tracer',
      promoted: [{ token: 'dog' }, { token: 'cat' }],
      examples: [
        { tokens: ['x', 'y'], group: undefined },
        { tokens: ['z'], group: 'Subsample 2' },
      ],
    })
  })

  test('what others have published is read whole', async ({ skip }) => {
    const reference = referenceFolder()
    if (!reference) return skip('REFERENCE_DATA is not there')
    const folders = ['neuronpedia', 'saedashboard'].map((name) => join(reference, name))
    const files = folders.flatMap((folder) =>
      readdirSync(folder).map((name) => memorySource(name, new Uint8Array(readFileSync(join(folder, name))))),
    )
    const { report, dashboard } = await imported(files)
    expect(report.dashboards).toBe(4)
    expect(report.examples).toBeGreaterThan(100)
    expect(report.skipped.map(({ place }) => place)).toEqual(['skipped_indexes.json'])
    expect(dashboard?.activations?.counts).toHaveLength(50)
    expect(dashboard?.logits?.counts).toHaveLength(50)
  })
})

describe('keeping', () => {
  test('the same file twice is there once, and a later one adds to it', async () => {
    const store = memoryImports()
    await importInto(store, [file('a.json', feature)], TARGET, context)
    await importInto(store, [file('a.json', feature)], TARGET, context)
    const other = { ...explanation, description: 'other words' }
    await importInto(store, [file('b.jsonl', other)], TARGET, context)
    const [dashboard] = await store.dashboards(PLACE, [8408])
    expect(dashboard?.examples).toHaveLength(1)
    expect((await store.labels(PLACE)).get(8408)).toHaveLength(2)
    await store.clear(PLACE)
    expect(await store.summary(PLACE)).toEqual({ labels: 0, dashboards: 0, kept: false })
  })

  test('the strongest texts of a feature are kept, however many there are and wherever parts of them were stored', async () => {
    const store = memoryImports()
    const count = 9000
    const texts = Array.from({ length: count }, (_, at) => ({ ...activation, values: [0, at + 1, 3] }))
    const report = await importInto(store, [file('activations.jsonl', ...texts)], TARGET, context)
    expect(report).toMatchObject({ dashboards: 1, examples: count })
    const [dashboard] = await store.dashboards(PLACE, [8408])
    const peaks = dashboard?.examples.map(({ values }) => values[1])
    expect(peaks).toEqual(Array.from({ length: 60 }, (_, at) => count - at))
  })

  test('what is of another source is kept for it, unless it is to be taken as of this one', async () => {
    const target = { open: 'mine/local', dSae: 16384, asOpen: false }
    expect((await imported([file('a.json', feature)], target)).dashboard).toBeUndefined()
    expect((await imported([file('a.json', feature)], { ...target, asOpen: true })).dashboard).toBeDefined()
  })

  test('features the source does not have are left out and told', async () => {
    const { report } = await imported([file('a.jsonl', { ...explanation, index: 16384 })])
    expect(report.labels).toBe(0)
    expect(report.skipped[0].why).toContain('Feature 16384')
  })
})

describe('damage', () => {
  test('a broken line costs that line', async () => {
    const { report } = await imported([file('a.jsonl', explanation, '{"index": 3, "desc', explanation)])
    expect(report).toMatchObject({ labels: 2, skippedCount: 1 })
    expect(report.skipped).toEqual([{ place: 'a.jsonl, line 2', why: 'It is no JSON.' }])
  })

  test('tokens without values, bars without heights and labels without words are left out', async () => {
    const { report, dashboard, labels } = await imported([
      file('a.json', {
        ...feature,
        freq_hist_data_bar_heights: [1, 2],
        activations: [{ ...activation, values: [1] }],
        explanations: [{ ...explanation, description: '\0' }],
      }),
    ])
    expect(dashboard).toMatchObject({ activations: undefined, examples: [], density: 0.00484 })
    expect(labels).toBeUndefined()
    expect(report.skippedCount).toBe(2)
  })

  test('a cut gzip file, and one that is no JSON, are refused by name', async () => {
    const whole = await file('a.jsonl.gz', ...Array(50).fill(explanation)).read(0, 100)
    await expect(imported([memorySource('cut.jsonl.gz', whole)])).rejects.toThrow('cut.jsonl.gz is damaged.')
    await expect(imported([file('x.json', '<html>')])).rejects.toThrow(UserError)
  })

  test('a file that unpacks to too much is stopped on the way', async () => {
    const bomb = memorySource('bomb.gz', new Uint8Array(gzipSync(new Uint8Array(20_000_000))))
    const read = async (): Promise<void> => {
      for await (const _ of readLines(bomb, { limits: { unpacked: 1e6, line: 1e9 } }));
    }
    await expect(read()).rejects.toThrow('bomb.gz is too large.')
  })

  test('a line that is too long is told and passed over', async () => {
    const lines = []
    const source = file('a.jsonl', 'short', 'x'.repeat(5000), 'after')
    for await (const line of readLines(source, { limits: { unpacked: 1e6, line: 100 } })) lines.push(line)
    expect(lines).toEqual([
      { number: 1, text: 'short' },
      { number: 2, text: undefined },
      { number: 3, text: 'after' },
    ])
  })

  test('no object breaks the reader or reaches a prototype', () => {
    const names = [
      ...Object.keys(feature),
      ...Object.keys(explanation),
      '__proto__',
      'constructor',
      'features',
    ]
    const key = fc.constantFrom(...names, 'examples_quantiles', 'tokens', 'values', 'feature_index')
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, true, '', '12', '[1]', 1, -1, 1e308, 8408, 'words'),
        fc.double(),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(key, tie('value'), { maxKeys: 8 }),
      ),
    }))
    fc.assert(
      fc.property(value, fc.dictionary(key, value), (any, changed) => {
        for (const one of [any, { ...feature, ...changed }]) {
          const json = JSON.parse(JSON.stringify(one) ?? 'null')
          const { entries } = readImported(json)
          for (const { place } of entries) {
            expect(Number.isSafeInteger(place.index) && place.index >= 0).toBe(true)
          }
        }
        expect(Object.prototype).not.toHaveProperty('index')
      }),
      { numRuns: 400 },
    )
  })
})
