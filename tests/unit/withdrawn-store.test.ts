// A file that was in use turns out not to be the one its hub describes: what came from it goes from the page's state.
import { expect, test } from 'vitest'
import { UserError } from '../../src/lib/errors.ts'
import { createAppStore } from '../../src/store/app-store.ts'
import { fakeEngine } from '../support/fake-engine.ts'

const WRONG = new UserError({ title: 'wrong', detail: 'a file', remedy: 'again' })

async function withLayers() {
  const engine = fakeEngine()
  const hash = '#/fake-mini/3-fakescope-res-4k?view=layers&layers=2-fakescope-res-4k&text=a%20text'
  const address = { read: () => hash, write: () => undefined }
  const store = createAppStore({ client: engine.client, address })
  await store.getState().followAddress()
  await store.getState().runLayers()
  expect(store.getState().layers?.found?.layers).toHaveLength(1)
  return { engine, state: () => store.getState() }
}

test('of the open source nothing is left, and the error is shown', async () => {
  const { engine, state } = await withLayers()
  engine.withdraw(WRONG, true)
  expect(state().openError).toBe(WRONG)
  expect(state().sae).toBeUndefined()
  expect(state().shown).toBeUndefined()
  expect(state().model).toBeDefined()
  await expect.poll(() => state().layers).toBeUndefined()
})

test('of another one the layers go, once the list of what is stored is without it; the open source stays', async () => {
  const { engine, state } = await withLayers()
  const looks = engine.calls.filter((call) => call.startsWith('storage')).length
  engine.withdraw(WRONG, false)
  expect(state().openError).toBe(WRONG)
  expect(state().sae).toBeDefined()
  expect(state().shown).toBeDefined()
  await expect.poll(() => state().layers).toBeUndefined()
  expect(engine.calls.filter((call) => call.startsWith('storage')).length).toBe(looks + 1)
})
