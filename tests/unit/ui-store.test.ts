// The page's state over a fake engine: what an address shows, what a click writes into it, and which answer wins.
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { UserError } from '../../src/lib/errors.ts'
import { EXAMPLES } from '../../src/lib/examples.ts'
import { exploreRoute, formatRoute, parseRoute } from '../../src/lib/route.ts'
import { type AppStore, createAppStore } from '../../src/store/app-store.ts'
import { type FakeEngine, fakeEngine } from '../support/fake-engine.ts'

const MODEL = 'fake-mini'
const RES = '3-fakescope-res-4k'
const OTHER = '2-fakescope-res-4k'

let engine: FakeEngine
let store: AppStore
let hash: string
let history: string[]

beforeEach(() => {
  engine = fakeEngine()
  hash = ''
  history = ['']
  store = createAppStore({
    client: engine.client,
    address: {
      read: () => hash,
      write: (next, how) => {
        hash = next
        if (how === 'push') history.push(next)
        else history[history.length - 1] = next
      },
    },
  })
})

const state = () => store.getState()

async function open(address: string): Promise<void> {
  hash = address
  await state().followAddress()
}

/** A promise and the way to fulfil it. */
function gate(): { promise: Promise<void>; open: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, open: () => resolve() }
}

describe('opening the page', () => {
  test('without an address it opens the default source, runs the first example and writes both down', async () => {
    await open('')
    expect(state().shown?.text).toBe(EXAMPLES[0].text)
    expect(parseRoute(hash)).toEqual(exploreRoute(MODEL, RES, EXAMPLES[0].text))
    expect(history).toHaveLength(1)
  })

  test('a link opens its source, runs its text and restores locks and ranking', async () => {
    const route = {
      ...exploreRoute(MODEL, OTHER, 'a time machine'),
      tokens: [2],
      features: [7, 9],
      ranking: 'sum' as const,
    }
    await open(formatRoute(route))
    expect(state().sae?.source).toBe(OTHER)
    expect(state().shown).toMatchObject({ text: 'a time machine', source: OTHER })
    expect(state()).toMatchObject({
      lockedTokens: [2],
      lockedFeatures: [7, 9],
      listing: { ranking: 'sum' },
      draft: 'a time machine',
    })
  })

  test('a feature link runs its test text', async () => {
    await open(`#/${MODEL}/${RES}/7?defaulttesttext=time`)
    expect(state().route).toMatchObject({ view: 'feature', index: 7 })
    expect(state().shown?.text).toBe('time')
  })

  test.each([
    ['an unknown model', '#/gemma-9/x', 'no model “gemma-9”'],
    ['an unknown source', `#/${MODEL}/nope`, 'no source “nope”'],
    ['a feature past the last', `#/${MODEL}/${RES}/4096`, 'no feature 4096'],
    ['a locked feature past the last', `#/${MODEL}/${RES}?feature=5000`, 'no feature 5000'],
    ['a broken percent-escape', `#/${MODEL}/${RES}?text=%E0%A4%A`, 'damaged'],
  ])('%s is an error in the page, with a way back', async (_, address, words) => {
    await open(address)
    expect(state().routeError?.message).toContain(words)
    expect(state().catalogue).toBeDefined()
    await state().visit({ view: 'home' })
    expect(state().routeError).toBeUndefined()
    expect(state().shown?.text).toBe(EXAMPLES[0].text)
  })
})

