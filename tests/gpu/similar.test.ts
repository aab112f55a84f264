// The nearest decoder rows, in one range and in several, against cosines in float64.
import { expect, test } from 'vitest'
import { FLOAT16 } from '../../src/formats/element-types.ts'
import { BufferGroup } from '../../src/gpu/buffers.ts'
import { packFloat16 } from '../../src/lib/float16.ts'
import type { Ranked } from '../../src/sae/sae.ts'
import type { Precision } from '../../src/sae/webgpu/kernels.ts'
import { similarOnGpu } from '../../src/sae/webgpu/similar.ts'
import type { DecoderRange } from '../../src/sae/webgpu/weights.ts'
import { gpuForTests } from '../support/gpu.ts'
import { seededRandom } from '../support/random.ts'

interface Decoder {
  rows: number
  width: number
  /** [rows, width] */
  values: Float32Array
}

interface Call {
  f: number
  k: number
  precision?: Precision
  /** Features in a range; one range unless told. */
  range?: number
  signal?: AbortSignal
}

function randomDecoder(rows: number, width: number): Decoder {
  const random = seededRandom(rows + width)
  return { rows, width, values: new Float32Array(rows * width).map(() => random() * 2 - 1) }
}

/** Ranges given back one after another, as streamed ones are. */
async function* rangesOf(
  device: GPUDevice,
  { rows, width, values }: Decoder,
  precision: Precision,
  size: number,
): AsyncGenerator<DecoderRange> {
  const stride = 4 * Math.ceil(width / 4)
  for (let first = 0; first < rows; first += size) {
    const group = new BufferGroup(device)
    const features = Math.min(size, rows - first)
    const padded = new Float32Array(features * stride)
    for (let i = 0; i < features; i++) {
      padded.set(values.subarray((first + i) * width, (first + i + 1) * width), i * stride)
    }
    const data = precision === 'f16' ? packFloat16(padded) : padded
    yield { first, features, decoder: group.upload('W_dec', data, GPUBufferUsage.STORAGE) }
    group.destroy()
  }
}

async function similar(given: Decoder, { f, k, precision = 'f32', range, signal }: Call): Promise<Ranked> {
  const { device } = await gpuForTests()
  const { rows, width, values } = given
  const ranges = rangesOf(device, given, precision, range ?? rows)
  const row = values.slice(f * width, (f + 1) * width)
  return similarOnGpu(device, { ranges, precision, dSae: rows, row, f }, k, signal)
}

function cosines({ rows, width, values }: Decoder, f: number): Float64Array {
  const dot = (a: number, b: number): number => {
    let sum = 0
    for (let i = 0; i < width; i++) sum += values[a * width + i] * values[b * width + i]
    return sum
  }
  const norms = Float64Array.from({ length: rows }, (_, row) => Math.sqrt(dot(row, row)))
  return Float64Array.from({ length: rows }, (_, row) => {
    const size = norms[row] * norms[f]
    return size > 0 ? dot(row, f) / size : 0
  })
}

/** float32 sums of at most a few thousand numbers whose absolute sum is at most 1, by Cauchy-Schwarz. */
const TOLERANCE = 1e-5

function expectNearest(found: Ranked, given: Decoder, f: number, k: number): void {
  const wanted = cosines(given, f)
  const order = Array.from(wanted, (_, i) => i).filter((i) => i !== f)
  order.sort((a, b) => wanted[b] - wanted[a] || a - b)
  expect(found.indices).toHaveLength(Math.min(k, given.rows - 1))
  expect(new Set(found.indices).size).toBe(found.indices.length)
  expect(found.indices).not.toContain(f)
  found.indices.forEach((index, i) => {
    expect(Math.abs(found.values[i] - wanted[index])).toBeLessThan(TOLERANCE)
    // Neighbours nearer to each other than the tolerance may change places.
    expect(Math.abs(wanted[index] - wanted[order[i]])).toBeLessThan(2 * TOLERANCE)
    if (i > 0) {
      const [before, here] = [found.values[i - 1], found.values[i]]
      expect(before > here || (before === here && found.indices[i - 1] < index)).toBe(true)
    }
  })
}

test.each([
  { rows: 2, width: 5, f: 1, k: 3 },
  { rows: 65, width: 77, f: 0, k: 10 },
  { rows: 9001, width: 32, f: 8999, k: 20 },
  { rows: 9001, width: 32, f: 100, k: 5000 },
  { rows: 70_001, width: 12, f: 70_000, k: 100 },
])('row $f of $rows, the $k nearest', async ({ rows, width, f, k }) => {
  const decoder = randomDecoder(rows, width)
  expectNearest(await similar(decoder, { f, k }), decoder, f, k)
})

test('cut in ranges: the same bytes, also with fewer rows in a range than wanted', async () => {
  const decoder = randomDecoder(9001, 32)
  const whole = await similar(decoder, { f: 4500, k: 64 })
  for (const range of [40, 4500, 8192])
    expect(await similar(decoder, { f: 4500, k: 64, range })).toEqual(whole)
})

test('float16 rows are those that are compared', async () => {
  const decoder = randomDecoder(1000, 30)
  const values = FLOAT16.expand(new Uint8Array(packFloat16(decoder.values).buffer), 30_000)
  const rounded = { ...decoder, values }
  expectNearest(await similar(rounded, { f: 3, k: 20, precision: 'f16' }), rounded, 3, 20)
})

test('equal rows are in order of their index, opposite ones last, zero rows in between', async () => {
  const values = new Float32Array([1, 2, 0, 0, -1, -2, 1, 2, 2, -1, 1, 2])
  const decoder = { rows: 6, width: 2, values }
  const found = await similar(decoder, { f: 3, k: 9 })
  expect([...found.indices]).toEqual([0, 5, 1, 4, 2])
  expect([...found.values].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([1, 1, 0, 0, -1])
  const ofZero = await similar(decoder, { f: 1, k: 9 })
  expect([...ofZero.indices]).toEqual([0, 2, 3, 4, 5])
  expect([...ofZero.values]).toEqual([0, 0, 0, 0, 0])
})

test('nothing else there, nothing wanted', async () => {
  expect(await similar(randomDecoder(1, 4), { f: 0, k: 5 })).toEqual({
    indices: new Uint32Array(),
    values: new Float32Array(),
  })
  expect((await similar(randomDecoder(8, 4), { f: 0, k: 0 })).indices).toHaveLength(0)
})

test('stops when cancelled', async () => {
  const call = similar(randomDecoder(50, 4), { f: 0, k: 5, signal: AbortSignal.abort() })
  await expect(call).rejects.toHaveProperty('name', 'AbortError')
})
