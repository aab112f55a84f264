// The page's state about all sources, stored files and the hub: what is shown, deleted, remembered and sent where.
import { beforeEach, describe, expect, test } from 'vitest'
import type { CatalogueEntry } from '../../src/engine/protocol.ts'
import { UserError } from '../../src/lib/errors.ts'
import type { Kept } from '../../src/lib/kept.ts'
import type { StorageState } from '../../src/lib/storage-state.ts'
import { type AppStore, createAppStore } from '../../src/store/app-store.ts'
import { narrows } from '../../src/store/source-filter.ts'
import { fitOf, type Machine } from '../../src/store/source-fit.ts'
import { type FakeEngine, fakeEngine } from '../support/fake-engine.ts'

let engine: FakeEngine
let memory: Map<string, string>
let store: AppStore

function start(): AppStore {
  const kept: Kept = {
    read: (name) => memory.get(name),
    write: (name, value) => void (value === undefined ? memory.delete(name) : memory.set(name, value)),
  }
  return createAppStore({ client: engine.client, kept, address: { read: () => '', write: () => undefined } })
}

beforeEach(() => {
  engine = fakeEngine()
  memory = new Map()
  store = start()
})

const state = () => store.getState()
const failure = new UserError({ title: 'No.', detail: 'It failed.', remedy: 'Again.' })

describe('the list of sources', () => {
  test('has the bundled ones first and is fetched once', async () => {
    await state().loadLibrary()
    await state().loadLibrary()
    const releases = state().library?.map(({ release }) => release)
    expect(releases?.indexOf('gemma-scope')).toBe(releases?.filter((release) => release === 'bundled').length)
    expect(engine.calls.filter((call) => call === 'publicCatalogue')).toHaveLength(1)
  })

  test('a failure is shown, and trying again mends it', async () => {
    engine.fail.set('publicCatalogue', failure)
    await state().loadLibrary()
    expect(state()).toMatchObject({ library: undefined, libraryError: failure })
    engine.fail.clear()
    await state().loadLibrary()
    expect(state().libraryError).toBeUndefined()
    expect(state().library?.length).toBeGreaterThan(0)
  })

  test('choices add up until they are cleared', () => {
    state().setSourceFilter({ query: '2b' })
    state().setSourceFilter({ site: 'res', canonical: true })
    expect(state().sourceFilter).toMatchObject({ query: '2b', site: 'res', canonical: true })
    expect(narrows(state().sourceFilter)).toBe(true)
    state().clearSourceFilter()
    expect(state().sourceFilter).toMatchObject({ query: '', site: undefined, canonical: false })
    expect(narrows(state().sourceFilter)).toBe(false)
    state().setSourceFilter({ here: true })
    expect(narrows(state().sourceFilter)).toBe(true)
  })

  test('clearing them leaves the order that was asked for', () => {
    expect(state().sourceSort).toBeUndefined()
    state().setSourceSort({ by: 'size', descending: true })
    state().setSourceFilter({ query: '2b' })
    state().clearSourceFilter()
    expect(state().sourceSort).toEqual({ by: 'size', descending: true })
  })
})

const FILE = {
  key: 'a',
  name: 'x/y/params.npz',
  size: 10,
  present: 10,
  verified: 'sha256',
  lastUsed: 1,
} as const

describe('storage', () => {
  test('is looked at, and shrinks by what is deleted', async () => {
    engine.stored.files = [{ ...FILE }, { ...FILE, key: 'b', present: 4, verified: 'incomplete' }]
    await state().refreshStorage()
    expect(state().storage?.files).toHaveLength(2)
    await state().deleteStored(['a'])
    expect(engine.calls).toContain('deleteStored a')
    expect(state().storage).toMatchObject({ usage: 4, files: [{ key: 'b' }] })
  })

  test('a look that comes back late does not bring deleted files back', async () => {
    engine.stored.files = [{ ...FILE }]
    let release = (): void => undefined
    engine.hold.set('storage', new Promise<void>((done) => (release = done)))
    const slow = state().refreshStorage()
    await state().deleteStored(['a'])
    engine.stored.files = [{ ...FILE }]
    release()
    await slow
    expect(state().storage?.files).toEqual([])
  })

  test('a failed deletion keeps the list and says why', async () => {
    engine.stored.files = [{ ...FILE }]
    await state().refreshStorage()
    engine.fail.set('deleteStored', failure)
    await state().deleteStored(['a'])
    expect(state()).toMatchObject({ storageError: failure, storage: { files: [{ key: 'a' }] } })
  })

  test('the engine’s notice stays until it is put away', () => {
    engine.tellStorageNotice('The browser’s storage is full.')
    expect(state().storageNotice).toBe('The browser’s storage is full.')
    state().dismissStorageNotice()
    expect(state().storageNotice).toBeUndefined()
  })
})

