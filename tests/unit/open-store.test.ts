// Opening what is not beside the page: nothing large is fetched unasked, and what was open stays when it fails.
import { beforeEach, expect, test } from 'vitest'
import { UserError } from '../../src/lib/errors.ts'
import { type PageState, pageState } from '../support/page-state.ts'

const PUBLIC = '#/gemma-2-2b/20-gemmascope-res-16k'
const FILE = 'google/gemma-scope-2b-pt-res/layer_20/width_16k/average_l0_71/params.npz'

let page: PageState

beforeEach(() => {
  page = pageState()
})

const state = () => page.store.getState()
const opens = () => page.engine.calls.filter((call) => call.startsWith('open'))
const go = (address: string) => page.go(address)

test('a link to a source of the hub asks before it downloads, with what is stored of it already', async () => {
  page.engine.stored.files.push({
    key: 'a',
    name: FILE,
    size: 302_131_416,
    present: 40_000_000,
    verified: 'incomplete',
    lastUsed: 0,
  })
  await go(`${PUBLIC}?text=Hello`)
  expect(state().offer).toMatchObject({ entry: { source: '20-gemmascope-res-16k' }, present: 40_000_000 })
  expect(opens()).toEqual([])
})

test('accepted, it opens the SAE alone and shows the page the link meant', async () => {
  await go(`${PUBLIC}/12082`)
  await state().acceptOffer()
  expect(opens()).toEqual([`open – ${FILE}`])
  expect(state().offer).toBeUndefined()
  expect(state().sae?.source).toBe('20-gemmascope-res-16k')
  expect(state().route).toMatchObject({ view: 'feature', index: 12082 })
})

test('declined, what was open is shown again', async () => {
  await go('')
  await go(PUBLIC)
  await state().declineOffer()
  expect(state().offer).toBeUndefined()
  expect(state().route?.source).toBe('3-fakescope-res-4k')
  expect(page.hash()).toContain('3-fakescope-res-4k')
  expect(opens()).toHaveLength(1)
})

test('a source that is stored whole opens without a question', async () => {
  page.engine.stored.files.push({
    key: 'a',
    name: FILE,
    size: 302_131_416,
    present: 302_131_416,
    verified: 'sha256',
    lastUsed: 0,
  })
  await go(PUBLIC)
  expect(state().offer).toBeUndefined()
  expect(state().sae?.dSae).toBe(16384)
})

test('a text is not run where the open model cannot give the source what it reads', async () => {
  await go('#/fake-mini/3-fakescope-res-4k?text=time')
  await go(`${PUBLIC}?text=time`)
  page.engine.calls.length = 0
  await state().acceptOffer()
  expect(state().shown).toBeUndefined()
  expect(page.engine.calls.filter((call) => call.startsWith('run'))).toEqual([])
})

test('a link that names an address asks first, and opens it when told to', async () => {
  const reference = 'hf:someone/their-sae@main/params.npz'
  await go(`#/unknown/${encodeURIComponent(reference)}`)
  expect(state().offer).toMatchObject({ entry: undefined, route: { source: reference } })
  await state().acceptOffer()
  expect(opens()).toEqual([`openAny ${reference}`])
  expect(state().sae?.source).toBe(reference)
})

test('a link to somebody’s local file says that the file is not in the link', async () => {
  await go('#/gemma-2-2b/params.npz')
  expect(state().routeError?.title).toContain('params.npz')
  expect(state().routeError?.remedy).toContain('Drop the file')
})

test('dropped files that cannot be opened leave what was open in place, and say why', async () => {
  await go('')
  page.engine.fail.set('openAny', new UserError({ title: 'No.', detail: 'Not that.', remedy: 'Another.' }))
  await state().openFiles([new File(['x'], 'notes.txt')])
  expect(state().openError?.title).toBe('No.')
  expect(state().sae?.source).toBe('3-fakescope-res-4k')
  expect(state().shown).toBeDefined()
})

test('what could not be opened from the page of sources is told there, and not on the next page', async () => {
  await go('#/sources')
  page.engine.fail.set('openAny', new UserError({ title: 'No.', detail: 'Not that.', remedy: 'Another.' }))
  await state().openFiles([new File(['x'], 'notes.txt')])
  await go('#/sources')
  expect(state().openError?.title).toBe('No.')
  await go('#/storage')
  expect(state().openError).toBeUndefined()
})

test('the pages of sources and of storage keep what is open behind them', async () => {
  await go('')
  await go('#/sources')
  expect(state().page).toBe('sources')
  expect(state().route?.source).toBe('3-fakescope-res-4k')
  await go('#/storage')
  expect(state().page).toBe('storage')
  await state().visit({ view: 'home' })
  expect(state().page).toBeUndefined()
  expect(opens()).toHaveLength(1)
})
