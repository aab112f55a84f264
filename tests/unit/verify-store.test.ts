// The check of published values in the page's state: what is asked first, one case after another, and what fails.
import { expect, test } from 'vitest'
import type { CatalogueEntry } from '../../src/lib/catalogue-entry.ts'
import { UserError } from '../../src/lib/errors.ts'
import type { Check, PublishedCase } from '../../src/lib/published-values.ts'
import { createAppStore } from '../../src/store/app-store.ts'
import { fakeEngine } from '../support/fake-engine.ts'

const LAYER_2 = 'blocks.2.hook_resid_post'

async function opened(hash = '#/verify') {
  const engine = fakeEngine()
  let now = hash
  const write = (next: string): void => {
    now = next
  }
  const store = createAppStore({ client: engine.client, address: { read: () => now, write } })
  await store.getState().followAddress()
  const rows = await store.getState().loadCatalogue()
  await store.getState().openEntry(rows[0])
  engine.calls.length = 0
  const state = () => store.getState()
  const place = ({ repo, path }: CatalogueEntry): string => `${repo}/${path}`
  const here = (id: string, expected: number, sae = place(rows[0])): PublishedCase => {
    const { hookIn = LAYER_2, hookOut = hookIn } = rows.find((row) => place(row) === sae) ?? rows[0]
    const checks: Check[] = [{ kind: 'l0', expected, within: 1e-3 }]
    const run = { sae, hookIn, hookOut, text: 'a text of five words' }
    return { id, title: id, models: [rows[0].modelRepo], run, dtype: 'float32', source: 'here', checks }
  }
  const give = (cases: unknown) => state().readVerifyFile(new File([JSON.stringify(cases)], 'mine.json'))
  return { engine, state, here, give, other: place(rows[1]) }
}

/** What the fake engine finds for the text. */
async function found({ state, here, give }: Awaited<ReturnType<typeof opened>>): Promise<number> {
  await give([here('probe', 0)])
  await state().check()
  const result = state().verifyResults.get('probe')
  if (result?.state !== 'done') throw new Error(JSON.stringify(result))
  return Number(result.rows[0].found)
}

test('a right value is right, a wrong one is wrong, and the source that was opened is told to the page', async () => {
  const page = await opened()
  const l0 = await found(page)
  expect(l0).toBeGreaterThan(0)
  await page.give([page.here('good', l0), page.here('bad', l0 + 1)])
  await page.state().check()
  const { verifyResults, verifyStatus, sae, choice } = page.state()
  const verdict = (id: string) => {
    const result = verifyResults.get(id)
    return result?.state === 'done' ? result.rows.map((row) => row.verdict) : result
  }
  expect(verifyStatus.at).toBe('done')
  expect(verdict('good')).toEqual(['right'])
  expect(verdict('bad')).toEqual(['wrong'])
  expect(`${sae?.repo}/${sae?.path}`).toBe(page.here('x', 0).run?.sae)
  // The precision of the check is not left behind.
  expect(choice.weights).toBe('auto')
})

test('published values are a large download: nothing is opened or run before it is agreed to', async () => {
  const { engine, state } = await opened()
  await state().check()
  const { verifyStatus } = state()
  expect(verifyStatus.at === 'asking' && verifyStatus.download).toBeGreaterThan(3e9)
  expect(engine.calls.filter((call) => /^(open|run|tokenize)/.test(call))).toEqual([])
  state().dropCheck()
  expect(state().verifyStatus.at).toBe('ready')
  expect(state().verifyResults.size).toBe(0)
})

test('a case that cannot be opened shows its error, and the others go on', async () => {
  const page = await opened()
  const l0 = await found(page)
  await page.give([page.here('lost', l0, 'nobody/nothing/params.npz'), page.here('good', l0, page.other)])
  await page.state().check()
  const asked = page.state().verifyStatus
  expect(asked).toMatchObject({ at: 'asking', unknown: 1 })
  await page.state().check(true)
  expect(page.state().verifyResults.get('lost')).toMatchObject({
    state: 'failed',
    error: { title: 'No such SAE.' },
  })
  expect(page.state().verifyResults.get('good')).toMatchObject({ state: 'done' })
})

test('a plan that refuses, or cannot be made, is the case’s own error', async () => {
  const { engine, state, here, give } = await opened()
  await give([here('one', 1)])
  await state().holdModelAs('f32')
  await state().check()
  expect(state().verifyResults.get('one')).toMatchObject({ state: 'failed', error: { title: 'Too large.' } })
  engine.fail.set('planModel', new UserError({ title: 'Gated.', detail: 'd', remedy: 'r' }))
  await state().check()
  expect(state().verifyResults.get('one')).toMatchObject({ state: 'failed', error: { title: 'Gated.' } })
})

test('cancelling stops the case that runs and starts no other', async () => {
  const { engine, state, here, give } = await opened()
  await give([here('one', 1), here('two', 1)])
  engine.hold.set('run', new Promise(() => undefined))
  const checking = state().check()
  await expect.poll(() => engine.calls.some((call) => call.startsWith('run '))).toBe(true)
  state().cancelCheck()
  await checking
  expect(state().verifyStatus.at).toBe('cancelled')
  expect([...state().verifyResults]).toEqual([['one', { state: 'cancelled' }]])
})

test('an address may name the source and the model', async () => {
  const { state } = await opened(
    '#/verify?model=mirror%2Fgemma&sae=hf:google/gemma-scope-2b-pt-res/layer_0/width_16k/average_l0_105',
  )
  const { verifyModel, verifySae, page } = state()
  expect({ verifyModel, page }).toEqual({ verifyModel: 'mirror/gemma', page: 'verify' })
  expect(verifySae).toContain('layer_0')
  await state().check()
  expect(state().verifyStatus.at).toBe('asking')
})

test('a broken file leaves the published values in place and says what is wrong', async () => {
  const { state, give } = await opened()
  await give([{ id: 'x', sae: 3 }])
  expect(state().verifyFileError?.detail).toContain('mine.json')
  expect(state().verifyFile).toBeUndefined()
  expect(state().verifyCases.length).toBeGreaterThan(3)
})
