// The logit lens on the GPU against the one on the CPU, which sums in float64: whole, in pieces, streamed, one
// direction and many.
import { describe, expect, test } from 'vitest'
import type { ArrayFile } from '../../src/formats/array.ts'
import { type GemmaConfig, parseGemmaConfig } from '../../src/model/config.ts'
import { GpuUnembedding, type UnembeddingOptions } from '../../src/model/gpu-unembedding.ts'
import { type LogitLens, logitLens } from '../../src/model/unembed.ts'
import { AWKWARD, arrayFile, seededNormal } from '../support/gemma-reference.ts'
import { gpuForTests } from '../support/gpu.ts'

interface Made {
  vocabulary: number
  hidden: number
  /** Whether every weight is a bfloat16; 'mixed': of the first half only. */
  type: 'f32' | 'bf16' | 'mixed'
}

interface Model {
  config: GemmaConfig
  weights: ArrayFile
  matrix: Float32Array
}

const EVERYTHING = { budgetBytes: 1 << 30 }

function makeModel({ vocabulary, hidden, type }: Made): Model {
  const normal = seededNormal(vocabulary + hidden)
  const matrix = new Float32Array(vocabulary * hidden).map(normal)
  const bits = new Uint32Array(matrix.buffer)
  const rounded = type === 'f32' ? 0 : type === 'bf16' ? bits.length : Math.floor(vocabulary / 2) * hidden
  for (let i = 0; i < rounded; i++) bits[i] &= 0xffff0000
  return {
    config: parseGemmaConfig({ ...AWKWARD, vocab_size: vocabulary, hidden_size: hidden }),
    weights: arrayFile([['model.embed_tokens.weight', [vocabulary, hidden], matrix]]),
    matrix,
  }
}

function directionsFor({ config }: Model, count: number): Float32Array {
  return new Float32Array(count * config.hiddenSize).map(seededNormal(count))
}

async function open({ weights, config }: Model, options: UnembeddingOptions): Promise<GpuUnembedding> {
  return new GpuUnembedding((await gpuForTests()).device, weights, config, options)
}

/** All logits, [n, vocabulary]. */
async function logitsOf(unembedding: GpuUnembedding, directions: Float32Array): Promise<Float32Array[]> {
  const all: Float32Array[] = []
  await unembedding.logits(directions, {
    take: (row, logits) => {
      all[row] = logits.slice()
    },
  })
  return all
}

/** Every logit within the float32 sum's error: some roundings of 2^-24 of the sum of absolute products. */
function expectLogits({ matrix, config }: Model, directions: Float32Array, actual: Float32Array[]): void {
  const { hiddenSize, vocabSize } = config
  expect(actual.map(({ length }) => length)).toEqual(Array(directions.length / hiddenSize).fill(vocabSize))
  let worst = 0
  actual.forEach((logits, n) => {
    logits.forEach((logit, row) => {
      let sum = 0
      let size = 0
      for (let i = 0; i < hiddenSize; i++) {
        const product = matrix[row * hiddenSize + i] * directions[n * hiddenSize + i]
        sum += product
        size += Math.abs(product)
      }
      worst = Math.max(worst, Math.abs(logit - sum) / size)
    })
  })
  expect(worst).toBeLessThan((hiddenSize / 16 + 20) * 2 ** -24)
}

/** The same tokens at both ends, the same numbers up to float32 sums of about √hidden standard normals. */
function expectSameLens(actual: LogitLens, wanted: LogitLens): void {
  for (const end of ['top', 'bottom'] as const) {
    expect(actual[end].map(({ id }) => id)).toEqual(wanted[end].map(({ id }) => id))
    for (const [i, { logit }] of actual[end].entries()) expect(logit).toBeCloseTo(wanted[end][i].logit, 4)
  }
  expect(actual.mean).toBeCloseTo(wanted.mean, 5)
  expect(actual.sd).toBeCloseTo(wanted.sd, 5)
  expect(actual.skew).toBeCloseTo(wanted.skew, 5)
}

const CASES: Made[] = [
  { vocabulary: 1, hidden: 4, type: 'f32' },
  { vocabulary: 53, hidden: 21, type: 'bf16' },
  { vocabulary: 1003, hidden: 130, type: 'f32' },
  { vocabulary: 4099, hidden: 64, type: 'mixed' },
  { vocabulary: 257, hidden: 2304, type: 'bf16' },
]

