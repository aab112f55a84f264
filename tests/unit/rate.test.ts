// The speed a person reads is the present one.
import { expect, test } from 'vitest'
import { rateMeter } from '../../src/lib/rate.ts'

test('the first half second has no rate, then it is amount per second', () => {
  const rate = rateMeter()
  expect(rate(0, 0)).toBeUndefined()
  expect(rate(100, 500)).toBeUndefined()
  expect(rate(1000, 1000)).toBe(1000)
})

test('what came at once at the start (stored parts) is forgotten after five seconds', () => {
  const rate = rateMeter()
  rate(0, 0)
  rate(1_000_000, 100)
  let last: number | undefined
  for (let second = 1; second <= 12; second++) last = rate(1_000_000 + 10 * second, 100 + 1000 * second)
  expect(last).toBeCloseTo(10, 5)
})

test('a next step that counts from zero starts a new rate, never a negative one', () => {
  const rate = rateMeter()
  rate(0, 0)
  rate(5000, 2000)
  expect(rate(0, 2100)).toBeUndefined()
  expect(rate(2000, 3100)).toBe(2000)
})
