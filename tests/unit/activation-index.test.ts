import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IndexBuilder } from '../../src/activation-index/builder.ts'
import { capPostings } from '../../src/activation-index/cap.ts'
import { CANDIDATES } from '../../src/activation-index/draw.ts'
import { intervalOf } from '../../src/activation-index/feature-statistics.ts'
import { mergeIndexes } from '../../src/activation-index/merge.ts'
import { ActivationIndex } from '../../src/activation-index/reader.ts'
import { type IndexStore, MemoryStore } from '../../src/activation-index/store.ts'
import { exampleGroups } from '../../src/dashboard/examples.ts'
import { buildCase, type CorpusCase, CREATED, corpusCase, headOf } from '../support/index-cases.ts'

async function opened(store: IndexStore): Promise<ActivationIndex> {
  const index = await ActivationIndex.open(store)
  if (!index) throw new Error('no index was written')
  return index
}

/** Firings of one feature straight from the corpus, `<bos>` left out. */
function firings({ documents }: CorpusCase, feature: number) {
  return documents.flatMap(({ features: { rows, rowPtr, indices, values }, document }, number) => {
    const found = []
    for (let row = 1; row < rows; row += 1) {
      for (let at = rowPtr[row]; at < rowPtr[row + 1]; at += 1) {
        if (indices[at] !== feature) continue
        const { kind, tokens } = document
        found.push({ number, row, value: values[at], token: tokens[row], next: tokens[row + 1], kind })
      }
    }
    return found
  })
}

/** What a page shows of one feature. */
async function examplesOf(index: ActivationIndex, feature: number) {
  const [statistics] = await index.statistics(feature, feature + 1)
  const documents = (await index.documents(await index.postings(statistics))).map(
    ({ tokens: ids, ...rest }) => ({
      ...rest,
      ...{ ids, kind: String(rest.kind) },
      spans: ids.map((id, first) => ({ first, count: 1, text: String(id), special: first === 0 })),
    }),
  )
  const { countedTokens } = index.manifest
  return { stored: statistics.stored, groups: exampleGroups({ statistics, countedTokens, documents }) }
}

/** All files' bytes, so that two indexes can be compared whole. */
async function contents(store: IndexStore): Promise<Record<string, string>> {
  const all: Record<string, string> = {}
  for (const name of (await store.names()).sort()) {
    const source = await store.source(name)
    if (source) all[name] = Buffer.from(await source.read(0, source.size)).toString('base64')
  }
  return all
}

const most = (ids: readonly number[]): [number, number][] => {
  const counts = new Map<number, number>()
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1)
  return [...counts].sort(([a, x], [b, y]) => y - x || a - b).slice(0, 8)
}

