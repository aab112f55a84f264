import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PartialChunks, readPiece } from '../../src/hub/partial-chunks.ts'

const BYTES = Uint8Array.from({ length: 1000 }, (_, i) => (i * 2654435761) >>> 24)

test('a chunk is whole when its last byte has come, in whatever order and overlap', () => {
  const spans = fc.array(fc.tuple(fc.nat(999), fc.integer({ min: 1, max: 400 })), { maxLength: 30 })
  fc.assert(
    fc.property(spans, (parts) => {
      const partial = new PartialChunks()
      const come = new Set<number>()
      for (const [from, length] of parts) {
        const to = Math.min(1000, from + length)
        const whole = partial.add('a', 1000, from, BYTES.subarray(from, to))
        for (let i = from; i < to; i++) come.add(i)
        expect(whole !== undefined).toBe(come.size === 1000)
        if (whole) {
          expect(whole).toEqual(BYTES)
          // A value that is returned would count as the property's own verdict.
          return
        }
        expect(partial.covered('a', 100, 700)).toBe([...come].filter((i) => i >= 100 && i < 700).length)
      }
      const rest = partial.add('a', 1000, 0, BYTES)
      expect(rest).toEqual(BYTES)
      expect(partial.covered('a', 0, 1000)).toBe(0)
    }),
    {
      examples: [
        [
          [
            [288, 397],
            [685, 315],
            [0, 288],
          ],
        ],
      ],
    },
  )
})

test('what has come can be read, and nothing beside it', () => {
  const partial = new PartialChunks()
  partial.add('a', 1000, 100, BYTES.subarray(100, 300))
  expect(partial.find('a', 150, 250)).toEqual(BYTES.subarray(150, 250))
  expect(partial.find('a', 99, 250)).toBeUndefined()
  expect(partial.find('b', 150, 250)).toBeUndefined()
})

test('what has come can be kept as a piece, and read from it', () => {
  const spans = fc.array(fc.tuple(fc.nat(899), fc.integer({ min: 1, max: 99 })), {
    minLength: 1,
    maxLength: 5,
  })
  fc.assert(
    fc.property(spans, (parts) => {
      const [one, two] = [new PartialChunks(), new PartialChunks()]
      for (const [from, length] of parts) one.add('a', 1000, from, BYTES.subarray(from, from + length))
      const piece = one.piece('a')
      if (!piece) throw new Error('nothing to keep')
      // As it lies in a larger buffer when it comes from storage.
      const padded = new Uint8Array(piece.length + 13)
      padded.set(piece, 5)
      for (const { from, bytes } of readPiece(padded.subarray(5, 5 + piece.length))) {
        two.add('a', 1000, from, bytes)
      }
      expect(two.piece('a')).toEqual(piece)
      const [first] = parts
      expect(two.find('a', first[0], first[0] + first[1])).toEqual(
        BYTES.subarray(first[0], first[0] + first[1]),
      )
    }),
  )
  expect(new PartialChunks().piece('a')).toBeUndefined()
})

test('memory is bounded: of many chunks begun, those not touched for longest are let go', () => {
  const partial = new PartialChunks()
  const held = (i: number) => partial.covered(`${i}`, 0, 1000)
  for (let i = 0; i < 12; i++) partial.add(`${i}`, 1000, 0, BYTES.subarray(0, 10))
  partial.add('0', 1000, 10, BYTES.subarray(10, 20))
  partial.add('12', 1000, 0, BYTES.subarray(0, 10))
  expect([held(0), held(1), held(12)]).toEqual([20, 0, 10])
})

test('memory given back and used again holds nothing of before', () => {
  const partial = new PartialChunks()
  const whole = partial.add('a', 1000, 0, BYTES)
  if (whole) partial.give(whole)
  partial.add('b', 1000, 0, BYTES.subarray(0, 1))
  expect(partial.covered('b', 0, 1000)).toBe(1)
})
