// Models of the hub in the page's state: the plan first, the click, then the run.
import { expect, test } from 'vitest'
import { createAppStore } from '../../src/store/app-store.ts'
import { fakeEngine } from '../support/fake-engine.ts'

async function opened() {
  const engine = fakeEngine()
  let hash = '#/fake-mini/3-fakescope-res-4k'
  const write = (next: string): void => {
    hash = next
  }
  const address = { read: () => hash, write }
  const store = createAppStore({ client: engine.client, address })
  await store.getState().followAddress()
  const state = () => store.getState()
  return { engine, state, store }
}

test('a bundled model runs without a question', async () => {
  const { engine, state } = await opened()
  await state().run('a text')
  expect(state().shown?.text).toBe('a text')
  expect(engine.calls.some((call) => call.startsWith('planModel'))).toBe(false)
})

test('a model of the hub is planned before anything is run, and runs when the plan is accepted', async () => {
  const { engine, state, store } = await opened()
  const model = state().model
  if (!model) throw new Error('no model is open')
  store.setState({ model: { ...model, repo: 'unsloth/gemma-2-2b' } })
  await state().run('a text')
  expect(state().shown).toBeUndefined()
  expect(engine.calls).toContain('planModel unsloth/gemma-2-2b')
  const { modelPlan } = state()
  expect(modelPlan?.state === 'ready' && modelPlan.plan.automatic).toBe('q8')

  // What does not fit is not taken.
  await state().acceptPlan('f32')
  expect(state().choice.weights).toBe('auto')
  state().setDraft('a text')
  await state().acceptPlan('q8')
  expect(state().choice.weights).toBe('q8')
  expect(state().modelPlan).toBeUndefined()
  await state().run('a text')
  expect(state().shown?.text).toBe('a text')
})

test('a plan that cannot be made says why, and declining leaves the page as it was', async () => {
  const { engine, state } = await opened()
  await state().planModel('unsloth/gemma-2-2b')
  expect(state().modelPlan?.state).toBe('ready')
  state().declinePlan()
  expect(state().modelPlan).toBeUndefined()
  const { UserError } = await import('../../src/lib/errors.ts')
  engine.fail.set('planModel', new UserError({ title: 'Gated.', detail: 'd', remedy: 'Give a token.' }))
  await state().planModel('google/gemma-2-2b')
  expect(state().modelPlan).toMatchObject({ state: 'failed', error: { title: 'Gated.' } })
})

test('predictions and layers belong to the run they were asked of', async () => {
  const { state } = await opened()
  await state().run('a text')
  await state().predict(1)
  expect(state().predictions).toMatchObject({ status: 'ready', position: 1, value: { entropy: 2.1 } })
  expect(state().predictions?.of).toBe(state().shown)
  await state().runLayers()
  expect(state().layers).toMatchObject({ status: 'ready', value: { windows: [0] } })
})
