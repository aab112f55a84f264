// Several pieces of work at a time: how many, in which order, and what a failure does to the others.
import { expect, test } from 'vitest'
import { atOnce } from '../../src/lib/at-once.ts'

const turn = () => new Promise((resolve) => setTimeout(resolve))

test('never has more under way than told, starts in order, and does all', async () => {
  const started: number[] = []
  let [underWay, most] = [0, 0]
  await atOnce([5, 4, 3, 2, 1, 0], 3, async (item) => {
    started.push(item)
    underWay += 1
    most = Math.max(most, underWay)
    for (let i = 0; i < item; i += 1) await turn()
    underWay -= 1
  })
  expect(started).toEqual([5, 4, 3, 2, 1, 0])
  expect(most).toBe(3)
})

test('after a failure the others are told, none is started, and it rejects when all have ended', async () => {
  const events: string[] = []
  const work = async (item: string, signal: AbortSignal) => {
    events.push(`${item} starts`)
    if (item === 'bad') throw new Error('broken')
    while (!signal.aborted) await turn()
    events.push(`${item} was told`)
    signal.throwIfAborted()
  }
  await expect(atOnce(['good', 'bad', 'late'], 2, work)).rejects.toThrow('broken')
  expect(events).toEqual(['good starts', 'bad starts', 'good was told'])
})

test('an aborted signal stops it with its reason', async () => {
  const controller = new AbortController()
  const done: number[] = []
  const run = atOnce(
    [1, 2, 3, 4],
    1,
    async (item) => {
      done.push(item)
      if (item === 2) controller.abort()
    },
    controller.signal,
  )
  await expect(run).rejects.toHaveProperty('name', 'AbortError')
  expect(done).toEqual([1, 2])
})
