// An activation index built by the engine in a real browser, against the engine's own runs of the same documents.
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { Engine } from '../../src/engine/engine.ts'
import type { CorpusInput, IndexInfo } from '../../src/engine/protocol.ts'
import type { TaskContext } from '../../src/engine/tasks.ts'
import { EVERY_FEATURE } from '../../src/lib/browse-query.ts'

const HUB = new URL('/hub/', location.href).href
const MODEL = 'featurescope/gemma-2-mini'
const SOURCE = '3-miniscope-res-4k'
const LISTENERS = { onBackends: () => {}, onStorageNotice: () => {} }
const TEXT = Array.from(
  { length: 12 },
  (_, at) => `The President spoke of ${at} whales and the sea.\n\ndef f(x):\n    return x + ${at}\n`,
).join('\n')

const context = (): TaskContext => ({ signal: new AbortController().signal, onProgress: () => {} })
const inTurn = <T>(step: () => Promise<T>): Promise<T> => step()

let engine: Engine

beforeAll(async () => {
  engine = new Engine(HUB, LISTENERS)
  await engine.setBackends({ sae: 'wasm', model: 'wasm', precision: 'f32', gpuBudget: 4e9, weights: 'auto' })
  await engine.open({ model: MODEL, sae: SOURCE }, context())
  await engine.index.drop(context())
})

afterEach(async () => {
  vi.unstubAllGlobals()
  await engine.index.drop(context())
})

/** Sees the threads that run documents begin and end; `refused`: the browser has none left. */
function watchThreads(refused?: 'refused'): { started: Set<Worker>; ended: Set<Worker> } {
  const threads = { started: new Set<Worker>(), ended: new Set<Worker>() }
  class Watched extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      const own = options?.name === 'documents'
      if (own && refused) throw new Error('no more threads')
      super(url, options)
      if (own) threads.started.add(this)
    }
    override terminate(): void {
      if (threads.started.has(this)) threads.ended.add(this)
      super.terminate()
    }
  }
  vi.stubGlobal('Worker', Watched)
  return threads
}

/** Bytes of the index's files but the manifest, which says when it was made. */
async function filesWithoutDate(): Promise<[string, string][]> {
  const files = await engine.index.files(context())
  const prints = files.map(async ({ name, bytes }): Promise<[string, string]> => {
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
    return [name, [...hash].join(' ')]
  })
  return (await Promise.all(prints)).filter(([name]) => name !== 'manifest.json')
}

const build = (corpus: CorpusInput, given = context()): Promise<IndexInfo> =>
  engine.index.build(corpus, { inTurn }, given)

