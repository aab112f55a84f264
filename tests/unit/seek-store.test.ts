// Labels for the features in sight, in the page's state: asked for only once that is on, and no more once it failed.
import { beforeEach, expect, test, vi } from 'vitest'
import { UserError } from '../../src/lib/errors.ts'
import type { Kept } from '../../src/lib/kept.ts'
import { type PageState, pageState } from '../support/page-state.ts'

const SOURCE = 'gemma-2-2b/20-gemmascope-res-16k'

let page: PageState
let remembered: Map<string, string>

const state = () => page.store.getState()
const sought = () => page.engine.calls.filter((call) => call.startsWith('seekLabel'))

/** A page over what is remembered, with a source open that Neuronpedia has. */
async function visit(): Promise<void> {
  const kept: Kept = {
    read: (name) => remembered.get(name),
    write: (name, value) =>
      void (value === undefined ? remembered.delete(name) : remembered.set(name, value)),
  }
  page = pageState(kept)
  await page.go(`#/${SOURCE}/12`)
  await state().acceptOffer()
  await state().loadLibrary()
}

beforeEach(async () => {
  remembered = new Map()
  await visit()
})

test('nothing is asked for until that is turned on, and the choice is remembered', async () => {
  state().seekLabel(40)
  expect(sought()).toEqual([])
  state().setSeeking(true)
  state().seekLabel(40)
  expect(sought()).toEqual([`seekLabel 40 https://www.neuronpedia.org/${SOURCE}`])
  await vi.waitFor(() => expect(state().labels.get(40)?.description).toBe('sought 40'))
  await visit()
  expect(state().seeking).toBe(true)
  state().setSeeking(false)
  state().seekLabel(42)
  expect(sought()).toEqual([])
  await visit()
  expect(state().seeking).toBe(false)
})

test('a feature that has a label is not asked for, one that has none there stays without', async () => {
  state().setSeeking(true)
  const [labelled] = [...state().labels.keys()]
  state().seekLabel(labelled)
  expect(sought()).toEqual([])
  state().seekLabel(41)
  expect(sought()).toHaveLength(1)
  await new Promise((resolve) => setTimeout(resolve))
  expect(state().labels.has(41)).toBe(false)
})

test('a source that Neuronpedia does not have is never asked for', async () => {
  state().setSeeking(true)
  await page.go('#/fake-mini/3-fakescope-res-4k')
  state().seekLabel(40)
  expect(sought()).toEqual([])
})

test('called off, it is no error; failed, it says why once and asks again when told to', async () => {
  state().setSeeking(true)
  page.engine.hold.set('seekLabel', new Promise(() => undefined))
  state().seekLabel(40)()
  await new Promise((resolve) => setTimeout(resolve))
  expect(state().seekError).toBeUndefined()

  page.engine.hold.clear()
  page.engine.fail.set('seekLabel', new UserError({ title: 'Stopped.', detail: 'A limit.', remedy: 'Wait.' }))
  state().seekLabel(42)
  await vi.waitFor(() => expect(state().seekError?.title).toBe('Stopped.'))
  const before = sought().length
  state().seekLabel(44)
  expect(sought()).toHaveLength(before)

  page.engine.fail.clear()
  state().retrySeeking()
  state().seekLabel(44)
  await vi.waitFor(() => expect(state().labels.get(44)?.description).toBe('sought 44'))
})

test('another host of the same kind is asked where one was given, and nothing that is no host', async () => {
  const hosts: [given: string, asked: string][] = [
    ['http://localhost:3000', 'http://localhost:3000'],
    ['https://np.example.org', 'https://np.example.org'],
    ['http://np.example.org', 'https://www.neuronpedia.org'],
    ['https://user@np.example.org', 'https://www.neuronpedia.org'],
    ['javascript:alert(1)', 'https://www.neuronpedia.org'],
  ]
  for (const [given, asked] of hosts) {
    remembered.set('neuronpedia', given)
    expect(pageStateHost()).toBe(asked)
  }
})

function pageStateHost(): string {
  return pageState({ read: (name) => remembered.get(name), write: () => undefined }).store.getState()
    .neuronpedia
}
