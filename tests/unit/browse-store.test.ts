// The page's state about the list of features: question and address, the newest answer, lines in sight, the way back.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { UserError } from '../../src/lib/errors.ts'
import { formatRoute, parseRoute } from '../../src/lib/route.ts'
import { type AppStore, createAppStore } from '../../src/store/app-store.ts'
import { nextOrder } from '../../src/views/browse/browse-sort.ts'
import { type FakeEngine, fakeEngine } from '../support/fake-engine.ts'

const LIST = '#/fake-mini/3-fakescope-res-4k?view=browse'

let engine: FakeEngine
let store: AppStore
let hash: string
let written: [how: string, hash: string][]

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  engine = fakeEngine()
  written = []
  hash = LIST
  store = createAppStore({
    client: engine.client,
    address: {
      read: () => hash,
      write: (next, how) => {
        hash = next
        written.push([how, next])
      },
    },
  })
})
afterEach(() => vi.useRealTimers())

const state = () => store.getState()
const calls = (name: string): string[] => engine.calls.filter((call) => call.split(' ')[0] === name)
const found = (): number[] => [...(state().browse?.features ?? [])]

async function openList(address = LIST): Promise<void> {
  hash = address
  await state().followAddress()
  await state().loadBrowse()
}

/** Lets every answer that is on its way arrive. */
async function rest(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}

describe('a question', () => {
  test('is read from the address, and no text is run for it', async () => {
    await openList(`${LIST}&sort=-max&dead=hidden&text=a+time+machine`)
    expect(found().slice(0, 3)).toEqual([4095, 4094, 4093])
    expect(state().browse).toMatchObject({ index: undefined, dead: undefined })
    expect(calls('run')).toEqual([])
    expect(state().draft).toBe('a time machine')
  })

  test('a choice is a step to go back from, typing one address a little later', async () => {
    await openList()
    state().setBrowseQuery({ sort: 'max', descending: true }, 'choice')
    expect(written).toEqual([['push', `${LIST}&sort=-max`]])
    for (const text of ['t', 'ti', 'tim', 'time']) state().setBrowseQuery({ text }, 'typing')
    expect(state().route).toMatchObject({ query: { text: 'time', sort: 'max' } })
    expect(written).toHaveLength(1)
    vi.advanceTimersByTime(1000)
    expect(written.slice(1)).toEqual([['replace', `${LIST}&q=time&sort=-max`]])
    expect(parseRoute(hash)).toEqual(state().route)
  })

  test('an address still to be written is not, once somebody has gone elsewhere', async () => {
    await openList()
    state().setBrowseQuery({ text: 'word7' }, 'typing')
    await state().visit({
      view: 'feature',
      model: 'fake-mini',
      source: '3-fakescope-res-4k',
      index: 7,
      text: undefined,
    })
    vi.advanceTimersByTime(1000)
    expect(hash).toBe('#/fake-mini/3-fakescope-res-4k/7')
  })

  test('of many asked while one is answered, only the newest is asked then, and shown', async () => {
    await openList()
    let release = (): void => undefined
    engine.hold.set('browse', new Promise<void>((done) => (release = done)))
    const before = calls('browse').length
    state().setBrowseQuery({ text: 'word1' }, 'typing')
    await rest()
    for (const text of ['word12', 'word123']) state().setBrowseQuery({ text }, 'typing')
    expect(state().browseBusy).toBe(true)
    engine.hold.clear()
    release()
    await rest()
    expect(calls('browse').length - before).toBe(2)
    expect(found()).toEqual([123, 1230, 1231, 1232, 1233, 1234, 1235, 1236, 1237, 1238, 1239])
    expect(state().browseBusy).toBe(false)
  })

  test('a failure is shown; the next try mends it', async () => {
    const failure = new UserError({ title: 'No.', detail: 'It failed.', remedy: 'Again.' })
    engine.fail.set('browse', failure)
    await openList()
    expect(state()).toMatchObject({ browse: undefined, browseError: failure, browseBusy: false })
    engine.fail.clear()
    await state().loadBrowse()
    expect(state().browseError).toBeUndefined()
    expect(found()).toHaveLength(4096)
  })

  test('is asked again where an index was built, and counts what never fires in it', async () => {
    await openList(`${LIST}&sort=-density`)
    await state().loadBrowseRows([7, 8])
    expect(state().browseRows.size).toBe(2)
    await state().buildIndex()
    await state().loadBrowse()
    expect(state().browse?.index?.manifest.countedTokens).toBe(100_000)
    expect(state().browse?.dead).toBe(410)
    expect(state().browseRows.size).toBe(0)
  })

  test('nothing is left of a list when another source opens', async () => {
    await openList(`${LIST}&labelled=true`)
    await state().loadBrowseRows([7])
    expect(found()).toEqual([7, 1200])
    hash = '#/fake-mini/2-fakescope-res-4k?view=browse'
    await state().followAddress()
    expect(state().browse).toBeUndefined()
    expect(state().browseRows.size).toBe(0)
    await state().loadBrowse()
    expect(found()).toHaveLength(4096)
  })
})

