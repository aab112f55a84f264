// Memory and requests of an index as its corpus grows; `npm run bench -- --only index` does it at a million tokens.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ActivationIndex } from '../../src/activation-index/reader.ts'
import { FolderStore } from '../support/folder-store.ts'
import { buildAtSize } from '../support/index-at-size.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const SIZE = { dSae: 1024, l0: 40, partPostings: 1 << 16 }

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'featurescope-index-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

/** Largest sum of JavaScript heap and array buffers beyond what there was before. */
async function peakOf(documents: number): Promise<number> {
  const used = (): number => {
    collectGarbage()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const before = used()
  let [peak, steps] = [0, 0]
  await buildAtSize(new FolderStore(folder), {
    ...{ ...SIZE, documents },
    onStep: () => {
      steps += 1
      if (steps % 24 === 0) peak = Math.max(peak, used() - before)
    },
  })
  return peak
}

describe('an index of a corpus that grows', () => {
  test('takes a bounded part of its postings’ memory', { timeout: 60_000 }, async () => {
    await peakOf(24)
    const [small, large] = [await peakOf(96), await peakOf(480)]
    const postings = (480 - 96) * 127 * SIZE.l0
    // 16 bytes each would be all of them; co-active features are counted over 4 bytes each, up to 32 MiB.
    expect((large - small) / postings).toBeLessThan(6)
  })

  test('is read for one feature in a few requests, however many documents there are', async () => {
    const requests: number[] = []
    for (const documents of [48, 240]) {
      const store = new FolderStore(folder)
      await buildAtSize(store, { ...SIZE, documents })
      store.reads.length = 0
      const index = await ActivationIndex.open(store)
      const [statistics] = (await index?.statistics(500, 501)) ?? []
      const found = index && (await index.documents(await index.postings(statistics)))
      expect(found?.length).toBe(statistics.documents)
      expect(Math.max(...store.reads.map(({ bytes }) => bytes))).toBeLessThan(1 << 20)
      requests.push(store.reads.length)
    }
    expect(Math.max(...requests)).toBeLessThanOrEqual(12)
  })
})
