// The map in the page's state, over a fake engine: computed once, cancelled, coloured by the address, picked from.
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { UserError } from '../../src/lib/errors.ts'
import type { AppState } from '../../src/store/types.ts'
import { type PageState, pageState } from '../support/page-state.ts'

const MAP = '#/fake-mini/3-fakescope-res-4k?view=map'

let page: PageState
beforeEach(() => {
  page = pageState()
})
const state = (): AppState => page.store.getState()
const asked = (name: string): string[] => page.engine.calls.filter((call) => call.startsWith(name))

test('opens the source without running a text, and computes the map once', async () => {
  await page.go(`${MAP}&text=a%20time%20machine`)
  await Promise.all([state().loadMap(), state().loadMap()])
  await state().loadMap()
  expect(state().map).toMatchObject({ status: 'ready', value: { dSae: 30 } })
  expect(asked('featureMap')).toHaveLength(1)
  expect(asked('run')).toEqual([])
  await vi.waitFor(() => expect(state().map).toHaveProperty('density.length', 10))
})

test('shows how far it is, can be cancelled and asked for again', async () => {
  await page.go(MAP)
  page.engine.hold.set('featureMap', new Promise(() => undefined))
  const loading = state().loadMap()
  await vi.waitFor(() => expect(state().map).toMatchObject({ status: 'loading', progress: { done: 1 } }))
  state().cancelMap()
  await loading
  expect(state().map?.status).toBe('cancelled')
  page.engine.hold.delete('featureMap')
  await state().loadMap()
  expect(state().map?.status).toBe('ready')
})

test('a failure is told, and tried again', async () => {
  await page.go(MAP)
  const error = new UserError({ title: 'No map.', detail: 'None.', remedy: 'Again.' })
  page.engine.fail.set('featureMap', error)
  await state().loadMap()
  expect(state().map).toMatchObject({ status: 'failed', error })
  page.engine.fail.delete('featureMap')
  await state().loadMap()
  expect(state().map?.status).toBe('ready')
})

test('the map of one source is not that of the next', async () => {
  await page.go(MAP)
  await state().loadMap()
  state().pickOnMap([3, 6])
  const first = state().sae
  expect(state().map?.of).toBe(first)
  expect(state().mapPicked).toMatchObject({ of: first, features: [3, 6] })
  await page.go('#/fake-mini/2-fakescope-res-4k?view=map')
  expect(state().map?.of).not.toBe(state().sae)
  await state().loadMap()
  expect(state().map?.of).toBe(state().sae)
  expect(state().mapPicked?.of).not.toBe(state().sae)
})

describe('a search on the map', () => {
  test('of the address lights what the list of features finds', async () => {
    await page.go(`${MAP}&colour=search&q=time`)
    await state().loadMapHits()
    const { features } = await page.engine.client.browse({
      ...{ text: 'time', sort: 'index', descending: false },
      ...{ density: undefined, dead: 'shown', labelled: false },
    })
    expect(features.length).toBeGreaterThan(0)
    expect([...(state().mapHits?.features ?? [])]).toEqual([...features])
  })

  test('goes into the address as it is typed, and empties with the words', async () => {
    await page.go(MAP)
    state().setMapQuery({ text: 'time', colour: 'search' }, 'typing')
    await vi.waitFor(() => expect(page.hash()).toBe(`${MAP}&colour=search&q=time`))
    await vi.waitFor(() => expect(state().mapHits?.text).toBe('time'))
    state().setMapQuery({ text: '' }, 'choice')
    expect(page.hash()).toBe(`${MAP}&colour=search`)
    await vi.waitFor(() => expect(state().mapHits).toBeUndefined())
  })

  test('of older words does not take the place of newer ones', async () => {
    await page.go(MAP)
    state().setMapQuery({ text: 'ti', colour: 'search' }, 'typing')
    state().setMapQuery({ text: 'time', colour: 'search' }, 'typing')
    await vi.waitFor(() => expect(state().mapHits?.text).toBe('time'))
    await new Promise((later) => setTimeout(later, 20))
    expect(state().mapHits?.text).toBe('time')
  })
})
