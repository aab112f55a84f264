// Figures from beyond the text in the page's state: asked for once, again with another text or index, errors as data.
import { beforeEach, expect, test } from 'vitest'
import { figuresOf as figuresOfEngine } from '../../src/engine/feature-figures.ts'
import { UserError } from '../../src/lib/errors.ts'
import { figuresOf } from '../../src/store/figures-slice.ts'
import { type PageState, pageState } from '../support/page-state.ts'

let page: PageState

beforeEach(async () => {
  page = pageState()
  await page.go('#/fake-mini/3-fakescope-res-4k?rank=ratio&dense=0.01&k=20&show=heat&text=a%20time%20machine')
})

const state = () => page.store.getState()
const asked = () => page.engine.calls.filter((call) => call.startsWith('featureFigures'))

test('a link says how features are listed, and what is changed goes into it without a run', () => {
  expect(state().listing).toEqual({ ranking: 'ratio', dense: 0.01, k: 20, show: 'heat' })
  const runs = page.engine.calls.length
  state().setListing({ show: 'list', dense: undefined })
  expect(page.hash()).toBe('#/fake-mini/3-fakescope-res-4k?rank=ratio&k=20&text=a%20time%20machine')
  expect(page.engine.calls).toHaveLength(runs)
})

test('figures are asked for once a text, for the features that are active on it', async () => {
  await state().loadFigures()
  await state().loadFigures()
  expect(asked()).toHaveLength(1)
  const known = figuresOf(state())
  if (known === undefined || known === 'loading' || 'error' in known) throw new Error('not known')
  expect(known.value.get(7)).toEqual({ density: Math.fround(7 / 100_000), max: Math.fround(0.7) })
  expect([...known.value.keys()].sort()).toEqual([...new Set(state().shown?.result.features.indices)].sort())
  // Whether <bos> counts changes the lists, not what is known of features.
  state().setBos(true)
  await state().loadFigures()
  expect(asked()).toHaveLength(1)
  await state().run('another text')
  expect(figuresOf(state())).toBeUndefined()
  await state().loadFigures()
  expect(asked()).toHaveLength(2)
})

test('what never fires has a density and no highest activation; what nothing is known of has neither', () => {
  const columns = { density: Float32Array.of(0.5, 0), max: Float32Array.of(8, 0) }
  expect(figuresOfEngine(columns, [1, 0])).toEqual({
    density: Float32Array.of(0, 0.5),
    max: Float32Array.of(Number.NaN, 8),
  })
  expect(figuresOfEngine({ density: undefined, max: undefined }, [3])).toEqual({
    density: Float32Array.of(Number.NaN),
    max: Float32Array.of(Number.NaN),
  })
})

test('another index is another question, and a failure can be asked again', async () => {
  page.engine.fail.set(
    'featureFigures',
    new UserError({ title: 'No.', detail: 'Damaged.', remedy: 'Again.' }),
  )
  await state().loadFigures()
  expect(figuresOf(state())).toMatchObject({ error: { title: 'No.' } })
  page.engine.fail.clear()
  await state().loadFigures()
  expect(figuresOf(state())).toHaveProperty('value')
  await state().buildIndex()
  expect(figuresOf(state())).toBeUndefined()
})

test('a cell locks its token and its feature, and a second time unlocks both', () => {
  state().toggleToken(1, false)
  state().togglePair(2, 7)
  expect(state()).toMatchObject({ lockedTokens: [2], lockedFeatures: [7] })
  expect(page.hash()).toContain('token=2&feature=7')
  state().togglePair(2, 7)
  expect(state()).toMatchObject({ lockedTokens: [], lockedFeatures: [] })
})
