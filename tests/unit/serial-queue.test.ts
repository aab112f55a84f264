// Work given to a serial queue never overlaps, and a failure stops nothing behind it.
import { expect, test } from 'vitest'
import { serialQueue } from '../../src/lib/serial-queue.ts'

test('runs pieces one after another in the order given, past failures', async () => {
  const queue = serialQueue()
  const log: string[] = []
  const piece = (name: string, milliseconds: number, fails = false) =>
    queue(async () => {
      log.push(`${name} starts`)
      await new Promise((resolve) => setTimeout(resolve, milliseconds))
      log.push(`${name} ends`)
      if (fails) throw new Error(name)
      return name
    })
  const results = await Promise.allSettled([piece('a', 8), piece('b', 4, true), piece('c', 0)])
  expect(log).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends'])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(results[2]).toHaveProperty('value', 'c')
})
