// Labels from Neuronpedia's API, over HTTP from a host that gives them and from one that gives everything else.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { memoryImports } from '../../src/engine/import-store.ts'
import { LabelSeeking, labelsOf, stillHolds } from '../../src/engine/label-seeking.ts'
import { Http } from '../../src/hub/http.ts'
import { GaveUp } from '../../src/hub/polite-queue.ts'
import { UserError } from '../../src/lib/errors.ts'
import { type FakeNeuronpedia, startFakeNeuronpedia } from '../support/fake-neuronpedia.ts'

const SOURCE = 'gemma-2-2b/20-gemmascope-res-16k'
const never = new AbortController().signal

let fake: FakeNeuronpedia
let http: Http
let seeking: LabelSeeking

beforeEach(async () => {
  fake = await startFakeNeuronpedia()
  http = new Http({ silence: 2000 })
  const askOnce = (url: string, most: number, signal?: AbortSignal) => http.once(url, most, signal)
  seeking = new LabelSeeking({ askOnce }, { spacing: 1, firstDelay: 1 })
})

afterEach(() => fake.close())

const ask = (index: number, signal = never) =>
  seeking.labels({ from: fake.origin, source: SOURCE }, index, signal)

test('a label comes with its author and method; the address holds model, source and number, and nothing else', async () => {
  expect(await ask(12)).toEqual([
    {
      ...{ description: 'label of 12 from afar', author: 'gpt-4o-mini', method: 'oai_token-act-pair' },
      ...{ scores: [], origin: 'Neuronpedia' },
    },
  ])
  expect(fake.log).toEqual([
    { path: `/api/feature/${SOURCE}/12`, cookie: undefined, authorization: undefined },
  ])
  expect(http.contacts).toEqual([{ origin: fake.origin, requests: 1 }])
})

test('however many are asked for, the host has one request at a time', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, (_, index) => ask(index)))
  expect(all.map((labels) => labels?.[0].description)).toEqual(
    Array.from({ length: 8 }, (_, index) => `label of ${index} from afar`),
  )
  expect(fake.most).toBe(1)
})

test('no explanation and no such feature are answers: there is no label', async () => {
  fake.faults.set(1, 'none').set(2, 'missing')
  expect(await ask(1)).toEqual([])
  expect(await ask(2)).toEqual([])
})

test.each(['other feature', 'no JSON', 'web page', 'huge'] as const)(
  '%s: of no use, and no label',
  async (fault) => {
    fake.faults.set(1, fault)
    expect(await ask(1)).toBeUndefined()
    expect(await ask(2)).toHaveLength(1)
  },
)

test('a limit is waited out', async () => {
  fake.faults.set(1, 'limit')
  const began = performance.now()
  const limited = ask(1)
  await vi.waitFor(() => expect(fake.log).toHaveLength(1))
  fake.faults.clear()
  expect(await limited).toHaveLength(1)
  expect(performance.now() - began).toBeGreaterThan(900)
  expect(fake.log).toHaveLength(2)
})

test.each(['server error', 'cut', 'web page'] as const)(
  '%s at every try: it stops, and says why once for all',
  async (fault) => {
    fake.faults.set('all', fault)
    const errors = await Promise.all([1, 2, 3, 4].map((index) => ask(index).catch((error: unknown) => error)))
    const told = errors.filter((error) => error instanceof GaveUp)
    expect(new Set(told).size).toBe(1)
    expect(told[0]).toMatchObject({
      title: `No more labels are fetched from ${new URL(fake.origin).host}.`,
      remedy: expect.stringContaining('import a file of its public export'),
    })
    expect(fake.log).toHaveLength(3)
  },
)

test('a host that does not answer, or lets no page read it, is said to be one of both', async () => {
  fake.close()
  await expect(ask(1)).rejects.toMatchObject({
    detail: expect.stringContaining('did not let this page read'),
  })
})

test('an answer is held to the feature that was asked for', () => {
  const feature = { modelId: 'gemma-2-2b', layer: '20-gemmascope-res-16k', index: '7', frac_nonzero: 0.1 }
  expect(labelsOf(JSON.stringify(feature), SOURCE, 7)).toEqual([])
  for (const other of [{ index: '8' }, { layer: '20-gemmascope-res-65k' }, { modelId: 'gemma-2-9b' }]) {
    expect(() => labelsOf(JSON.stringify({ ...feature, ...other }), SOURCE, 7)).toThrow(UserError)
  }
  expect(() => labelsOf('{}', SOURCE, 7)).toThrow(UserError)
  expect(labelsOf('null', SOURCE, 7)).toEqual([])
})

test('a label holds as long as it is kept, that there is none for a week', async () => {
  const [label] = (await ask(3)) ?? []
  const day = 24 * 3_600_000
  expect(stillHolds({ labels: [label], at: 0 }, 1000 * day)).toBe(true)
  expect(stillHolds({ labels: [], at: 0 }, 6 * day)).toBe(true)
  expect(stillHolds({ labels: [], at: 0 }, 8 * day)).toBe(false)
})

test('what was fetched is kept by feature, counted with what was imported, and removed with it', async () => {
  const store = memoryImports()
  const [label] = (await ask(3)) ?? []
  await store.setLabels(SOURCE, new Map([[3, [label]]]))
  await store.setFetched(SOURCE, 3, { labels: [label], at: 1 })
  await store.setFetched(SOURCE, 4, { labels: [label], at: 2 })
  await store.setFetched(SOURCE, 5, { labels: [], at: 3 })
  expect(await store.fetched(SOURCE)).toEqual(
    new Map([
      [3, { labels: [label], at: 1 }],
      [4, { labels: [label], at: 2 }],
      [5, { labels: [], at: 3 }],
    ]),
  )
  expect(await store.summary(SOURCE)).toMatchObject({ labels: 2 })
  await store.clear(SOURCE)
  expect((await store.fetched(SOURCE)).size).toBe(0)
})

test('a host that many share is asked once a second at most, one of this machine ten times as often', async () => {
  vi.useFakeTimers()
  try {
    for (const [from, spacing] of [
      ['https://www.neuronpedia.org', 1000],
      ['https://localhost.example.org', 1000],
      ['http://localhost:3000', 100],
    ] as const) {
      const asked: number[] = []
      const askOnce = async (): Promise<Uint8Array<ArrayBuffer>> => {
        asked.push(Date.now())
        return new TextEncoder().encode('null')
      }
      const own = new LabelSeeking({ askOnce })
      const all = Promise.all([1, 2, 3].map((index) => own.labels({ from, source: SOURCE }, index, never)))
      await vi.runAllTimersAsync()
      await all
      expect([from, asked[1] - asked[0], asked[2] - asked[1]]).toEqual([from, spacing, spacing])
    }
  } finally {
    vi.useRealTimers()
  }
})
