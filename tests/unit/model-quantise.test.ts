// Blocks of 8 and 4 bits: where each number goes, how far off it may be, and what is refused.
import { expect, test } from 'vitest'
import { UserError } from '../../src/lib/errors.ts'
import { type BlockBits, dequantiseRows, emptyRows, quantiseRows } from '../../src/model/quantise.ts'
import { seededNormal } from '../support/gemma-reference.ts'

const BITS: readonly BlockBits[] = [8, 4]

function quantise(
  values: Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>,
  columns: number,
  bits: BlockBits,
) {
  const shape = { rows: values.length / columns, columns, bits, name: 'w', firstRow: 0 }
  const into = emptyRows(shape.rows, columns, bits)
  quantiseRows(values, shape, into)
  return { ...into, values: dequantiseRows(into, shape) }
}

test('a block of 8 bits is its numbers over the scale, 128 being zero', () => {
  const row = new Float32Array(32)
  row.set([-1, 1, 0.5, 0, 1 / 128])
  const { blocks, scales } = quantise(row, 32, 8)
  // The first of the largest, −1, falls on 0; 1 would be 256, one more than there is.
  expect(scales[0]).toBe(1 / 128)
  expect([...blocks.subarray(0, 6)]).toEqual([0, 255, 192, 128, 129, 128])
})

test('a block of 4 bits has the earlier number of a pair in the low half of its byte', () => {
  const row = new Float32Array(32)
  row.set([8, -3, 1, 0])
  const { blocks, scales } = quantise(row, 32, 4)
  expect(scales[0]).toBe(-1)
  expect([...blocks.subarray(0, 3)]).toEqual([0 | (11 << 4), 7 | (8 << 4), 0x88])
})

test.each(BITS)(
  'at %i bits a number is off by half a step, or by one where it is the opposite of the largest',
  (bits) => {
    const normal = seededNormal(bits)
    const columns = 320
    const original = new Float32Array(64 * columns).map(() => normal() * 2 ** (8 * normal()))
    const { values, scales } = quantise(original, columns, bits)
    const half = 2 ** (bits - 1)
    let beyondHalf = 0
    for (const [i, value] of original.entries()) {
      const step = Math.abs(scales[Math.floor(i / 32)])
      const error = Math.abs(values[i] - value)
      // What lies within half a step of the largest number's opposite has no place of its own.
      const atTheEnd = Math.abs(value) > (half - 0.5) * step
      expect(error).toBeLessThanOrEqual(step * (atTheEnd ? 1 : 0.5) * (1 + 1e-6))
      if (error > step * (0.5 + 1e-6)) beyondHalf += 1
    }
    expect(beyondHalf).toBeLessThan(original.length / 100)
  },
)

test.each(BITS)('at %i bits the largest number of every block is exact, and zeros stay zeros', (bits) => {
  const normal = seededNormal(3)
  const original = new Float32Array(32 * 50).map((_, i) => (i % 32 === 7 ? 0 : normal()))
  const { values } = quantise(original, 32, bits)
  for (let block = 0; block < 50; block += 1) {
    const numbers = original.subarray(block * 32, block * 32 + 32)
    const largest = numbers.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a))
    expect(values[block * 32 + numbers.indexOf(largest)]).toBe(largest)
    expect(Math.abs(values[block * 32 + 7])).toBe(0)
  }
})

test.each(BITS)('at %i bits what blocks stand for comes out the same when it is quantised again', (bits) => {
  const normal = seededNormal(11)
  const once = quantise(new Float32Array(96 * 8).map(normal), 96, bits)
  const twice = quantise(once.values, 96, bits)
  expect(twice.values).toEqual(once.values)
})

test.each(BITS)('at %i bits bfloat16 gives the bytes its float32 gives', (bits) => {
  const normal = seededNormal(5)
  const halves = new Uint16Array(
    new Uint32Array(new Float32Array(90 * 6).map(normal).buffer).map((b) => b >>> 16),
  )
  const floats = new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer)
  const [fromHalves, fromFloats] = [quantise(halves, 90, bits), quantise(floats, 90, bits)]
  expect(fromHalves.blocks).toEqual(fromFloats.blocks)
  expect(fromHalves.scales).toEqual(fromFloats.scales)
})

test.each(BITS)('at %i bits rows that end within a block are filled up with zeros', (bits) => {
  const normal = seededNormal(9)
  const original = new Float32Array(3 * 40).map(normal)
  const { blocks, scales, values } = quantise(original, 40, bits)
  expect([blocks.length, scales.length]).toEqual([3 * 2 * 4 * bits, 6])
  const zero = bits === 8 ? 128 : 0x88
  const block = 4 * bits
  for (const row of [0, 1, 2]) {
    const tail = blocks.subarray((2 * row + 1) * block + bits, (2 * row + 2) * block)
    expect(new Set(tail)).toEqual(new Set([zero]))
  }
  const steps = Array.from(scales, Math.abs)
  for (const [i, value] of original.entries()) {
    const step = steps[2 * Math.floor(i / 40) + (i % 40 < 32 ? 0 : 1)]
    expect(Math.abs(values[i] - value)).toBeLessThanOrEqual(step)
  }
})

test.each(BITS)('at %i bits a block of zeros is zeros', (bits) => {
  const { scales, values } = quantise(new Float32Array(64), 64, bits)
  expect([...scales]).toEqual([0, 0])
  expect(new Set(values)).toEqual(new Set([0]))
})

test.each([
  ['NaN', Number.NaN],
  ['infinity', Number.POSITIVE_INFINITY],
  ['minus infinity', Number.NEGATIVE_INFINITY],
])('%s is refused with its place', (_, bad) => {
  const values = new Float32Array(3 * 70).fill(1)
  values[2 * 70 + 33] = bad
  const into = emptyRows(3, 70, 8)
  const run = () =>
    quantiseRows(values, { rows: 3, columns: 70, bits: 8, name: 'q_proj', firstRow: 400 }, into)
  expect(run).toThrow(UserError)
  expect(run).toThrow('"q_proj" has a number that is infinite or none at all in row 402, columns 32 to 63')
})
