// A host that owes this page nothing is asked one thing at a time, spaced, and left alone when it wants that.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Transient } from '../../src/hub/http-body.ts'
import { GaveUp, PoliteQueue } from '../../src/hub/polite-queue.ts'
import { UserError } from '../../src/lib/errors.ts'

const PACE = { spacing: 1000, firstDelay: 2000, patience: 60_000, failures: 3 }
const trouble = new UserError({ title: 'Trouble.', detail: 'There is some.', remedy: 'None.' })

let queue: PoliteQueue
/** What was asked, and when, in milliseconds from the start. */
let asked: [string, number][]
let began: number
const never = new AbortController().signal

beforeEach(() => {
  vi.useFakeTimers()
  queue = new PoliteQueue(
    ({ title, detail }) => ({ title: 'Stopped.', detail: `${title} ${detail}`, remedy: '' }),
    PACE,
  )
  asked = []
  began = Date.now()
})

afterEach(() => vi.useRealTimers())

/** Asks for `name`; `outcome` says what comes of each try, the last of them of all that follow. */
function ask(name: string, outcome: (tries: number) => Promise<string>, signal = never): Promise<string> {
  let tries = 0
  const answer = queue.run(() => {
    asked.push([name, Date.now() - began])
    tries += 1
    return outcome(tries)
  }, signal)
  // Rejections that a test looks at later are not unhandled.
  answer.catch(() => undefined)
  return answer
}

const good = async (): Promise<string> => 'good'
const slow = async (): Promise<string> => {
  await new Promise((resolve) => setTimeout(resolve, 5000))
  return 'slow'
}

test('one at a time, a second between the end of one and the next', async () => {
  const all = [ask('a', slow), ask('b', slow), ask('c', good)]
  await vi.runAllTimersAsync()
  expect(await Promise.all(all)).toEqual(['slow', 'slow', 'good'])
  expect(asked).toEqual([
    ['a', 0],
    ['b', 6000],
    ['c', 12_000],
  ])
})

test('the pause is kept when something is asked after a while of nothing', async () => {
  await ask('a', good)
  await vi.advanceTimersByTimeAsync(400)
  const second = ask('b', good)
  await vi.runAllTimersAsync()
  expect(await second).toBe('good')
  expect(asked.at(-1)).toEqual(['b', 1000])
})

test('what leaves before its turn is never asked, and what leaves while it is asked is given up', async () => {
  const [first, second] = [new AbortController(), new AbortController()]
  const heard: AbortSignal[] = []
  const one = queue.run((signal) => {
    heard.push(signal)
    return new Promise<string>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }, first.signal)
  const two = ask('b', good, second.signal)
  const three = ask('c', good)
  second.abort()
  await expect(two).rejects.toMatchObject({ name: 'AbortError' })
  first.abort()
  await expect(one).rejects.toMatchObject({ name: 'AbortError' })
  expect(heard[0].aborted).toBe(true)
  await vi.runAllTimersAsync()
  expect(await three).toBe('good')
  expect(asked.map(([name]) => name)).toEqual(['c'])
  await expect(ask('d', good, first.signal)).rejects.toMatchObject({ name: 'AbortError' })
})

test('a failure that may pass is asked again after a growing pause, everything else waits for it', async () => {
  const failing = ask('a', async (tries) => {
    if (tries < 3) throw new Transient(trouble)
    return 'at last'
  })
  const other = ask('b', good)
  await vi.runAllTimersAsync()
  expect(await failing).toBe('at last')
  expect(await other).toBe('good')
  expect(asked).toEqual([
    ['a', 0],
    ['a', 2000],
    ['a', 6000],
    ['b', 7000],
  ])
})

test('Retry-After is waited out to the millisecond', async () => {
  const limited = ask('a', async (tries) => {
    if (tries === 1) throw new Transient(trouble, 45_000)
    return 'good'
  })
  await vi.advanceTimersByTimeAsync(44_999)
  expect(asked).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(await limited).toBe('good')
})

test('a host that wants rest for an hour is not asked before, whoever tries', async () => {
  const limited = ask('a', async () => {
    throw new Transient(trouble, 3_600_000)
  })
  const other = ask('b', good)
  await vi.advanceTimersByTimeAsync(10)
  await expect(limited).rejects.toBeInstanceOf(GaveUp)
  await expect(other).rejects.toThrow('60 min')
  await vi.advanceTimersByTimeAsync(1_800_000)
  await expect(ask('c', good)).rejects.toThrow('30 min')
  expect(asked).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1_800_000)
  expect(await ask('d', good)).toBe('good')
})

test('three failures end it for all that wait, and the next one asked begins anew', async () => {
  const failing = ask('a', async () => {
    throw new Transient(trouble)
  })
  const other = ask('b', good)
  await vi.runAllTimersAsync()
  await expect(failing).rejects.toThrow('Stopped. Trouble.')
  await expect(other).rejects.toBeInstanceOf(GaveUp)
  expect(asked.map(([name]) => name)).toEqual(['a', 'a', 'a'])
  const again = ask('c', good)
  await vi.runAllTimersAsync()
  expect(await again).toBe('good')
})

test('one answer of no use concerns nobody else, three in a row do', async () => {
  const useless = async (): Promise<string> => {
    throw trouble
  }
  const names = ['a', 'b']
  const first = [ask('a', useless), ask('b', useless), ask('c', good)]
  await vi.runAllTimersAsync()
  for (const at of names.keys()) await expect(first[at]).rejects.toBe(trouble)
  expect(await first[2]).toBe('good')
  const more = [ask('d', useless), ask('e', useless), ask('f', useless), ask('g', good)]
  await vi.runAllTimersAsync()
  await expect(more[1]).rejects.toBe(trouble)
  await expect(more[2]).rejects.toBeInstanceOf(GaveUp)
  await expect(more[3]).rejects.toBeInstanceOf(GaveUp)
})