describe('running texts', () => {
  test('the latest run wins, whichever answers last', async () => {
    await open(`#/${MODEL}/${RES}`)
    const slow = gate()
    engine.hold.set('run', slow.promise)
    const first = state().run('the first')
    engine.hold.delete('run')
    await state().run('the second')
    slow.open()
    await first
    expect(state().shown?.text).toBe('the second')
    expect(state().running).toBeUndefined()
  })

  test('a failed run keeps the last result and says why; trying again works', async () => {
    await open(formatRoute(exploreRoute(MODEL, RES, 'good')))
    engine.fail.set('run', new UserError({ title: 'No.', detail: 'Because.', remedy: 'Again.' }))
    state().setDraft('bad')
    await state().submit()
    expect(state().runError?.title).toBe('No.')
    expect(state().shown?.text).toBe('good')
    engine.fail.clear()
    await state().retry()
    expect(state().runError).toBeUndefined()
    expect(state().shown?.text).toBe('bad')
  })

  test('cancel stops the work without an error and keeps what was there', async () => {
    await open(formatRoute(exploreRoute(MODEL, RES, 'good')))
    engine.hold.set('run', gate().promise)
    const running = state().run('never ends')
    expect(state().running?.progress).toMatchObject({ done: 1, total: 2 })
    state().cancel()
    await running
    expect(state()).toMatchObject({ running: undefined, runError: undefined })
    expect(state().shown?.text).toBe('good')
  })

  test('Run writes the text into the address as a new step, and drops the locks of the old text', async () => {
    await open(formatRoute({ ...exploreRoute(MODEL, RES, 'old text'), tokens: [1] }))
    state().setDraft('new\ntext')
    await state().submit()
    expect(parseRoute(hash)).toEqual(exploreRoute(MODEL, RES, 'new\ntext'))
    expect(state().lockedTokens).toEqual([])
    expect(history).toHaveLength(2)
  })

  test('an empty text shows nothing and asks the engine nothing', async () => {
    await open(formatRoute(exploreRoute(MODEL, RES, '')))
    expect(state()).toMatchObject({ shown: undefined, runError: undefined, running: undefined })
    expect(engine.calls.filter((call) => call.startsWith('run'))).toEqual([])
  })

  test('<bos> counts only when asked for', async () => {
    await open(formatRoute(exploreRoute(MODEL, RES, 'time')))
    expect(state().shown?.totals[0]).toBe(0)
    state().setBos(true)
    expect(state().shown?.totals[0]).toBeGreaterThan(0)
    expect(hash).toContain('bos=true')
  })
})

describe('sources', () => {
  test('another source of the same model opens only its SAE and runs the text again', async () => {
    await open(formatRoute(exploreRoute(MODEL, RES, 'time')))
    await state().visit(exploreRoute(MODEL, OTHER, 'time'))
    expect(engine.calls).toContain('open – fake/scope-res/layer_2/params.npz')
    expect(state().shown).toMatchObject({ source: OTHER, text: 'time' })
  })

  test('a source that cannot be opened leaves the open one and its result', async () => {
    await open(formatRoute(exploreRoute(MODEL, RES, 'time')))
    engine.fail.set('open', new UserError({ title: 'Broken file.', detail: 'params.npz', remedy: 'Again.' }))
    await state().visit(exploreRoute(MODEL, OTHER, 'time'))
    expect(state().openError?.title).toBe('Broken file.')
    expect(state().sae?.source).toBe(RES)
    expect(state().shown?.source).toBe(RES)
    engine.fail.clear()
    await state().retry()
    expect(state()).toMatchObject({ openError: undefined, sae: { source: OTHER }, shown: { source: OTHER } })
  })

  test('changing one’s mind while a source opens ends on the last one chosen', async () => {
    await open(formatRoute(exploreRoute(MODEL, RES, 'time')))
    const slow = gate()
    engine.hold.set('open', slow.promise)
    const first = state().visit(exploreRoute(MODEL, OTHER, 'time'))
    const second = state().visit(exploreRoute(MODEL, '3-fakescope-transcoder-4k', 'time'))
    slow.open()
    await Promise.all([first, second])
    expect(state().sae?.source).toBe('3-fakescope-transcoder-4k')
    expect(state().shown?.source).toBe('3-fakescope-transcoder-4k')
    expect(state()).toMatchObject({ opening: undefined, openError: undefined })
  })

  test('going back to the open source while another opens stops the other', async () => {
    await open(formatRoute(exploreRoute(MODEL, RES, 'time')))
    engine.hold.set('open', gate().promise)
    const away = state().visit(exploreRoute(MODEL, OTHER, 'time'))
    await state().visit(exploreRoute(MODEL, RES, 'time again'))
    await away
    expect(state()).toMatchObject({ opening: undefined, openError: undefined, sae: { source: RES } })
    expect(state().shown?.text).toBe('time again')
  })
})

describe('locks', () => {
  beforeEach(() => open(formatRoute(exploreRoute(MODEL, RES, 'a time machine'))))

  test('a click locks one, a shift-click several, Escape none; the address follows without new steps', () => {
    state().toggleToken(2, false)
    state().toggleToken(1, true)
    expect(hash).toContain('token=1,2')
    state().toggleFeature(7, false)
    state().toggleFeature(9, false)
    expect(hash).toContain('feature=9')
    state().toggleToken(1, false)
    expect(state().lockedTokens).toEqual([])
    state().unlock()
    expect(parseRoute(hash)).toEqual(exploreRoute(MODEL, RES, 'a time machine'))
    expect(history).toHaveLength(1)
  })

  test('nothing runs again for a lock or a ranking', () => {
    const before = engine.calls.length
    state().toggleToken(2, false)
    state().setListing({ ranking: 'count' })
    expect(engine.calls).toHaveLength(before)
  })
})