describe('the hub', () => {
  const TOKEN = 'hf_example'

  test('is the public one, and nothing is told the engine or kept before anything is chosen', () => {
    expect(state().hub).toEqual({ endpoint: 'https://huggingface.co', token: '', keep: 'tab' })
    expect(engine.calls.filter((call) => call.startsWith('setHub'))).toEqual([])
    expect(memory.size).toBe(0)
  })

  test('a token for this tab reaches the engine and no storage', async () => {
    expect(await state().setHub({ endpoint: 'https://hub.example/', token: ` ${TOKEN} `, keep: 'tab' })).toBe(
      true,
    )
    expect(engine.calls).toContain('setHub https://hub.example with a token')
    expect([...memory.values()].join()).not.toContain(TOKEN)
    store = start()
    expect(state().hub).toEqual({ endpoint: 'https://hub.example', token: '', keep: 'tab' })
  })

  test('a token for this browser is there after a reload, and clearing it forgets it', async () => {
    await state().setHub({ endpoint: 'https://huggingface.co', token: TOKEN, keep: 'browser' })
    store = start()
    expect(state().hub).toEqual({ endpoint: 'https://huggingface.co', token: TOKEN, keep: 'browser' })
    expect(engine.calls.at(-1)).toBe('setHub https://huggingface.co with a token')
    await state().setHub({ ...state().hub, token: '' })
    expect(engine.calls.at(-1)).toBe('setHub https://huggingface.co')
    expect(memory.size).toBe(0)
  })

  test('choosing “this tab” takes a kept token out of the browser', async () => {
    await state().setHub({ endpoint: 'https://huggingface.co', token: TOKEN, keep: 'browser' })
    await state().setHub({ endpoint: 'https://huggingface.co', token: TOKEN, keep: 'tab' })
    expect(memory.size).toBe(0)
  })

  test.for([
    ['ftp://hub.example', ''],
    ['http://hub.example', ''],
    ['hub', ''],
    ['https://hub.example?x=1', ''],
    ['https://hub.example', 'hf_a b'],
    ['https://hub.example', 'hf_ä'],
  ])('“%s” with token “%s” is refused, and the old choice stays', async ([endpoint, token]) => {
    expect(await state().setHub({ endpoint, token, keep: 'browser' })).toBe(false)
    expect(state().hubError?.title).toMatch(/^This is not/)
    expect(state().hub.endpoint).toBe('https://huggingface.co')
    expect(engine.calls.filter((call) => call.startsWith('setHub'))).toEqual([])
  })

  test.for(['not JSON', '[]', '{"endpoint":5}', '{"endpoint":"javascript:alert(1)","token":"t"}'])(
    'what is kept as %s is not believed',
    (text) => {
      memory.set('hub', text)
      store = start()
      expect(state().hub.endpoint).toBe('https://huggingface.co')
      expect(state().hub.token).toBe('')
    },
  )
})

describe('whether a source fits', () => {
  const storage: StorageState = { available: true, persisted: true, usage: 1e9, quota: 2e9, files: [] }
  const machine = (sae: 'webgpu' | 'wasm', gpuBudget: number): Machine => ({
    backends: { sae, model: 'wasm', adapter: '', software: false },
    choice: { sae: 'auto', model: 'auto', precision: 'f32', gpuBudget, weights: 'auto' },
    storage,
  })
  const source = (bytes: number): CatalogueEntry => ({
    ...{
      release: 'gemma-scope',
      repo: 'r/r',
      path: 'p',
      model: 'm',
      modelRepo: 'r/m',
      source: 's',
      site: 'res',
    },
    ...{ layer: 1, width: 16384, dIn: 2304, l0: 1, bytes },
  })

  test('on the GPU within seven tenths of the budget; beyond, it is streamed', () => {
    expect(fitOf(source(2.7e9), 0, machine('webgpu', 4e9)).memory).toBe('fits')
    expect(fitOf(source(2.9e9), 0, machine('webgpu', 4e9))).toMatchObject({ memory: 'streamed' })
    const half = machine('webgpu', 4e9)
    expect(fitOf(source(2.9e9), 0, { ...half, choice: { ...half.choice, precision: 'f16' } }).memory).toBe(
      'fits',
    )
  })

  test('in wasm memory up to 3.2 GB; beyond, not at all', () => {
    expect(fitOf(source(3.1e9), 0, machine('wasm', 1e9)).memory).toBe('fits')
    expect(fitOf(source(3.3e9), 0, machine('wasm', 32e9)).memory).toBe('too large')
  })

  test('what is left of the quota counts against the bytes still missing', () => {
    expect(fitOf(source(0.9e9), 0, machine('webgpu', 4e9)).kept).toBe(true)
    expect(fitOf(source(1.5e9), 0, machine('webgpu', 4e9)).kept).toBe(false)
    expect(fitOf(source(1.5e9), 0.6e9, machine('webgpu', 4e9)).kept).toBe(true)
    expect(fitOf({ ...source(1.5e9), release: 'bundled' }, 0, machine('webgpu', 4e9)).kept).toBe(true)
  })
})
