// What the page's state knows of features without a label: an index's summaries, or the tokens they promote.
import { beforeEach, expect, test } from 'vitest'
import { UserError } from '../../src/lib/errors.ts'
import { summariesOf } from '../../src/store/summaries-slice.ts'
import { type PageState, pageState } from '../support/page-state.ts'

const SOURCE = '#/fake-mini/3-fakescope-res-4k'
const OTHER = '#/fake-mini/2-fakescope-res-4k'

let page: PageState
const state = () => page.store.getState()
const asked = (): string[] => page.engine.calls.filter((call) => /^(browseRows|promoted)/.test(call))

beforeEach(async () => {
  page = pageState()
  await page.go(SOURCE)
})

test('with an index they are its summaries, asked for once', async () => {
  await state().buildIndex()
  await Promise.all([state().loadWords([7, 8]), state().loadWords([8, 9])])
  await state().loadWords([7, 9])
  expect(asked()).toEqual(['browseRows 7,8', 'browseRows 9'])
  expect([...summariesOf(state())]).toEqual([7, 8, 9].map((one) => [one, `fires on “ word${one}”`]))
  expect(state().promoted.size).toBe(0)
})

test('without one they are the tokens that the features promote; while that is not known, nothing', async () => {
  await state().loadWords([7])
  expect(asked()).toEqual([])
  await state().loadIndex()
  await state().loadWords([7])
  expect(asked()).toEqual(['promoted 7'])
  expect(summariesOf(state()).size).toBe(0)
})

test('an index that is built gives words to what had only tokens', async () => {
  await state().loadIndex()
  await state().loadWords([7])
  await state().buildIndex()
  await state().loadWords([7])
  expect(summariesOf(state()).get(7)).toContain('word7')
})

test('they are of one index: with another source they are gone, also those that come late', async () => {
  await state().buildIndex()
  let release = (): void => {}
  page.engine.hold.set('browseRows', new Promise<void>((done) => (release = done)))
  const late = state().loadWords([7])
  await page.go(OTHER)
  release()
  await late
  expect(summariesOf(state()).size).toBe(0)
  expect(state().summaries).toBeUndefined()
})

test('where they cannot be read there are promoted tokens, and they are asked for again', async () => {
  await state().buildIndex()
  page.engine.fail.set('browseRows', new UserError({ title: 'No.', detail: 'x', remedy: 'y' }))
  await state().loadWords([7])
  expect(state().promoted.has(7)).toBe(true)
  page.engine.fail.clear()
  await state().loadWords([7])
  expect(summariesOf(state()).get(7)).toContain('word7')
})