describe.each(CASES)('$vocabulary × $hidden, $type', (made) => {
  const model = makeModel(made)

  test.each([1, 3, 9])(
    '%i directions, in pieces that stay, pass by, or both: the same bytes',
    async (count) => {
      const directions = directionsFor(model, count)
      const whole = await open(model, EVERYTHING)
      const logits = await logitsOf(whole, directions)
      expectLogits(model, directions, logits)
      expect(await logitsOf(whole, directions)).toEqual(logits)
      const pieceBytes = 7 * 16 * Math.ceil(made.hidden / 4)
      for (const budgetBytes of [1 << 30, 0, 3 * pieceBytes]) {
        const inPieces = await open(model, { budgetBytes, pieceBytes })
        // The second call finds what the first one left on the GPU.
        if (made.vocabulary < 2000 || budgetBytes > 0)
          expect(await logitsOf(inPieces, directions)).toEqual(logits)
        expect(await logitsOf(inPieces, directions)).toEqual(logits)
        expect(inPieces.bytes).toBeLessThanOrEqual(budgetBytes)
        inPieces.destroy()
      }
      whole.destroy()
    },
  )
})

test('the lens is the CPU’s, for one and for many features', async () => {
  const model = makeModel({ vocabulary: 3001, hidden: 100, type: 'bf16' })
  const { weights, config } = model
  const unembedding = await open(model, { ...EVERYTHING, pieceBytes: 100_000 })
  for (const count of [1, 5]) {
    const directions = directionsFor(model, count)
    const wanted = await logitLens(weights, config, directions, { k: 10 })
    const seen: number[][] = []
    const actual = await logitLens(weights, config, directions, {
      k: 10,
      unembedding,
      onLogits: (row, first, logits) => seen.push([row, first, logits.length]),
    })
    expect(actual).toHaveLength(count)
    for (const [i, lens] of actual.entries()) expectSameLens(lens, wanted[i])
    expect(seen).toEqual(Array.from({ length: count }, (_, row) => [row, 0, 3001]))
  }
  unembedding.destroy()
})

test('bfloat16 weights take two bytes each, others four, and nothing is read twice', async () => {
  const model = makeModel({ vocabulary: 1000, hidden: 64, type: 'mixed' })
  let read = 0
  const counted = new Map(
    [...model.weights].map(([name, entry]) => {
      const readFloat32: typeof entry.readFloat32 = (first, count, signal) => {
        read += count
        return entry.readFloat32(first, count, signal)
      }
      return [name, { ...entry, readFloat32 }]
    }),
  )
  const unembedding = await open({ ...model, weights: counted }, { ...EVERYTHING, pieceBytes: 100 * 64 * 4 })
  await Promise.all([1, 2, 3].map((count) => logitsOf(unembedding, directionsFor(model, count))))
  expect(unembedding.bytes).toBe(500 * 64 * 2 + 500 * 64 * 4)
  expect(read).toBe(1000 * 64)
  unembedding.destroy()
})

test('cancelled half way it stops, and the next call has everything', async () => {
  const model = makeModel({ vocabulary: 1000, hidden: 64, type: 'f32' })
  const unembedding = await open(model, { ...EVERYTHING, pieceBytes: 100 * 64 * 4 })
  const directions = directionsFor(model, 2)
  const controller = new AbortController()
  const done: number[] = []
  const call = unembedding.logits(directions, {
    take: () => expect.unreachable(),
    signal: controller.signal,
    onRows: (rows) => {
      done.push(rows)
      if (rows === 300) controller.abort()
    },
  })
  await expect(call).rejects.toHaveProperty('name', 'AbortError')
  expect(done).toEqual([100, 200, 300])
  expectLogits(model, directions, await logitsOf(unembedding, directions))
  unembedding.destroy()
})

test('given back while it is at work, it ends that work and leaves nothing on the GPU', async () => {
  const model = makeModel({ vocabulary: 1000, hidden: 64, type: 'f32' })
  const unembedding = await open(model, { ...EVERYTHING, pieceBytes: 100 * 64 * 4 })
  const directions = directionsFor(model, 1)
  const call = logitsOf(unembedding, directions)
  unembedding.destroy()
  const after = logitsOf(unembedding, directions)
  expectLogits(model, directions, await call)
  expect(await after).toEqual(await call)
  expect(unembedding.bytes).toBe(0)
})
