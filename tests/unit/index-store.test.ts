// The activation index in the page's state: looked for once, built unasked for bundled sources, cancelled, dropped.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { UserError } from '../../src/lib/errors.ts'
import { pageState } from '../support/page-state.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

async function opened(address = '#/fake-mini/3-fakescope-res-4k') {
  const { engine, store, go } = pageState()
  await go(address)
  await store.getState().loadIndex()
  return {
    engine,
    go,
    state: () => store.getState(),
    builds: () => engine.calls.filter((call) => call.startsWith('buildIndex')),
  }
}

test('a bundled source without an index gets one after a while, and keeps it', async () => {
  const { engine, state, builds } = await opened()
  expect(state().index).toEqual({ status: 'known', info: undefined })
  state().buildUnasked()
  await vi.advanceTimersByTimeAsync(4000)
  expect(builds()).toEqual([])
  await vi.advanceTimersByTimeAsync(2000)
  expect(builds()).toEqual(['buildIndex bundled'])
  expect(state().index).toMatchObject({
    status: 'known',
    info: { manifest: { source: '3-fakescope-res-4k' } },
  })
  await state().loadIndex()
  expect(engine.calls.filter((call) => call === 'indexInfo')).toHaveLength(1)
  state().buildUnasked()
  await vi.advanceTimersByTimeAsync(9000)
  expect(builds()).toHaveLength(1)
})

test('what called it off in time is not built, and what was cancelled is not begun again unasked', async () => {
  const { engine, state, builds } = await opened()
  state().buildUnasked()()
  await vi.advanceTimersByTimeAsync(9000)
  expect(builds()).toEqual([])
  engine.hold.set('buildIndex', new Promise(() => {}))
  state().buildUnasked()
  await vi.advanceTimersByTimeAsync(6000)
  expect(state().indexing).toMatchObject({ of: '3-fakescope-res-4k', label: 'Fake buildIndex' })
  state().cancelIndexing()
  await vi.advanceTimersByTimeAsync(0)
  expect(state().indexing).toBeUndefined()
  expect(state().indexError).toBeUndefined()
  state().buildUnasked()
  await vi.advanceTimersByTimeAsync(9000)
  expect(builds()).toHaveLength(1)
})

test('a failure is said, and the page stays usable', async () => {
  const { engine, state } = await opened()
  engine.fail.set('buildIndex', new UserError({ title: 'No text.', detail: 'd', remedy: 'r' }))
  await state().buildIndex({ kind: 'text', name: 'mine', text: '' })
  expect(state().indexError?.title).toBe('No text.')
  engine.fail.clear()
  await state().buildIndex({ kind: 'text', name: 'mine', text: 'whales' })
  expect(state().indexError).toBeUndefined()
  expect(state().index).toMatchObject({ info: { origin: 'stored' } })
  await state().dropIndex()
  expect(state().index).toEqual({ status: 'known', info: undefined })
})

test('another source has its own', async () => {
  const { engine, go, state } = await opened()
  await state().buildIndex()
  await go('#/fake-mini/2-fakescope-res-4k')
  expect(state().sae?.source).toBe('2-fakescope-res-4k')
  await state().loadIndex()
  expect(engine.calls.filter((call) => call === 'indexInfo')).toHaveLength(2)
})

test('an index that was deleted with stored files is no longer shown', async () => {
  const { engine, state } = await opened()
  await state().buildIndex()
  expect(state().index).toMatchObject({ info: { origin: 'stored' } })
  await engine.client.dropIndex()
  await state().deleteStored(['an index'])
  expect(state().index).toEqual({ status: 'known', info: undefined })
})
