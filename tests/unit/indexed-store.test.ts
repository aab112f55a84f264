// What the page's state knows of single features of an index: asked once, the last one only, forgotten with the index.
import { beforeEach, describe, expect, test } from 'vitest'
import { UserError } from '../../src/lib/errors.ts'
import { type PageState, pageState } from '../support/page-state.ts'

const SOURCE = '#/fake-mini/3-fakescope-res-4k'
const OTHER = '#/fake-mini/2-fakescope-res-4k'

let page: PageState
const state = () => page.store.getState()
const asked = (name: string): string[] => page.engine.calls.filter((call) => call.startsWith(name))

/** A promise that is kept when it is told to be. */
function gate() {
  let open = (): void => {}
  const promise = new Promise<void>((resolve) => {
    open = resolve
  })
  return { promise, open }
}

beforeEach(async () => {
  page = pageState()
  await page.go(SOURCE)
  await state().buildIndex()
})

describe('features of the open index', () => {
  test('are asked for once, however often they are looked at', async () => {
    await Promise.all([state().loadIndexed(7), state().loadIndexed(7)])
    await state().loadIndexed(7)
    expect(asked('indexedFeature')).toEqual(['indexedFeature 7'])
    expect(state().indexed.get(7)).toMatchObject({ value: { statistics: { feature: 7 } } })
  })

  test('are not asked for where there is no index', async () => {
    page = pageState()
    await page.go(SOURCE)
    await state().loadIndex()
    await state().loadIndexed(7)
    expect(asked('indexedFeature')).toEqual([])
  })

  test('stepping on gives up the one nobody waits for, and it can be asked for again', async () => {
    const slow = gate()
    page.engine.hold.set('indexedFeature', slow.promise)
    const left = state().loadIndexed(7)
    page.engine.hold.delete('indexedFeature')
    await state().loadIndexed(8)
    await left
    expect([...state().indexed.keys()]).toEqual([8])
    await state().loadIndexed(7)
    expect(state().indexed.get(7)).toHaveProperty('value')
  })

  test('one that failed says why, and can be asked for again', async () => {
    page.engine.fail.set('indexedFeature', new UserError({ title: 'No.', detail: 'x', remedy: 'y' }))
    await state().loadIndexed(9)
    expect(state().indexed.get(9)).toMatchObject({ error: { title: 'No.' } })
    page.engine.fail.clear()
    await state().loadIndexed(9)
    expect(state().indexed.get(9)).toHaveProperty('value')
  })

  test('are forgotten with their index, even when they answer late', async () => {
    await state().loadIndexed(7)
    const slow = gate()
    page.engine.hold.set('indexedFeature', slow.promise)
    const late = state().loadIndexed(8)
    await state().openIndex('elsewhere/')
    slow.open()
    await late
    page.engine.hold.clear()
    await state().loadIndexed(9)
    expect([...state().indexed.keys()]).toEqual([9])
  })

  test('are forgotten with their source, and nothing of it is shown of the next', async () => {
    await state().loadIndexed(7)
    await state().loadSimilar(7)
    await page.go(OTHER)
    expect(state().indexed.size).toBe(0)
    expect(state().similar.size).toBe(0)
    // Until the other source's index is looked for, there is none to ask.
    await state().loadIndexed(7)
    expect(asked('indexedFeature')).toEqual(['indexedFeature 7'])
  })
})

describe('similar features', () => {
  test('are asked for once, with or without an index', async () => {
    await Promise.all([state().loadSimilar(7), state().loadSimilar(7)])
    expect(asked('similar')).toEqual(['similar 7 10'])
    const known = state().similar.get(7)
    expect(known && known !== 'loading' && 'value' in known && known.value).toHaveLength(10)
  })

  test('of a source that was left are not taken for those of the next', async () => {
    const slow = gate()
    page.engine.hold.set('similar', slow.promise)
    const late = state().loadSimilar(7)
    await page.go(OTHER)
    slow.open()
    await late
    expect(state().similar.size).toBe(0)
  })
})
