// Which bytes are read for a text's embeddings, and what comes out.
import { expect, test } from 'vitest'
import { Unreachable } from '../../src/lib/errors.ts'
import { parseGemmaConfig } from '../../src/model/config.ts'
import { EmbeddingRows, MissingEmbeddings } from '../../src/model/embedding-rows.ts'
import { floatEntry } from '../support/float-entry.ts'
import { AWKWARD } from '../support/gemma-reference.ts'

const HIDDEN = 2304
const ROWS = 60_000

/** Rows of a large matrix, made when read: element i of row r is r + i / 4096. Reads are noted as [row, rows]. */
function largeEmbedding(refuse: (first: number, count: number) => Error | undefined = () => undefined) {
  const reads: [number, number][] = []
  let underWay = 0
  let most = 0
  const readFloat32 = async (first: number, count: number) => {
    reads.push([first / HIDDEN, count / HIDDEN])
    underWay += 1
    most = Math.max(most, underWay)
    await new Promise((resolve) => setTimeout(resolve))
    underWay -= 1
    const error = refuse(first / HIDDEN, count / HIDDEN)
    if (error) throw error
    const value = (at: number) => Math.floor(at / HIDDEN) + (at % HIDDEN) / 4096
    return new Float32Array(count).map((_, i) => value(first + i))
  }
  const entry = floatEntry('model.embed_tokens.weight', [ROWS, HIDDEN], readFloat32, 'BF16')
  const config = parseGemmaConfig({ ...AWKWARD, vocab_size: ROWS, hidden_size: HIDDEN })
  return {
    reads,
    mostAtOnce: () => most,
    rows: new EmbeddingRows({ config, weights: new Map([[entry.name, entry]]) }),
  }
}

test('gives each token its row times √hidden, which is 48 here', async () => {
  const { rows } = largeEmbedding()
  const out = await rows.gather([7, 2, 7])
  expect(out).toHaveLength(3 * HIDDEN)
  expect([out[0], out[1], out[HIDDEN], out[2 * HIDDEN]]).toEqual([
    7 * 48,
    (7 + 1 / 4096) * 48,
    2 * 48,
    7 * 48,
  ])
})

test('reads neighbours together, others apart, and each row once', async () => {
  const { rows, reads } = largeEmbedding()
  await rows.gather([50_000, 2, 9, 3, 50_001, 2])
  expect(reads.toSorted(([a], [b]) => a - b)).toEqual([
    [2, 8],
    [50_000, 2],
  ])
  reads.length = 0
  await rows.gather([3, 9, 50_001, 4])
  expect(reads).toEqual([[4, 1]])
})

test('has at most six reads under way', async () => {
  const { rows, mostAtOnce } = largeEmbedding()
  await rows.gather(Array.from({ length: 100 }, (_, i) => i * 500))
  expect(mostAtOnce()).toBe(6)
})

test('never reads more than 8 MB at once, and keeps no more than 32 MB', async () => {
  const { rows, reads } = largeEmbedding()
  const ids = Array.from({ length: 4000 }, (_, i) => i * 5)
  await rows.gather(ids)
  for (const [, count] of reads) expect(count * HIDDEN * 4).toBeLessThanOrEqual(8 * 1024 * 1024)
  reads.length = 0
  await rows.gather(ids.slice(-3000))
  expect(reads).toEqual([])
  await rows.gather([0])
  expect(reads).toEqual([[0, 1]])
})

test('without the host, rows that are stored alone are found, and those that are not are named', async () => {
  const stored = new Set([2, 9, 3, 50_000])
  const { rows, reads } = largeEmbedding((first, count) =>
    count === 1 && stored.has(first)
      ? undefined
      : new Unreachable({ title: 'No.', detail: 'No answer.', remedy: 'Wait.' }),
  )
  expect((await rows.gather([9, 2])).at(0)).toBe(9 * 48)
  expect(reads).toEqual([
    [2, 8],
    [2, 1],
    [9, 1],
  ])
  const failed = rows.gather([50_000, 50_001, 3, 700])
  await expect(failed).rejects.toThrow(MissingEmbeddings)
  await expect(failed).rejects.toMatchObject({ ids: [700, 50_001] })
})

test('what goes wrong otherwise is not taken for missing rows', async () => {
  const { rows } = largeEmbedding(() => new Error('the disk is gone'))
  await expect(rows.gather([2, 9])).rejects.toThrow('the disk is gone')
})