describe('an activation index', () => {
  it('tells of every feature what counting by hand tells', async () => {
    const corpus = corpusCase(1, 60)
    const index = await opened(await buildCase(corpus))
    for (const statistics of await index.statistics(0, corpus.dSae)) {
      const own = firings(corpus, statistics.feature)
      const values = own.map(({ value }) => value)
      const sorted = [...values].sort((a, b) => a - b)
      expect(statistics).toMatchObject({
        count: own.length,
        documents: new Set(own.map(({ number }) => number)).size,
        max: own.length > 0 ? Math.max(...values) : 0,
        min: own.length > 0 ? Math.min(...values) : 0,
        p50: sorted[Math.ceil(0.5 * own.length) - 1] ?? 0,
        p90: sorted[Math.ceil(0.9 * own.length) - 1] ?? 0,
        kinds: [0, 1, 2].map((kind) => own.filter((one) => one.kind === kind).length),
        tokens: most(own.map(({ token }) => token)).map(([id]) => id),
        tokenCounts: most(own.map(({ token }) => token)).map(([, count]) => count),
        next: most(own.flatMap(({ next }) => next ?? [])).map(([id]) => id),
        stored: own.length,
      })
      // Quarter steps add up exactly.
      expect(statistics.sum).toBe(values.reduce((sum, value) => sum + value, 0))
      expect(statistics.sumSquares).toBe(values.reduce((sum, value) => sum + value * value, 0))
      expect(statistics.histogram.reduce((sum, count) => sum + count, 0)).toBe(own.length)
      const inInterval = [0, 1, 2, 3, 4].map((k) => {
        const [low, high] = [(k * statistics.max) / 5, ((k + 1) * statistics.max) / 5]
        return values.filter((value) => value > low && value <= high).length
      })
      expect(statistics.intervals).toEqual(inInterval)
    }
  })

  it('gives a feature’s postings from the strongest on, and the documents they are in', async () => {
    const corpus = corpusCase(2, 40)
    const index = await opened(await buildCase(corpus))
    const [statistics] = await index.statistics(5, 6)
    const postings = await index.postings(statistics)
    const expected = firings(corpus, 5).sort(
      (a, b) => b.value - a.value || a.number - b.number || a.row - b.row,
    )
    expect([...postings.value]).toEqual(expected.map(({ value }) => value))
    expect([...postings.document]).toEqual(expected.map(({ number }) => number))
    expect([...postings.position]).toEqual(expected.map(({ row }) => row))
    const documents = await index.documents(postings)
    expect(documents.map(({ document }) => document)).toEqual([
      ...new Set(expected.map(({ number }) => number)),
    ])
    for (const { document, tokens, title, values } of documents) {
      const { document: original } = corpus.documents[document]
      expect({ tokens, title }).toEqual({ tokens: original.tokens, title: original.title })
      const own = expected.filter(({ number }) => number === document)
      expect([...values.entries()].filter(([, value]) => value > 0)).toEqual(
        own.map(({ row, value }) => [row, value]).sort(([a], [b]) => a - b),
      )
    }
  })

  it('counts which features fire together', async () => {
    const corpus = corpusCase(3, 50)
    const index = await opened(await buildCase(corpus))
    expect(index.manifest.coactiveTokens).toBe(index.manifest.countedTokens)
    const places = (feature: number) =>
      new Set(firings(corpus, feature).map(({ number, row }) => `${number} ${row}`))
    for (const { feature, coactive, coactiveBoth, coactiveCount, count } of await index.statistics(
      0,
      corpus.dSae,
    )) {
      expect(coactiveCount).toBe(count)
      const own = places(feature)
      const both = coactive.map((other) => [...places(other)].filter((place) => own.has(place)).length)
      expect(coactiveBoth).toEqual(both)
      const jaccard = coactive.map((other, at) => both[at] / (own.size + places(other).size - both[at]))
      expect(jaccard.slice(0, 12)).toEqual([...jaccard.slice(0, 12)].sort((a, b) => b - a))
    }
  })

  it('is the same whether it is built at once or merged of two', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1, max: 29 }),
        async (seed, cut) => {
          const corpus = corpusCase(seed, 30)
          const part = (from: number, to: number) => ({
            ...corpus,
            documents: corpus.documents.slice(from, to),
          })
          const whole = await buildCase(corpus, { name: 'both' })
          const halves = await Promise.all([part(0, cut), part(cut, 30)].map((half) => buildCase(half)))
          const store = new MemoryStore()
          const indexes = await Promise.all(halves.map(opened))
          await mergeIndexes({ indexes, store, name: 'both', code: 'featurescope test', created: CREATED })
          expect(await contents(store)).toEqual(await contents(whole))
        },
      ),
      { numRuns: 12 },
    )
  })

  it('goes on with a build that was stopped, and forgets one of another corpus', async () => {
    const corpus = corpusCase(4, 30)
    const whole = await contents(await buildCase(corpus))
    const store = new MemoryStore()
    const options = { store, head: headOf(corpus), fingerprint: 'case', partPostings: 100, partDocuments: 7 }
    const first = await IndexBuilder.open(options)
    for (const { document, features } of corpus.documents.slice(0, 17)) await first.add(document, features)
    // Stopped here: what was not written is lost.
    const second = await IndexBuilder.open(options)
    expect(second.documents).toBeGreaterThan(0)
    expect(second.documents).toBeLessThanOrEqual(17)
    for (const { document, features } of corpus.documents.slice(second.documents)) {
      await second.add(document, features)
    }
    await second.finish({ piece: (id) => `▁t${id}`, created: CREATED })
    expect(await contents(store)).toEqual(whole)
    await first.writePart()
    const other = await IndexBuilder.open({ ...options, fingerprint: 'another corpus' })
    expect(other.documents).toBe(0)
  })

  it('keeps whole documents where postings are capped, and statistics over all', async () => {
    const corpus = corpusCase(5, 60)
    const whole = await opened(await buildCase(corpus))
    const cap = { top: 4, random: 3, perInterval: 2 }
    const capped = await opened(await buildCase(corpus, { cap }))
    expect(capped.manifest.cap).toEqual(cap)
    const [before] = await whole.statistics(1, 2)
    const [after] = await capped.statistics(1, 2)
    expect(after).toEqual({ ...before, row: after.row, stored: after.stored })
    const documents = await capped.documents(await capped.postings(after))
    expect(documents.length).toBeLessThanOrEqual(4 + 3 + 5 * 2)
    const all = await whole.documents(await whole.postings(before))
    expect(documents.length).toBeLessThan(all.length)
    expect(documents.slice(0, 4)).toEqual(all.slice(0, 4))
    for (const document of documents) expect(all).toContainEqual(document)
    expect(
      capPostings(await whole.postings(before), { top: 100, random: 0, perInterval: 0 }).value,
    ).toHaveLength(before.count)
  })

  it('shows with a cap what it shows without', async () => {
    const corpus = corpusCase(8, 400)
    const [whole, capped] = [await buildCase(corpus), await buildCase(corpus, { cap: CANDIDATES })]
    for (const feature of [1, 2, 3, 4]) {
      const [a, b] = await Promise.all(
        [whole, capped].map(async (store) => examplesOf(await opened(store), feature)),
      )
      expect(a.stored).toBeGreaterThan(b.stored)
      expect(b.groups).toEqual(a.groups)
    }
  })

  it('refuses to merge what is capped or of another source', async () => {
    const corpus = corpusCase(6, 20)
    const capped = await buildCase(corpus, { cap: { top: 1, random: 1, perInterval: 0 } })
    const plain = await buildCase(corpus)
    const merge = async (...stores: IndexStore[]) =>
      mergeIndexes({
        indexes: await Promise.all(stores.map(opened)),
        ...{ store: new MemoryStore(), name: 'x', code: 'x' },
      })
    await expect(merge(plain, capped)).rejects.toThrow(/only a part of its postings/)
  })

  it('loses nothing when there is no room for a part: a later build goes on from the one before', async () => {
    const corpus = corpusCase(8, 40)
    const store = new MemoryStore()
    const options = { store, head: headOf(corpus), fingerprint: 'case', partPostings: 100, partDocuments: 7 }
    const builder = await IndexBuilder.open(options)
    const create = store.create.bind(store)
    store.create = async (name) => {
      if (name !== 'part-2-postings.parquet') return create(name)
      return { write: () => Promise.reject(new Error('full')), close: () => undefined }
    }
    const fill = async (): Promise<void> => {
      for (const { document, features } of corpus.documents) await builder.add(document, features)
    }
    await expect(fill()).rejects.toThrow('full')
    store.create = create
    // What a build does when it is given up.
    await builder.writePart()
    await expect(builder.finish({ piece: String })).rejects.toThrow(/not written/)
    const { documents } = await IndexBuilder.open(options)
    expect(documents).toBeGreaterThan(0)
    expect(documents).toBeLessThan(builder.documents)
    expect(await contents(await buildCase(corpus, { store }))).toEqual(
      await contents(await buildCase(corpus)),
    )
  })

  it('says which file is missing or damaged', async () => {
    const corpus = corpusCase(7, 20)
    const store = await buildCase(corpus)
    await store.remove('postings-0.parquet')
    const index = await opened(store)
    const [statistics] = await index.statistics(1, 2)
    await expect(index.postings(statistics)).rejects.toMatchObject({
      detail: expect.stringContaining('postings-0'),
    })
    const sink = await store.create('postings-0.parquet')
    await sink.write(new Uint8Array(64))
    await sink.close()
    await expect(index.postings(statistics)).rejects.toMatchObject({
      detail: expect.stringContaining('postings-0'),
    })
    const manifest = await store.create('manifest.json')
    await manifest.write(new TextEncoder().encode('{"format":"featurescope-index","version":2}'))
    await manifest.close()
    await expect(ActivationIndex.open(store)).rejects.toMatchObject({
      detail: expect.stringContaining('version'),
    })
    expect(await ActivationIndex.open(new MemoryStore())).toBeUndefined()
  })

  it('puts a value on an interval’s upper edge into it', () => {
    expect([0.1, 2, 2.1, 4, 10].map((value) => intervalOf(value, 10))).toEqual([0, 0, 1, 1, 4])
  })
})
