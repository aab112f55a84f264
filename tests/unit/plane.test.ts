// The window on a plane of points: what stays where it is, what lies inside, and what lies under a pixel.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FADED, LIT, paintOf, SHADES } from '../../src/lib/map-paint.ts'
import { insideOutline, moved, pointAt, wholePlane, windowOutline, zoomed } from '../../src/lib/plane.ts'

const SIZE = { width: 800, height: 500 }

describe('the window', () => {
  test('shows everything within −1 and 1 at first, and all of it is in the list of what is in view', () => {
    const view = wholePlane(SIZE)
    const points = Float32Array.from([-1, -1, 1, 1, 0, 0, -1, 1])
    expect(insideOutline(points, windowOutline(view, SIZE))).toEqual([0, 1, 2, 3])
  })

  test('zooms about the pixel that is pointed at', () => {
    fc.assert(
      fc.property(fc.integer({ min: 330, max: 470 }), fc.integer({ min: 180, max: 320 }), (px, py) => {
        const before = zoomed(wholePlane(SIZE), 4, [400, 250], SIZE)
        const after = zoomed(before, 1.7, [px, py], SIZE)
        expect((px - after.x) / after.scale).toBeCloseTo((px - before.x) / before.scale, 9)
        expect((py - after.y) / after.scale).toBeCloseTo((py - before.y) / before.scale, 9)
        expect(after.scale).toBeCloseTo(before.scale * 1.7, 6)
      }),
    )
  })

  test('goes no farther than everything and never loses the points', () => {
    const whole = wholePlane(SIZE)
    expect(zoomed(whole, 0.2, [10, 10], SIZE).scale).toBe(whole.scale)
    const away = moved(whole, 1e6, -1e6, SIZE)
    expect(away.x - away.scale).toBeLessThanOrEqual(SIZE.width / 2)
    expect(away.y + away.scale).toBeGreaterThanOrEqual(SIZE.height / 2)
    expect(zoomed(whole, 1e9, [400, 250], SIZE).scale).toBe(200 * whole.scale)
  })

  test('zoomed in, it lists what is in view only', () => {
    const close = zoomed(wholePlane(SIZE), 8, [400, 250], SIZE)
    const points = Float32Array.from([0, 0, 0.9, 0, 0, -0.9, 0.05, 0.05])
    expect(insideOutline(points, windowOutline(close, SIZE))).toEqual([0, 3])
  })
})

test('an outline holds what is inside of it, also where it is hollow', () => {
  const horseshoe = [
    [-0.5, -0.5],
    [0.5, -0.5],
    [0.5, 0.5],
    [0.3, 0.5],
    [0.3, -0.3],
    [-0.3, -0.3],
    [-0.3, 0.5],
    [-0.5, 0.5],
  ] as const
  const points = Float32Array.from([0, -0.4, 0, 0, 0.4, 0.4, -0.4, 0.4, 0.9, 0.9])
  expect(insideOutline(points, horseshoe)).toEqual([0, 2, 3])
  expect(insideOutline(points, horseshoe.toReversed())).toEqual([0, 2, 3])
})

test('under a pixel lies the nearest point, unless none is within reach', () => {
  const view = wholePlane(SIZE)
  const points = Float32Array.from([0, 0, 0.03, 0])
  const pixel = (x: number): [number, number] => [view.x + x * view.scale, view.y]
  expect(pointAt(points, view, pixel(0.005), 9)).toBe(0)
  expect(pointAt(points, view, pixel(0.028), 9)).toBe(1)
  expect(pointAt(points, view, pixel(0.5), 9)).toBeUndefined()
})

describe('colours', () => {
  const features = Uint32Array.from([2, 4, 6, 8, 10])
  const known = { features, density: undefined, hits: undefined, labels: new Map() }

  test('by density go from the lowest to the highest by powers, and leave out what never fires', () => {
    const density = Float32Array.from([1e-4, 1e-2, 0, 1e-3, Number.NaN])
    const { shades, shown, range } = paintOf('density', { ...known, density })
    expect([...shades]).toEqual([0, SHADES - 1, FADED, SHADES / 2, FADED])
    expect(shown).toBe(3)
    expect(range?.map((end) => Number(end.toPrecision(3)))).toEqual([1e-4, 1e-2])
  })

  test('by search or label light what has it', () => {
    expect([...paintOf('search', { ...known, hits: new Set([4, 10]) }).shades]).toEqual([
      ...[FADED, LIT, FADED, FADED, LIT],
    ])
    const labelled = paintOf('label', { ...known, labels: new Map([[2, 'a label']]) })
    expect([...labelled.shades]).toEqual([LIT, FADED, FADED, FADED, FADED])
    expect(labelled.shown).toBe(1)
  })

  test('without any density known nothing is lit', () => {
    expect(paintOf('density', known)).toMatchObject({ shown: 0, range: undefined })
  })
})
