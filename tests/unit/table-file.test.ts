// Tables as files: what Python's csv and json modules read is what was written, whatever the labels are, and a list of
// many features is written part by part.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FeatureList } from '../../src/activation-index/browse.ts'
import { browseFile } from '../../src/engine/browse-file.ts'
import { EVERY_FEATURE } from '../../src/lib/browse-query.ts'
import type { Progress } from '../../src/lib/progress.ts'
import { type Cell, tableFile } from '../../src/lib/table-file.ts'
import { HOSTILE } from '../support/hostile.ts'
import { runPython } from '../support/python.ts'

const READ = `
import sys, json, csv, io
csv.field_size_limit(1 << 30)
text = sys.stdin.buffer.read().decode('utf8')
print(json.dumps(list(csv.reader(io.StringIO(text, newline=''), strict=True))))
`
const readCsv = (csv: string): string[][] => JSON.parse(runPython(READ, [], new TextEncoder().encode(csv)))

const COLUMNS = ['feature', 'label', 'density']

/** What a spreadsheet may be given: what would be a formula has an apostrophe in front. */
const safe = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).toWellFormed()

describe('a table', () => {
  const labels = [...HOSTILE, '=1+1', '+1', '-1', '@SUM(A1)', '\t=1', 'a "b", c\r\nd', '', 'é 日本 😀']
  const rows = labels.map((label, at): Cell[] => [at, label, Math.fround(at / 7)])

  test('is the same to Python’s csv module, and no label is a formula', () => {
    const [head, ...lines] = readCsv(tableFile('csv', { about: {}, columns: COLUMNS, rows }))
    expect(head).toEqual(COLUMNS)
    expect(lines.map(([, label]) => label)).toEqual(labels.map(safe))
    expect(lines.map(([at]) => Number(at))).toEqual(rows.map(([at]) => at))
    expect(lines.map(([, , density]) => Math.fround(Number(density)))).toEqual(rows.map((row) => row[2]))
    for (const line of lines) expect(line[1]).not.toMatch(/^[=+\-@\t\r]/)
  })

  test('is the same to JSON, with what it is of', () => {
    const about = { source: '3-miniscope-res-4k', question: EVERY_FEATURE }
    const read = JSON.parse(tableFile('json', { about, columns: COLUMNS, rows }))
    expect(read).toMatchObject({ made_by: 'Featurescope', source: about.source })
    expect(read.rows).toEqual(
      rows.map(([feature, label, density]) => ({
        feature,
        label,
        density: expect.closeTo(Number(density), 6),
      })),
    )
    expect(JSON.parse(tableFile('json', { about, columns: COLUMNS, rows: [] })).rows).toEqual([])
  })

  test('leaves what is not known empty, or null', () => {
    const row = [[7, undefined, Number.NaN]]
    expect(tableFile('csv', { about: {}, columns: COLUMNS, rows: row })).toBe(
      'feature,label,density\r\n7,,\r\n',
    )
    expect(JSON.parse(tableFile('json', { about: {}, columns: COLUMNS, rows: row })).rows).toEqual([
      { feature: 7, label: null, density: null },
    ])
  })

  test('of any texts has as many lines and cells as rows and columns', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string())), (texts) => {
        const csv = tableFile('csv', { about: {}, columns: ['a', 'b'], rows: texts })
        // Outside of quotes, each line end ends a row.
        const bare = csv.replace(/"(?:[^"]|"")*"/g, '')
        expect(bare.split('\r\n')).toHaveLength(texts.length + 2)
        expect(bare.match(/,/g)).toHaveLength(texts.length + 1)
      }),
    )
  })
})

describe('the list of features as a file', () => {
  const dSae = 30_000
  const count = Int32Array.from({ length: dSae }, (_, feature) => feature % 1000)
  const list = new FeatureList({ count, max: Float32Array.from(count) }, dSae, 1e6, () => ({
    ...{ label: undefined, others: [] },
  }))
  const query = { ...EVERY_FEATURE, sort: 'max', descending: true, dead: 'hidden' } as const
  const file = {
    ...{ model: 'm', source: 's', query, features: list.query(query) },
    corpus: { name: 'texts', countedTokens: 1e6 },
    lineOf: (feature: number) => ({
      label: feature % 2 === 0 ? { description: `=label ${feature}`, author: 'you' } : undefined,
      ...{ summary: `fires on “${feature}”`, mean: undefined, skew: undefined },
      ...{ density: list.value('density', feature), max: list.value('max', feature) },
    }),
  }
  const context = (onProgress: (progress: Progress) => void = () => undefined) => {
    const abort = new AbortController()
    return { abort, context: { signal: abort.signal, onProgress } }
  }

  test('has every found feature in the order asked, and says how far it is', async () => {
    const heard: Progress[] = []
    const csv = await browseFile({ ...file, format: 'csv' }, context((one) => heard.push(one)).context)
    const [head, ...lines] = readCsv(await csv.text())
    expect(head).toEqual(['feature', 'label', 'label_by', 'summary', 'density', 'max', 'mean', 'skew'])
    expect(lines.map(([feature]) => Number(feature))).toEqual([...file.features])
    expect(lines[0]).toEqual(['999', '', '', 'fires on “999”', '0.000999', '999', '', ''])
    expect(lines.find(([feature]) => feature === '998')?.[1]).toBe("'=label 998")
    expect(heard.length).toBeGreaterThan(3)
    expect(heard.at(-1)).toMatchObject({ done: file.features.length, total: file.features.length })
  })

  test('is whole JSON that says what was asked', async () => {
    const blob = await browseFile({ ...file, format: 'json' }, context().context)
    const read = JSON.parse(await blob.text())
    const question = JSON.parse(JSON.stringify(query))
    expect(read).toMatchObject({ source: 's', question, n_features: file.features.length })
    expect(read.rows).toHaveLength(file.features.length)
    expect(read.rows[0]).toMatchObject({ feature: 999, label: null, max: 999 })
  })

  test('stops when it is cancelled', async () => {
    const { abort, context: own } = context(() => abort.abort())
    const writing = browseFile({ ...file, format: 'csv' }, own)
    await expect(writing).rejects.toMatchObject({ name: 'AbortError' })
  })
})
