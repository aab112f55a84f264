// Lists taller than a browser can lay out: small steps move by pixels, the thumb reaches every place.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TALLEST, TallScroll } from '../../src/lib/tall-scroll.ts'

const MILLION = 1_048_576 * 37
const VIEW = 700

function scroll(height: number, view = VIEW): TallScroll {
  const tall = new TallScroll()
  tall.resize(height, view)
  return tall
}

describe('a list that fits', () => {
  test('is scrolled as it is', () => {
    const tall = scroll(200_000)
    for (const place of [0, 1, 50_000, 199_300]) {
      expect(tall.moved(place)).toBe(place)
      expect(tall.shift).toBe(0)
    }
    expect(tall.boxHeight).toBe(200_000)
    expect(tall.goTo(1e9)).toBe(199_300)
  })

  test('may be shorter than what is seen', () => {
    const tall = scroll(300)
    expect(tall.goTo(50)).toBe(0)
    expect(tall.moved(0)).toBe(0)
  })
})

describe('a million rows', () => {
  test('lie in a box that every browser can lay out', () => {
    expect(scroll(MILLION).boxHeight).toBe(TALLEST)
  })

  test('both ends are reached by the thumb, and the middle is in the middle', () => {
    const tall = scroll(MILLION)
    expect(tall.moved(TALLEST - VIEW)).toBe(MILLION - VIEW)
    expect(tall.moved((TALLEST - VIEW) / 2)).toBeCloseTo((MILLION - VIEW) / 2, 0)
    expect(tall.moved(0)).toBe(0)
  })

  test('wheel and keys move by as many pixels as anywhere, in the middle too', () => {
    const tall = scroll(MILLION)
    const place = tall.goTo(20_000_000)
    expect(tall.moved(place + 100)).toBe(20_000_100)
    expect(tall.moved(place + 40)).toBe(20_000_040)
  })

  test('coming to rest keeps what is seen and brings the thumb back to its place', () => {
    const tall = scroll(MILLION)
    let place = tall.goTo(20_000_000)
    for (let step = 0; step < 500; step += 1) {
      place += 100
      tall.moved(place)
    }
    const rested = tall.settle()
    expect(tall.offset).toBe(20_050_000)
    expect(rested).toBeLessThan(place)
    expect(tall.moved(rested)).toBe(20_050_000)
    expect(tall.settle()).toBe(rested)
  })

  test('every place can be gone to, and stays where it is however it was reached', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true }))), (moves) => {
        const tall = scroll(MILLION)
        for (const [thumb, share] of moves) {
          if (thumb) tall.moved(share * (TALLEST - VIEW))
          else {
            const offset = share * (MILLION - VIEW)
            const place = tall.goTo(offset)
            expect(tall.offset).toBe(offset)
            expect(place).toBeGreaterThanOrEqual(0)
            expect(place).toBeLessThanOrEqual(TALLEST - VIEW)
          }
          expect(tall.offset).toBeGreaterThanOrEqual(0)
          expect(tall.offset).toBeLessThanOrEqual(MILLION - VIEW)
          const before = tall.offset
          expect(tall.moved(tall.settle())).toBeCloseTo(before, 3)
        }
      }),
    )
  })

  test('another height keeps the place', () => {
    const tall = scroll(MILLION)
    tall.goTo(1_500_000)
    tall.resize(MILLION, 300)
    expect(tall.offset).toBe(1_500_000)
    tall.resize(2000, 300)
    expect(tall.offset).toBe(1700)
  })
})
