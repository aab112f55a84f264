// A comparison in the page's state: which second run an address asks for, and what leaves it standing.
import { expect, test } from 'vitest'
import { UserError } from '../../src/lib/errors.ts'
import { comparisonOf } from '../../src/store/compare-slice.ts'
import { beyondOfTwo, comparedFiguresOf, figuresOf, sidesOf } from '../../src/store/figures-slice.ts'
import { pageState } from '../support/page-state.ts'

const OTHER = '2-fakescope-res-4k'

async function opened(query: string) {
  const page = pageState()
  await page.go(`#/fake-mini/3-fakescope-res-4k?view=compare&${query}`)
  const state = () => page.store.getState()
  await state().loadLibrary()
  return { ...page, state, found: () => comparisonOf(state()) }
}

test('a second text is run beside the first, which stays shown', async () => {
  const { state, found, engine, hash } = await opened('text=a%20time%20machine&with=a%20whale')
  expect(state().shown?.text).toBe('a time machine')
  await state().runComparison()
  expect(found()).toMatchObject({ status: 'ready', with: 'a whale' })
  expect(state().shown?.text).toBe('a time machine')
  expect(engine.calls.filter((call) => call.startsWith('run'))).toEqual(['run a time machine', 'run a whale'])
  // Another first text leaves the second run as it is.
  state().setDraft('another text')
  await state().submit()
  expect(hash()).toContain('view=compare&text=another%20text&with=a%20whale')
  expect(found()?.status).toBe('ready')
  const { route, visit } = state()
  if (route?.view !== 'compare') throw new Error('not comparing')
  await visit({ ...route, with: 'a ship' })
  expect(found()).toBeUndefined()
})

test('a second source is run on the shown text, which the open source stays open for', async () => {
  const { state, found, engine } = await opened(`text=a%20time%20machine&other=${OTHER}`)
  await state().runComparison()
  expect(found()).toMatchObject({
    status: 'ready',
    other: OTHER,
    value: { run: { source: OTHER, layer: 2 } },
  })
  expect(state().sae?.source).toBe('3-fakescope-res-4k')
  expect(engine.calls).toContain('runLayers a time machine fake/scope-res/layer_2/params.npz')
  state().setDraft('another text')
  await state().submit()
  expect(found()).toBeUndefined()
})

test.each(['with=', 'with=%20', 'other=', 'other=no-such-source', ''])(
  'nothing is run where nothing is chosen: %s',
  async (query) => {
    const { state, found, engine } = await opened(`text=a%20text&${query}`)
    const before = engine.calls.length
    await state().runComparison()
    expect(found()).toBeUndefined()
    expect(engine.calls).toHaveLength(before)
  },
)

test('a comparison can be cancelled, can fail, and can be tried again', async () => {
  const { state, found, engine } = await opened('text=one&with=two')
  engine.hold.set('run', new Promise(() => {}))
  const running = state().runComparison()
  await expect.poll(() => found()?.status).toBe('loading')
  state().cancelComparison()
  await running
  expect(found()?.status).toBe('cancelled')
  engine.hold.clear()
  engine.fail.set('run', new UserError({ title: 'No.', detail: 'Because.', remedy: 'Again.' }))
  await state().runComparison()
  expect(found()).toMatchObject({ status: 'failed', error: { title: 'No.' } })
  engine.fail.clear()
  await state().runComparison()
  expect(found()?.status).toBe('ready')
})

const asked = ({ engine }: Awaited<ReturnType<typeof opened>>) =>
  engine.calls.filter((call) => call.startsWith('featureFigures'))

test('the figures of a second text are asked for once, and nothing is left out before both are known', async () => {
  const page = await opened('dense=0.01&text=a%20time%20machine&with=a%20whale')
  const { state } = page
  await state().loadComparedFigures()
  expect(asked(page)).toEqual([])
  await state().runComparison()
  const beyond = () => beyondOfTwo(sidesOf(state()), 0.01)
  await state().loadFigures()
  expect(figuresOf(state())).toHaveProperty('value')
  expect(beyond()).toEqual({ first: { dense: 0.01 }, second: { dense: 0.01 } })
  await Promise.all([state().loadComparedFigures(), state().loadComparedFigures()])
  expect(asked(page)).toHaveLength(2)
  const known = beyond().second.figures
  const comparison = comparisonOf(state())
  if (comparison?.status !== 'ready' || !known) throw new Error('not known')
  expect([...known.keys()].sort()).toEqual([...new Set(comparison.value.features.indices)].sort())
  expect(beyond().first.figures?.size).toBeGreaterThan(0)
  // What the address asks for now has other features.
  const { route, visit } = state()
  if (route?.view !== 'compare') throw new Error('not comparing')
  await visit({ ...route, with: 'a ship' })
  expect(comparedFiguresOf(state())).toBeUndefined()
  // The first text is alone again, and is filtered alone.
  expect(beyond().first.figures?.size).toBeGreaterThan(0)
})

test('the figures of a second source are its own, and a failure can be asked again', async () => {
  const page = await opened(`dense=0.01&text=a%20time%20machine&other=${OTHER}`)
  const { state, engine } = page
  await state().runComparison()
  engine.fail.set('featureFigures', new UserError({ title: 'No.', detail: 'Damaged.', remedy: 'Again.' }))
  await state().loadComparedFigures()
  expect(comparedFiguresOf(state())).toMatchObject({ error: { title: 'No.' } })
  engine.fail.clear()
  await state().loadComparedFigures()
  expect(comparedFiguresOf(state())).toHaveProperty('value')
  const places = asked(page).map((call) => call.split(' of ')[1])
  expect(places).toEqual(['fake/scope-res/layer_2/params.npz', 'fake/scope-res/layer_2/params.npz'])
})

test('other numbers are another question', async () => {
  const { state, found } = await opened('text=one&with=two')
  await state().runComparison()
  await state().setBackends({ ...state().choice, sae: 'wasm' })
  expect(found()).toBeUndefined()
})