describe('an index of a text', () => {
  test('holds what runs of its documents hold', async () => {
    const { manifest, origin } = await build({ kind: 'text', name: 'a text', text: TEXT })
    expect(origin).toBe('stored')
    const [, ...ids] = engine.tokenize(TEXT).ids
    expect(manifest).toMatchObject({ source: SOURCE, countedTokens: ids.length, logits: true })
    const documents = Array.from({ length: Math.ceil(ids.length / 127) }, (_, at) => [
      2,
      ...ids.slice(at * 127, (at + 1) * 127),
    ])
    expect(manifest.documents).toBe(documents.length)
    const found = new Map<number, Map<number, Float32Array>>()
    for (const [number, tokens] of documents.entries()) {
      const { rowPtr, indices, values } = (await engine.run(tokens, context())).features
      for (let row = 1; row < tokens.length; row += 1) {
        for (let at = rowPtr[row]; at < rowPtr[row + 1]; at += 1) {
          const own = found.get(indices[at]) ?? new Map<number, Float32Array>()
          found.set(indices[at], own)
          const dense = own.get(number) ?? new Float32Array(tokens.length)
          own.set(number, dense)
          dense[row] = values[at]
        }
      }
    }
    const strongest = [...found].sort(([, a], [, b]) => b.size - a.size).slice(0, 20)
    for (const [feature, expected] of strongest) {
      const own = await engine.index.feature(feature, context())
      expect(own?.statistics.documents).toBe(expected.size)
      for (const { document, values } of own?.documents ?? []) expect(values).toEqual(expected.get(document))
      const all = [...expected.values()].flatMap((values) => [...values].filter((value) => value > 0))
      expect(own?.statistics.count).toBe(all.length)
      expect(own?.statistics.max).toBe(Math.max(...all))
    }
  })

  test('lists, finds and orders features, and is found again by another engine', async () => {
    await build({ kind: 'text', name: 'a text', text: TEXT })
    const { features } = await engine.index.browse(
      { ...EVERY_FEATURE, sort: 'density', descending: true, dead: 'hidden' },
      context(),
    )
    const rows = await engine.index.rows([...features.slice(0, 30)], context())
    const densities = rows.map(({ density }) => density ?? Number.NaN)
    expect(densities).toEqual([...densities].sort((a, b) => b - a))
    expect(rows.every(({ summary, promoted }) => summary !== '' && promoted.length === 5)).toBe(true)
    const [first] = rows
    const whole = await engine.index.feature(first.feature, context())
    const { count, max, sum } = whole?.statistics ?? { count: 0, max: 0, sum: 0 }
    expect(first).toMatchObject({ max, mean: sum / count, label: undefined })
    const whales = await engine.index.browse({ ...EVERY_FEATURE, text: 'whale' }, context())
    expect(whales.features.length).toBeGreaterThan(0)
    expect(whales.features.length).toBeLessThan(4096)

    const other = new Engine(HUB, LISTENERS)
    await other.open({ sae: SOURCE }, context())
    expect((await other.index.info(context()))?.manifest.corpus.name).toBe('a text')
  })

  test('is gone on with when building was cancelled', async () => {
    const long: CorpusInput = { kind: 'text', name: 'long', text: TEXT.repeat(20) }
    const abort = new AbortController()
    const cancelled = build(long, {
      signal: abort.signal,
      onProgress: ({ label, done }) => {
        if (label === 'Building the index' && done > 1000) abort.abort()
      },
    })
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' })
    const seen: number[] = []
    const { manifest } = await build(long, {
      signal: new AbortController().signal,
      onProgress: ({ label, done }) => {
        if (label === 'Building the index') seen.push(done)
      },
    })
    expect(seen[0]).toBeGreaterThan(1000)
    expect(manifest.countedTokens).toBe(seen.at(-1))
  })

  test('is the same where the browser gives no threads to run documents on, and threads end', async () => {
    const long: CorpusInput = { kind: 'text', name: 'long', text: TEXT.repeat(20) }
    const running = watchThreads()
    await build(long)
    expect(running.started.size).toBeGreaterThan(0)
    expect(running.ended).toEqual(running.started)
    const expected = await filesWithoutDate()
    await engine.index.drop(context())
    vi.unstubAllGlobals()

    const refused = watchThreads('refused')
    await build(long)
    expect(refused.started.size).toBe(0)
    expect(await filesWithoutDate()).toEqual(expected)
  })

  test('is listed with its size, and deleted when it is not being built', async () => {
    const rows = async () => {
      const { files } = await engine.storage()
      return files.filter(({ verified }) => verified === 'built')
    }
    await build({ kind: 'text', name: 'a text', text: TEXT })
    const [row, ...others] = await rows()
    expect(others).toEqual([])
    expect(row.name).toBe(`gemma-2-mini/${SOURCE}, index of a text`)
    const files = await engine.index.files(context())
    expect(row.size).toBe(files.reduce((sum, { bytes }) => sum + bytes.length, 0))

    const abort = new AbortController()
    let refused: unknown
    const cancelled = build(
      { kind: 'text', name: 'long', text: TEXT.repeat(20) },
      {
        signal: abort.signal,
        onProgress: ({ label, done }) => {
          if (label !== 'Building the index' || done < 1000) return
          refused ??= engine.deleteStored([row.key]).catch((error: unknown) => {
            abort.abort()
            return error
          })
        },
      },
    )
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' })
    expect(await refused).toMatchObject({ detail: expect.stringContaining('being built') })
    const names = (await rows()).map(({ name }) => name)
    expect(names.sort()).toEqual([
      `gemma-2-mini/${SOURCE}, index of a text`,
      `gemma-2-mini/${SOURCE}, unfinished index of long`,
    ])
    await engine.deleteStored((await rows()).map(({ key }) => key))
    expect(await rows()).toEqual([])
    expect((await engine.index.info(context()))?.origin).not.toBe('stored')
  })

  test('says what is wrong with a corpus', async () => {
    const file = (name: string, text: string) => new File([text], name)
    await expect(build({ kind: 'text', name: 'empty', text: '' })).rejects.toThrow(/no text/)
    await expect(
      build({ kind: 'files', files: [file('a.jsonl', '{"text":"fine"}\n{"txt":1}')] }),
    ).rejects.toMatchObject({ detail: expect.stringContaining('a.jsonl, line 2') })
    await expect(build({ kind: 'files', files: [file('a.parquet', 'PAR1')] })).rejects.toMatchObject({
      detail: expect.stringContaining('a.parquet'),
    })
  })
})