describe('features', () => {
  beforeEach(() => open(`#/${MODEL}/${RES}/7?defaulttesttext=time`))

  test('next and previous stay within the width', async () => {
    state().stepFeature(1)
    expect(state().route).toMatchObject({ view: 'feature', index: 8 })
    await open(`#/${MODEL}/${RES}/0`)
    state().stepFeature(-1)
    expect(state().route).toMatchObject({ index: 0 })
    await open(`#/${MODEL}/${RES}/4095`)
    state().stepFeature(1)
    expect(state().route).toMatchObject({ index: 4095 })
  })

  test('a dashboard and promoted tokens are asked for once', async () => {
    await Promise.all([state().loadDashboard(7), state().loadDashboard(7)])
    await state().loadPromoted([1, 2])
    await state().loadPromoted([2, 3])
    expect(engine.calls.filter((call) => call.startsWith('feature'))).toEqual(['feature 7'])
    expect(engine.calls.filter((call) => call.startsWith('promoted'))).toEqual(['promoted 1,2', 'promoted 3'])
    expect([...state().promoted.keys()]).toEqual([1, 2, 3])
  })

  test('what was known of one source is forgotten with it, even when it answers late', async () => {
    const slow = gate()
    engine.hold.set('feature', slow.promise)
    const late = state().loadDashboard(8)
    await state().visit(exploreRoute(MODEL, OTHER, 'time'))
    slow.open()
    await late
    expect(state().dashboards.size).toBe(0)
  })

  test('stepping on gives up the dashboard nobody waits for, and it can be asked for again', async () => {
    const slow = gate()
    engine.hold.set('feature', slow.promise)
    const left = state().loadDashboard(7)
    engine.hold.delete('feature')
    await state().loadDashboard(8)
    await left
    expect(state().dashboards.has(7)).toBe(false)
    expect(state().dashboards.get(8)).toHaveProperty('dashboard')
    await state().loadDashboard(7)
    expect(state().dashboards.get(7)).toHaveProperty('dashboard')
  })

  test('a dashboard that failed can be asked for again', async () => {
    engine.fail.set('feature', new UserError({ title: 'No.', detail: 'x', remedy: 'y' }))
    await state().loadDashboard(9)
    expect(state().dashboards.get(9)).toHaveProperty('error')
    engine.fail.clear()
    await state().loadDashboard(9)
    expect(state().dashboards.get(9)).toHaveProperty('dashboard')
  })
})

test('other backends run the shown text again', async () => {
  await open(formatRoute(exploreRoute(MODEL, RES, 'time')))
  await state().setBackends({ ...state().choice, sae: 'wasm' })
  expect(engine.calls.slice(-2)).toEqual(['setBackends wasm/auto', 'run time'])
})

test('what a script opens is what the page shows', async () => {
  await open(formatRoute(exploreRoute(MODEL, RES, 'time')))
  const opened = await engine.client.open({ sae: 'fake/scope-res/layer_2/params.npz' })
  await state().adopt(opened)
  expect(state().shown).toMatchObject({ source: OTHER, text: 'time' })
  expect(parseRoute(hash)).toEqual(exploreRoute(MODEL, OTHER, 'time'))
})

describe('a page in front of the source', () => {
  test('keeps its address while what it hides is changed, and the source comes back from it', async () => {
    const address = `#/${MODEL}/${RES}?text=The%20wolf`
    await open(address)
    await open('#/storage')
    state().unlock()
    state().setListing({ k: 5 })
    expect(hash).toBe('#/storage')
    await open(address)
    expect(state().page).toBeUndefined()
    expect(state().route?.view).toBe('explore')
  })

  test('is not written over by a search that was being typed', async () => {
    vi.useFakeTimers()
    try {
      await open(`#/${MODEL}/${RES}?view=browse`)
      state().setBrowseQuery({ text: 'wolf' }, 'typing')
      await open('#/storage')
      await vi.advanceTimersByTimeAsync(1000)
      expect(hash).toBe('#/storage')
    } finally {
      vi.useRealTimers()
    }
  })
})
