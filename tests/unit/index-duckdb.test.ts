// The documented format, held to by another program: DuckDB reads the files of an index, and the SQL of
// docs/index-format.md makes files that the index's reader takes.
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ActivationIndex } from '../../src/activation-index/reader.ts'
import type { IndexStore } from '../../src/activation-index/store.ts'
import { FolderStore } from '../support/folder-store.ts'
import { buildCase, type CorpusCase, corpusCase, withFineValues } from '../support/index-cases.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'featurescope-index-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

/** The block of the documentation that begins with `-- {name}`, its folders placed in `folder`. */
async function documented(name: string, places: Record<string, string> = {}): Promise<string> {
  const text = await readFile(new URL('../../docs/index-format.md', import.meta.url), 'utf8')
  const block = text.split('```sql\n').find((part) => part.startsWith(`-- ${name}\n`))
  if (!block) throw new Error(`docs/index-format.md has no ${name}`)
  const sql = block.slice(0, block.indexOf('\n```'))
  return sql.replaceAll(/'(index|first|second|merged)\//g, (_, place) => {
    return `'${join(folder, places[place] ?? place)}/`
  })
}

async function inDuckDb(...statements: string[]) {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    for (const sql of statements.slice(0, -1)) await connection.run(sql)
    return (await connection.runAndReadAll(statements.at(-1) ?? '')).getRowObjectsJS()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

async function write(name: string, corpus: CorpusCase): Promise<ActivationIndex> {
  const place = join(folder, name)
  await mkdir(place, { recursive: true })
  const store = new FolderStore(place)
  await buildCase(corpus, { store, name })
  return opened(store)
}

async function opened(store: IndexStore): Promise<ActivationIndex> {
  const index = await ActivationIndex.open(store)
  if (!index) throw new Error('no index is there')
  return index
}

/** Everything a page could show of every feature. */
async function everything(index: ActivationIndex) {
  const statistics = await index.statistics(0, index.manifest.dSae)
  return Promise.all(
    statistics.map(async (own) => {
      const postings = await index.postings(own)
      return { own, postings, documents: await index.documents(postings) }
    }),
  )
}

describe('DuckDB', () => {
  test('reads the postings that the writer wrote', async () => {
    const index = await write('index', corpusCase(1, 80))
    const rows = await inDuckDb(`SELECT * FROM '${folder}/index/postings-*.parquet'`)
    const all = (await everything(index)).flatMap(({ postings }) =>
      Array.from(postings.value, (value, at) => ({
        feature: postings.feature[at],
        document: postings.document[at],
        position: postings.position[at],
        value,
      })),
    )
    expect(rows).toEqual(all)
  })

  test('gives one feature’s firings with what is around them', async () => {
    const corpus = corpusCase(2, 200, 16)
    const index = await write('index', corpus)
    const rows = await inDuckDb(await documented('one-feature.sql'))
    const [statistics] = await index.statistics(12, 13)
    const postings = await index.postings(statistics)
    expect(rows).toHaveLength(20)
    const pieces = (ids: number[]): string => ids.map((id) => (id === 2 ? '<bos>' : `▁t${id}`)).join('')
    for (const [at, row] of rows.entries()) {
      const [document, position] = [postings.document[at], postings.position[at]]
      const { tokens, title } = corpus.documents[document].document
      expect(row).toEqual({
        ...{ value: postings.value[at], document, position, title },
        before: pieces(tokens.slice(Math.max(0, position - 10), position)),
        token: `▁t${tokens[position]}`,
        after: pieces(tokens.slice(position + 1, position + 6)),
      })
    }
  })

  test.each([
    ['with ties', corpusCase(3, 150, 40)],
    ['without ties', withFineValues(corpusCase(5, 150, 40), 6)],
  ])('makes the same statistics of postings and documents, %s', async (_, corpus) => {
    const expected = await everything(await write('index', corpus))
    await rm(join(folder, 'index', 'features.parquet'))
    await inDuckDb(await documented('logits.sql'), await documented('statistics.sql'))
    expect(await everything(await opened(new FolderStore(join(folder, 'index'))))).toEqual(expected)
  })

  test('merges two indexes into one that is read like one built of all documents', async () => {
    const corpus = corpusCase(4, 90, 30)
    // The second has kinds in another order, and one of its own.
    const [speeches, novel, code] = corpus.kinds
    const halves = [corpus.documents.slice(0, 35), corpus.documents.slice(35)]
    const second = halves[1].map(({ document, features }) => ({
      document: { ...document, kind: [2, 0, 1][document.kind] },
      features,
    }))
    await write('first', { ...corpus, documents: halves[0] })
    await write('second', { ...corpus, kinds: [novel, code, speeches], documents: second })
    const whole = await write('whole', corpus)
    await mkdir(join(folder, 'merged'))
    await inDuckDb(await documented('merge.sql'), await documented('statistics.sql', { index: 'merged' }))
    const merged = await opened(new FolderStore(join(folder, 'merged')))
    const { corpus: about, ...counts } = merged.manifest
    expect(about).toEqual({ ...whole.manifest.corpus, name: 'two together' })
    expect(counts).toEqual({
      ...counts,
      ...(({ corpus: _, code: __, created: ___, ...same }) => same)(whole.manifest),
    })
    expect(await everything(merged)).toEqual(await everything(whole))
    expect(await merged.pieces()).toEqual(await whole.pieces())
    expect(await merged.coactiveCounts()).toEqual(await whole.coactiveCounts())
  })
})
