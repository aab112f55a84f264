import { expect, test } from 'vitest'
import { FLOAT16 } from '../../src/formats/element-types.ts'
import { packFloat16, toFloat16 } from '../../src/lib/float16.ts'

/** All finite binary16 numbers, ascending, as the reader of float16 files expands them. */
const all = FLOAT16.expand(new Uint8Array(Uint16Array.from({ length: 65_536 }, (_, i) => i).buffer), 65_536)

test('every binary16 number becomes its own bits again', () => {
  for (let half = 0; half < 65_536; half++) {
    if (Number.isNaN(all[half])) expect(Number.isNaN(all[toFloat16(all[half])])).toBe(true)
    else expect(toFloat16(all[half])).toBe(half)
  }
})

test('numbers between two binary16 numbers go to the nearer, halfway to the even one', () => {
  for (let half = 0; half < 0x7bff; half++) {
    const [low, high] = [all[half], all[half + 1]]
    const middle = (low + high) / 2
    const step = (high - low) / 1024
    expect(toFloat16(middle - step)).toBe(half)
    expect(toFloat16(middle + step)).toBe(half + 1)
    expect(toFloat16(middle)).toBe(half % 2 === 0 ? half : half + 1)
    expect(toFloat16(-(middle - step))).toBe(0x8000 | half)
  }
})

test('what is too large becomes infinity, what is too small zero', () => {
  expect([65_519.9, 65_520, 1e30, Infinity, -Infinity].map(toFloat16)).toEqual([
    0x7bff, 0x7c00, 0x7c00, 0x7c00, 0xfc00,
  ])
  expect([2 ** -25, 2 ** -25 * 1.001, 1e-30, -0].map(toFloat16)).toEqual([0, 1, 0, 0x8000])
})

test('pairs are packed with the first number in the low half', () => {
  expect([...packFloat16(Float32Array.of(1, -2, 0.5, 65_504))]).toEqual([0xc000_3c00, 0x7bff_3800])
})
