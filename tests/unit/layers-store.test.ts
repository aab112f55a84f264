// One text across layers in the page's state: the address's choice, what is run and what is not run twice.
import { expect, test } from 'vitest'
import { createAppStore } from '../../src/store/app-store.ts'
import { fakeEngine } from '../support/fake-engine.ts'

const ALL = ['2-fakescope-res-4k', '3-fakescope-res-4k', '3-fakescope-transcoder-4k']

async function opened(query: string) {
  const engine = fakeEngine()
  let hash = `#/fake-mini/3-fakescope-res-4k?${query}`
  const write = (next: string): void => {
    hash = next
  }
  const store = createAppStore({ client: engine.client, address: { read: () => hash, write } })
  await store.getState().followAddress()
  const state = () => store.getState()
  const names = () => state().layers?.found?.layers.map(({ source }) => source)
  const asked = () => engine.calls.filter((call) => call.startsWith('runLayers'))
  const choose = async (layers: string[] | undefined): Promise<void> => {
    const { route, visit } = state()
    if (route?.view !== 'layers') throw new Error('not in the layer view')
    await visit({ ...route, layers }, 'replace')
    await state().runLayers()
  }
  return { engine, state, names, asked, choose, address: () => hash }
}

test('a link runs its text through the sources it names, all where it names none', async () => {
  const some = await opened('view=layers&layers=2-fakescope-res-4k&text=a%20text')
  expect(some.state().shown?.text).toBe('a text')
  await some.state().runLayers()
  expect(some.names()).toEqual([ALL[0]])
  const all = await opened('view=layers&text=a%20text')
  await all.state().runLayers()
  expect(all.names()).toEqual(ALL)
})

test('a source that is added is run alone; one that is put back is not run again', async () => {
  const { state, names, asked, choose, address } = await opened(
    'view=layers&layers=2-fakescope-res-4k&text=a%20text',
  )
  await state().runLayers()
  await choose([ALL[0], ALL[2]])
  expect(address()).toContain(`layers=${ALL[0]},${ALL[2]}`)
  expect(names()).toEqual([ALL[0], ALL[2]])
  expect(asked()).toHaveLength(2)
  expect(asked()[1]).not.toContain('layer_2/')
  await choose([])
  await choose([ALL[2]])
  expect(asked()).toHaveLength(2)
})

test('another text, and other numbers, are other questions', async () => {
  const { state, asked } = await opened('view=layers&layers=2-fakescope-res-4k&text=a%20text')
  await state().runLayers()
  state().setDraft('another text')
  await state().submit()
  expect(state().route).toMatchObject({ view: 'layers', text: 'another text', layers: [ALL[0]] })
  await state().runLayers()
  expect(state().layers?.of.text).toBe('another text')
  await state().setBackends({ ...state().choice, sae: 'wasm' })
  await state().runLayers()
  expect(asked()).toHaveLength(3)
})