describe('lines', () => {
  test('are fetched once, those in sight last before those passed by', async () => {
    await openList()
    let release = (): void => undefined
    engine.hold.set('browseRows', new Promise<void>((done) => (release = done)))
    const first = state().loadBrowseRows([1, 2, 3])
    void state().loadBrowseRows([100, 101])
    void state().loadBrowseRows([3, 4])
    engine.hold.clear()
    release()
    await first
    expect(calls('browseRows')).toEqual(['browseRows 1,2,3', 'browseRows 4'])
    expect([...state().browseRows.keys()]).toEqual([1, 2, 3, 4])
  })

  test('those of long ago are let go', async () => {
    await openList()
    for (let first = 0; first < 2400; first += 100) {
      await state().loadBrowseRows(Array.from({ length: 100 }, (_, at) => first + at))
    }
    expect(state().browseRows.size).toBe(2000)
    expect(state().browseRows.has(399)).toBe(false)
    expect(state().browseRows.has(400)).toBe(true)
    expect(state().browseRows.has(2399)).toBe(true)
  })
})

describe('from the list to a feature and back', () => {
  test('the place is as it was, and nothing is asked again', async () => {
    await openList(`${LIST}&q=word12`)
    state().setBrowsePlace({ active: 5, offset: 180 })
    const list = state().listRoute
    state().openFound(5)
    await rest()
    expect(hash).toBe(`#/fake-mini/3-fakescope-res-4k/${found()[5]}`)
    const asked = calls('browse').length
    if (list) hash = formatRoute(list)
    expect(hash).toBe(`${LIST}&q=word12`)
    await state().followAddress()
    await state().loadBrowse()
    expect(calls('browse')).toHaveLength(asked)
    expect(state()).toMatchObject({ browseActive: 5, browseOffset: 180 })
  })

  test('another question begins at the top', async () => {
    await openList()
    state().setBrowsePlace({ active: 50, offset: 1800 })
    state().setBrowseQuery({ dead: 'hidden' }, 'choice')
    await rest()
    expect(state()).toMatchObject({ browseActive: 0, browseOffset: 0 })
  })

  test('a random feature is drawn from the whole width', async () => {
    await openList()
    vi.spyOn(Math, 'random').mockReturnValue(0.99999)
    state().randomFeature()
    expect(state().route).toMatchObject({ view: 'feature', index: 4095 })
    vi.restoreAllMocks()
  })
})

describe('the top bar’s search', () => {
  test('finds in the same texts: the first few lines, and how many there are', async () => {
    await openList('#/fake-mini/3-fakescope-res-4k')
    await state().searchFeatures('word12')
    expect(state().featureHits).toMatchObject({ text: 'word12', count: 111 })
    expect(state().featureHits?.rows.map(({ feature }) => feature)).toEqual([
      12, 120, 121, 122, 123, 124, 125, 126,
    ])
    await state().searchFeatures('')
    expect(state().featureHits).toBeUndefined()
  })

  test('an answer to an older text is not shown', async () => {
    await openList('#/fake-mini/3-fakescope-res-4k')
    let release = (): void => undefined
    engine.hold.set('browse', new Promise<void>((done) => (release = done)))
    const older = state().searchFeatures('word1')
    engine.hold.clear()
    await state().searchFeatures('word77')
    release()
    await older
    expect(state().featureHits?.text).toBe('word77')
  })
})

test('headings begin with the highest, then the lowest, then the list is by index again', () => {
  const byIndex = { sort: 'index', descending: false } as const
  expect(nextOrder(byIndex, 'max')).toEqual({ sort: 'max', descending: true })
  expect(nextOrder({ sort: 'max', descending: true }, 'max')).toEqual({ sort: 'max', descending: false })
  expect(nextOrder({ sort: 'max', descending: false }, 'max')).toEqual(byIndex)
  expect(nextOrder(byIndex, 'index')).toEqual({ sort: 'index', descending: true })
  expect(nextOrder({ sort: 'max', descending: true }, 'index')).toEqual(byIndex)
})

describe('the list as a file', () => {
  const call = { signal: new AbortController().signal }

  test('is of the question that is answered, not of one under way; nothing before any answer', async () => {
    expect(await state().browseFile('csv', call)).toBeUndefined()
    await openList(`${LIST}&sort=-max&dead=hidden`)
    state().setBrowseQuery({ text: 'word12' }, 'typing')
    const file = state().browseFile('csv', call)
    expect(calls('browseFile')).toHaveLength(1)
    expect(calls('browseFile')[0]).toContain('"text":"","sort":"max"')
    expect(await (await file)?.text()).toMatch(/^4095,4094,/)
  })
})
