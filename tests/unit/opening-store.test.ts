// Sources that are opened, left before they are open, and opened again.
import { expect, test } from 'vitest'
import { UserError } from '../../src/lib/errors.ts'
import { createAppStore } from '../../src/store/app-store.ts'
import { fakeEngine } from '../support/fake-engine.ts'

const OTHER = '#/fake-mini/2-fakescope-res-4k'

async function opened() {
  const engine = fakeEngine()
  let hash = '#/fake-mini/3-fakescope-res-4k'
  const address = { read: () => hash, write: (next: string) => (hash = next) }
  const store = createAppStore({ client: engine.client, address })
  await store.getState().followAddress()
  const state = () => store.getState()
  const go = (next: string): Promise<void> => {
    hash = next
    return state().followAddress()
  }
  return { engine, state, go }
}

/** Lets the next opening begin, and end only when that is asked for. */
function held(engine: ReturnType<typeof fakeEngine>): () => void {
  let end = (): void => undefined
  engine.hold.set('open', new Promise((resolve) => (end = resolve)))
  return () => {
    engine.hold.clear()
    end()
  }
}

test('one that was left by going back leaves no error behind', async () => {
  const { engine, state, go } = await opened()
  const release = held(engine)
  const leaving = go(OTHER)
  await expect.poll(() => state().opening).toBeDefined()
  await go('#/fake-mini/3-fakescope-res-4k')
  expect(state().opening).toBeUndefined()
  release()
  await leaving
  expect(state().openError).toBeUndefined()
  expect(state().sae?.source).toBe('3-fakescope-res-4k')
})

test.for(['left', 'cancelled'] as const)(
  'one that was %s is opened anew when it is asked for again at once',
  async (how) => {
    const { engine, state, go } = await opened()
    const release = held(engine)
    const first = go(OTHER)
    await expect.poll(() => state().opening).toBeDefined()
    if (how === 'left') await go('#/fake-mini/3-fakescope-res-4k')
    else state().cancelOpening()
    engine.hold.clear()
    await go(OTHER)
    expect(state().sae?.source).toBe('2-fakescope-res-4k')
    expect(state().openError).toBeUndefined()
    release()
    await first
    expect(state().sae?.source).toBe('2-fakescope-res-4k')
    expect(state().openError).toBeUndefined()
  },
)

test('an error of one is gone when the page is back at what is open, and stays while it is not left', async () => {
  const { engine, state, go } = await opened()
  engine.fail.set('open', new UserError({ title: 'no room', detail: 'a GPU', remedy: 'less' }))
  await go(OTHER)
  expect(state().openError?.title).toBe('no room')
  await go('#/fake-mini/3-fakescope-res-4k')
  expect(state().openError).toBeUndefined()
  engine.fail.set('openAny', new UserError({ title: 'no file', detail: 'a drop', remedy: 'another' }))
  await state().openReference('a/b/c')
  expect(state().openError?.title).toBe('no file')
  await go('#/fake-mini/3-fakescope-res-4k?tokens=1')
  expect(state().openError?.title).toBe('no file')
})
