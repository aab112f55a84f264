// Models of the hub in the page's state: the plan first, the click, then the run.
import { expect, test, vi } from 'vitest'
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

test('what was agreed to is not planned again, and a plan tells what is missing of the source itself', async () => {
  const { engine, state, store } = await opened()
  const { model, sae } = state()
  if (!model || !sae) throw new Error('no model and SAE are open')
  store.setState({ model: { ...model, repo: 'unsloth/gemma-2-2b' } })
  const name = `${sae.repo}/${sae.path}`
  const about = { verified: 'incomplete' as const, lastUsed: 0 }
  engine.stored.files.push({ key: 'part', name, size: 302e6, present: 100e6, ...about })
  const plans = () => engine.calls.filter((call) => call.startsWith('planModel')).length
  state().setDraft('a text')
  await state().run('a text')
  expect(state().modelPlan).toMatchObject({ state: 'ready', saeBytes: 202e6 })
  expect(plans()).toBe(1)
  await state().acceptPlan('q8')
  await state().run('another text')
  expect(state().shown?.text).toBe('another text')
  expect(plans()).toBe(1)
})

test('tokens a feature promotes are asked for again once the embedding is there', async () => {
  const { engine, state } = await opened()
  const { promoted } = engine.client
  engine.client.promoted = async (indices) => indices.map(() => [])
  await state().run('a text')
  await state().loadPromoted([5, 9])
  expect(state().promoted.get(5)).toEqual([])
  engine.client.promoted = promoted
  await state().loadPromoted([5])
  expect(state().promoted.get(5)).toEqual([])
  await state().predict(1)
  await vi.waitFor(() => expect(state().promoted.get(5)).toHaveLength(3))
  expect(engine.calls.filter((call) => call.startsWith('promoted'))).toEqual(['promoted 5,9'])
})

test('predictions and layers belong to the run they were asked of', async () => {
  const { engine, state } = await opened()
  await state().run('a text')
  await state().predict(1)
  expect(state().predictions).toMatchObject({ status: 'ready', position: 1, value: { entropy: 2.1 } })
  expect(state().predictions?.of).toBe(state().shown)
  await state().runLayers()
  expect(state().layers).toMatchObject({ status: 'ready', value: { windows: [0] } })
  // Every bundled source of the model, by its place in the hub.
  const asked = engine.calls.find((call) => call.startsWith('runLayers'))
  const sources = state().catalogue?.map(({ repo, path }) => `${repo}/${path}`) ?? []
  for (const source of sources) expect(asked).toContain(source)
})

test('sources stored whole are run too, those in part are not', async () => {
  const { engine, state, store } = await opened()
  const [whole, part] = await engine.client.publicCatalogue()
  const file = (entry: typeof whole, present: number) => ({
    ...{ key: entry.path, name: `${entry.repo}/${entry.path}`, size: 100, present },
    ...{ verified: 'sha256' as const, lastUsed: 0 },
  })
  engine.stored.files.push(file(whole, 100), file(part, 50))
  await state().run('a text')
  const { sae } = state()
  if (!sae) throw new Error('no SAE is open')
  store.setState({ sae: { ...sae, model: whole.model } })
  await state().runLayers()
  const asked = engine.calls.find((call) => call.startsWith('runLayers'))
  expect(asked).toContain(`${whole.repo}/${whole.path}`)
  expect(asked).not.toContain(`${part.repo}/${part.path}`)
})

test('a prediction that needs a large download asks first, with its bytes', async () => {
  const { engine, state, store } = await opened()
  await state().run('a text')
  const { model } = state()
  if (!model) throw new Error('no model is open')
  store.setState({ model: { ...model, repo: 'unsloth/gemma-2-2b' } })
  await state().predict(1)
  expect(state().predictions).toMatchObject({ status: 'asking', download: 3.27e9 + 1.18e9 })
  expect(engine.calls.some((call) => call.startsWith('predictions'))).toBe(false)
  await state().predict(1, true)
  expect(state().predictions?.status).toBe('ready')
})

test('a cancelled prediction stays cancelled until it is asked for again', async () => {
  const { engine, state } = await opened()
  await state().run('a text')
  engine.hold.set('predictions', new Promise(() => undefined))
  const predicting = state().predict(1)
  await vi.waitFor(() => expect(state().predictions?.status).toBe('loading'))
  await vi.waitFor(() => expect(engine.calls).toContain('predictions 1'))
  state().cancelPrediction()
  await predicting
  expect(state().predictions).toMatchObject({ status: 'cancelled', position: 1 })
})
