// Imports in the page's state: what is read is shown at once, searched with the rest, and can be taken back.
import { beforeEach, expect, test } from 'vitest'
import { UserError } from '../../src/lib/errors.ts'
import { type PageState, pageState } from '../support/page-state.ts'

let page: PageState

beforeEach(async () => {
  page = pageState()
  await page.go('#/fake-mini/3-fakescope-res-4k/12')
})

const state = () => page.store.getState()

test('imported labels join those of the source and are found', async () => {
  await state().loadDashboard(12)
  await state().importLabels('https://example.org/a.jsonl', false)
  expect(state().importReport).toMatchObject({ labels: 1 })
  expect(state().importing).toBeUndefined()
  expect(state().labels.get(12)?.description).toBe('imported words')
  expect(state().imports).toMatchObject({ labels: 1 })
  expect(state().dashboards.get(12)).toMatchObject({ dashboard: { index: 12 } })
  await state().loadImported(12)
  expect(state().imported.get(12)).toMatchObject({ value: { labels: [{ description: 'imported words' }] } })
})

test('a failed import says why, and what was there stays', async () => {
  await state().importLabels('https://example.org/a.jsonl', false)
  page.engine.fail.set('importLabels', new UserError({ title: 'No.', detail: 'Broken.', remedy: 'Again.' }))
  await state().importLabels('https://example.org/b.jsonl', false)
  expect(state().importError?.title).toBe('No.')
  expect(state().labels.get(12)?.description).toBe('imported words')
})

test('what was imported can be removed', async () => {
  await state().importLabels('https://example.org/a.jsonl', true)
  expect(page.engine.calls).toContain('importLabels https://example.org/a.jsonl as open')
  await state().clearImports()
  expect(state().labels.get(12)?.description).not.toBe('imported words')
  expect(state().imports).toMatchObject({ labels: 0 })
})

test('another source forgets what was told of this one', async () => {
  await state().importLabels('https://example.org/a.jsonl', false)
  await page.go('#/fake-mini/2-fakescope-res-4k')
  expect(state().importReport).toBeUndefined()
  expect(state().imported.size).toBe(0)
})
