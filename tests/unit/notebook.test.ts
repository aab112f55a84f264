// A person's own labels, notes and lists: kept, shown first, found, and merged without losing either side.
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { UserError } from '../../src/lib/errors.ts'
import type { Kept } from '../../src/lib/kept.ts'
import { formatNotebook, mergeNotebooks, type Notebook, parseNotebook } from '../../src/lib/notebook.ts'
import type { ListRoute } from '../../src/lib/route.ts'
import { type AppStore, createAppStore } from '../../src/store/app-store.ts'
import { type FakeEngine, fakeEngine } from '../support/fake-engine.ts'

const place = { model: 'fake-mini', source: '3-fakescope-res-4k' }
const ADDRESS = '#/fake-mini/3-fakescope-res-4k/12'

let engine: FakeEngine
let values: Map<string, string>
let kept: Kept
let store: AppStore

function pageOn(of: Kept | undefined): AppStore {
  return createAppStore({
    client: engine.client,
    kept: of,
    address: { read: () => ADDRESS, write: () => undefined },
  })
}

beforeEach(async () => {
  engine = fakeEngine()
  values = new Map()
  kept = {
    read: (name) => values.get(name),
    write: (name, value) => void (value === undefined ? values.delete(name) : values.set(name, value)),
  }
  store = pageOn(kept)
  await store.getState().followAddress()
})

const state = () => store.getState()
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}

describe('writing', () => {
  test('an own label comes before any other and is there on the next visit', async () => {
    state().writeOwn({ ...place, index: 12 }, { label: ' my words ', note: 'see 13' })
    await settle()
    expect(state().labels.get(12)).toMatchObject({ description: 'my words', author: 'you' })
    store = pageOn(kept)
    await state().followAddress()
    await settle()
    expect(state().labels.get(12)?.description).toBe('my words')
    expect(state().notebook.entries).toMatchObject([{ ...place, index: 12, note: 'see 13' }])
  })

  test('without words it is forgotten', async () => {
    state().writeOwn({ ...place, index: 12 }, { label: 'mine', note: '' })
    state().writeOwn({ ...place, index: 12 }, { label: '', note: ' ' })
    await settle()
    expect(state().notebook.entries).toEqual([])
    expect(state().labels.get(12)?.author).not.toBe('you')
  })

  test('what another tab wrote meanwhile is not lost', () => {
    const other = pageOn(kept)
    other.getState().addList({ ...place, name: 'theirs', features: [1] })
    state().addList({ ...place, name: 'mine', features: [2] })
    expect(state().notebook.lists.map(({ name }) => name)).toEqual(['theirs', 'mine'])
  })

  test('a browser that keeps nothing is told of, and the page works on', () => {
    const blocked = pageOn({ read: () => undefined, write: () => undefined })
    blocked.getState().addList({ ...place, name: 'a', features: [] })
    blocked.getState().addList({ ...place, name: 'b', features: [] })
    expect(blocked.getState().notebookKept).toBe(false)
    expect(blocked.getState().notebook.lists).toHaveLength(2)
  })

  test('a notebook of a later version is left as it is', () => {
    const later = JSON.stringify({ format: 'featurescope-notebook', version: 2, lists: {} })
    values.set('notebook', later)
    store = pageOn(kept)
    expect(state().notebookError?.title).toContain('no notebook')
    state().addList({ ...place, name: 'a', features: [] })
    expect(values.get('notebook')).toBe(later)
    expect(state()).toMatchObject({ notebookKept: false, notebook: { lists: [{ name: 'a' }] } })
  })
})

describe('lists', () => {
  test('features go in and out, and a full list says so', () => {
    const id = state().addList({ ...place, name: 'many', features: Array.from({ length: 150 }, (_, i) => i) })
    state().toggleListed(id, 500)
    expect(state().notebookError?.title).toBe('“many” is full.')
    state().toggleListed(id, 3)
    state().toggleListed(id, 500)
    expect(state().notebookError).toBeUndefined()
    expect(state().notebook.lists[0].features.slice(-2)).toEqual([149, 500])
    expect(state().notebook.lists[0].features).not.toContain(3)
  })

  test('they are renamed and removed', () => {
    const id = state().addList({ ...place, name: 'a', features: [1] })
    state().renameList(id, 'b')
    expect(state().notebook.lists).toMatchObject([{ name: 'b', features: [1] }])
    state().removeList(id)
    expect(state().notebook.lists).toEqual([])
  })

  test('a list in an address shows its features without running anything', async () => {
    const list: ListRoute = { view: 'list', ...place, name: 'x', features: [7, 12], text: undefined }
    engine.calls.length = 0
    await state().visit(list)
    expect(state().route).toEqual(list)
    expect(engine.calls.filter((call) => call.startsWith('run'))).toEqual([])
    await state().visit({ ...list, features: [4096] })
    expect(state().routeError?.title).toContain('no feature 4096')
  })
})

describe('merging', () => {
  const entry = (label: string, changed: string) => ({
    ...{ ...place, index: 12, label, note: '', others: [] },
    changed: `2026-01-0${changed}T00:00:00.000Z`,
  })
  const list = (features: number[], changed: string) => ({
    ...{ ...place, id: 'a', name: 'dogs', features },
    changed: `2026-01-0${changed}T00:00:00.000Z`,
  })

  test('the newer counts, the other stays beside it, and it is said which', () => {
    const here = { entries: [entry('old words', '1')], lists: [list([1], '3')] }
    const there = { entries: [entry('new words', '2')], lists: [list([1, 2], '2')] }
    const { notebook, report } = mergeNotebooks(here, there)
    expect(notebook.entries).toMatchObject([{ label: 'new words', others: [{ label: 'old words' }] }])
    expect(notebook.lists).toMatchObject([
      { name: 'dogs', features: [1] },
      { name: 'dogs (older)', features: [1, 2] },
    ])
    expect(report).toEqual({
      ...{ added: 0, replaced: 1, same: 0 },
      differed: [
        { what: 'feature 12 of 3-fakescope-res-4k', newer: 'there' },
        { what: 'list “dogs”', newer: 'here' },
      ],
    })
  })

  test('merging the same file twice changes nothing more', () => {
    const here = { entries: [entry('a', '1')], lists: [list([1], '3')] }
    const there = { entries: [entry('b', '2')], lists: [list([2], '2')] }
    const once = mergeNotebooks(here, there).notebook
    expect(mergeNotebooks(once, there).notebook).toEqual(once)
  })

  test('the page merges a saved file and shows its labels', async () => {
    const there: Notebook = { entries: [entry('from elsewhere', '1')], lists: [list([5], '1')] }
    await state().mergeNotebook(new File([formatNotebook(there)], 'saved.json'))
    await settle()
    expect(state().notebookReport).toMatchObject({ added: 2 })
    expect(state().labels.get(12)?.description).toBe('from elsewhere')
    expect(parseNotebook(state().saveNotebook(), 'again')).toEqual(there)
  })

  test('any other file is refused by name, and nothing throws more than that', async () => {
    await state().mergeNotebook(new File(['{"format":"x"}'], 'wrong.json'))
    expect(state().notebookError?.title).toBe('wrong.json is no notebook of this page.')
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        try {
          parseNotebook(text, 'any')
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(UserError)
        }
      }),
    )
  })
})
