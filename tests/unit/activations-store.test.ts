// Given activations in the page's state: shown in place of a text, kept when the source changes, closed again.
import { beforeEach, expect, test } from 'vitest'
import { UserError } from '../../src/lib/errors.ts'
import { exploreRoute, formatRoute, parseRoute } from '../../src/lib/route.ts'
import type { AppStore } from '../../src/store/app-store.ts'
import { inputOf } from '../../src/store/types.ts'
import type { FakeEngine } from '../support/fake-engine.ts'
import { type PageState, pageState } from '../support/page-state.ts'

const MODEL = 'fake-mini'
const RES = '3-fakescope-res-4k'
const OTHER = '2-fakescope-res-4k'
const TEXT = 'a time machine'
const FILE = [new File([], 'dump.npy')]

let engine: FakeEngine
let store: AppStore
let page: PageState

beforeEach(async () => {
  page = pageState()
  engine = page.engine
  store = page.store
  await page.go(formatRoute({ ...exploreRoute(MODEL, RES, TEXT), tokens: [1] }))
  engine.calls.length = 0
})

const state = () => store.getState()
const runs = () => engine.calls.filter((call) => /^run(Activations)? /.test(call))

test('opening shows the first sequence, without the text in the address, which would promise it', async () => {
  await state().openActivations(FILE)
  expect(state().activations).toMatchObject({ info: { name: 'dump.npy' }, sequence: 0 })
  expect(state().shown).toMatchObject({
    origin: { activations: { name: 'dump.npy' }, sequence: 0 },
    text: undefined,
    source: RES,
  })
  expect(runs()).toEqual(['runActivations 0'])
  expect(parseRoute(page.hash())).toEqual(exploreRoute(MODEL, RES))
  expect(state().draft).toBe(TEXT)
})

test('dropping a file of activations does the same', async () => {
  await state().openFiles(FILE)
  expect(state().shown?.origin).toMatchObject({ sequence: 0 })
  expect(runs()).toEqual(['runActivations 0'])
})

test('another sequence takes the place of the first, and locks on its tokens go', async () => {
  await state().openActivations(FILE)
  state().toggleToken(2, false)
  await state().showSequence(1)
  expect(state().shown?.origin).toMatchObject({ sequence: 1 })
  expect(state().lockedTokens).toEqual([])
  expect(parseRoute(page.hash())).toEqual(exploreRoute(MODEL, RES))
})

test('another source encodes the same sequence; no text is run though the picker names one', async () => {
  await state().openActivations(FILE)
  await state().showSequence(1)
  engine.calls.length = 0
  await state().visit(exploreRoute(MODEL, OTHER, state().draft))
  expect(runs()).toEqual(['runActivations 1'])
  expect(state().shown).toMatchObject({ source: OTHER, origin: { sequence: 1 } })
  expect(parseRoute(page.hash())).toEqual(exploreRoute(MODEL, OTHER))
})

test('a source they do not fit leaves nothing of the old one, and one that fits works again', async () => {
  await state().openActivations(FILE)
  const misfit = new UserError({ title: 'No fit.', detail: '144 and 96.', remedy: 'Choose another.' })
  engine.fail.set('runActivations', misfit)
  await state().visit(exploreRoute(MODEL, OTHER))
  expect(state()).toMatchObject({ runError: misfit, shown: undefined })
  engine.fail.clear()
  await state().visit(exploreRoute(MODEL, RES))
  expect(state().runError).toBeUndefined()
  expect(state().shown?.origin).toMatchObject({ sequence: 0 })
})

test('another backend and a feature’s page keep the sequence', async () => {
  await state().openActivations(FILE)
  engine.calls.length = 0
  await state().setBackends({ ...state().choice, sae: 'wasm' })
  expect(runs()).toEqual(['runActivations 0'])
  await state().visit({ view: 'feature', model: MODEL, source: RES, index: 7, text: undefined })
  expect(runs()).toHaveLength(1)
  expect(state().shown?.origin).toMatchObject({ sequence: 0 })
})

test('closing goes back to the text', async () => {
  await state().openActivations(FILE)
  await state().closeActivations()
  expect(state().activations).toBeUndefined()
  expect(state().shown).toMatchObject({ origin: 'text', text: TEXT })
  expect(parseRoute(page.hash())).toEqual(exploreRoute(MODEL, RES, TEXT))
  expect(engine.calls).toContain('closeActivations')
})

test('a file that cannot be opened leaves the text as it was', async () => {
  engine.fail.set('openActivations', new UserError({ title: 'No.', detail: '', remedy: '' }))
  await state().openActivations(FILE)
  expect(state().openError?.title).toBe('No.')
  expect(state().shown?.text).toBe(TEXT)
  expect(state().activations).toBeUndefined()
})

test('what is exported is what is shown', async () => {
  await state().exportDense()
  await state().openActivations(FILE)
  await state().showSequence(1)
  await state().exportDense()
  expect(engine.calls.filter((call) => call.startsWith('exportDense'))).toEqual([
    `exportDense ${JSON.stringify(TEXT)}`,
    'exportDense {"sequence":1}',
  ])
  const { shown } = state()
  expect(shown && inputOf(shown)).toEqual({ sequence: 1 })
})
