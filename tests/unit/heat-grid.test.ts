// Where the cells of a heat map are: under the pointer, in sight, and under the cursor that keys move.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cellAt, inSight, movedCell, scrolledTo } from '../../src/lib/heat-grid.ts'

const grid = { rows: 3, columns: 1024, width: 16, height: 26 }

test('a point is in the cell drawn there, or in none', () => {
  expect(cellAt(0, 0, grid)).toEqual({ row: 0, column: 0 })
  expect(cellAt(1024 * 16 - 0.1, 3 * 26 - 0.1, grid)).toEqual({ row: 2, column: 1023 })
  for (const [x, y] of [
    [-1, 5],
    [5, -0.1],
    [1024 * 16, 5],
    [5, 3 * 26],
  ]) {
    expect(cellAt(x, y, grid)).toBeUndefined()
  }
})

test('what is in sight is every cell that shows at least a part of itself, and no other', () => {
  // As browsers tell scroll offsets: in fractions of a pixel, not in numbers next to nothing.
  const pixels = fc.nat(25_600).map((parts) => parts / 64)
  fc.assert(
    fc.property(
      pixels,
      pixels,
      fc.integer({ min: 1, max: 30 }),
      fc.nat(40),
      (offset, extent, size, count) => {
        const [from, to] = inSight(offset, extent, size, count)
        for (let at = 0; at < count; at += 1) {
          const shows = (at + 1) * size > offset && at * size < offset + extent
          expect(at >= from && at < to).toBe(shows)
        }
      },
    ),
  )
})

test('keys walk the cells and stop at the borders; other keys are not for the map', () => {
  const at = { row: 1, column: 5 }
  const to = (key: string) => movedCell(at, key, grid, 20)
  expect(to('ArrowUp')).toEqual({ row: 0, column: 5 })
  expect(to('ArrowRight')).toEqual({ row: 1, column: 6 })
  expect(to('End')).toEqual({ row: 1, column: 1023 })
  expect(to('PageDown')).toEqual({ row: 1, column: 25 })
  expect(to('PageUp')).toEqual({ row: 1, column: 0 })
  expect(movedCell({ row: 2, column: 1023 }, 'ArrowDown', grid, 20)).toEqual({ row: 2, column: 1023 })
  expect(to('j')).toBeUndefined()
  expect(to('toString')).toBeUndefined()
})

test('the cursor’s cell is scrolled into sight, and what is in sight is not moved', () => {
  expect(scrolledTo(160, 16, 0, 400)).toBe(0)
  expect(scrolledTo(400, 16, 0, 400)).toBe(16)
  expect(scrolledTo(32, 16, 100, 400)).toBe(32)
})
