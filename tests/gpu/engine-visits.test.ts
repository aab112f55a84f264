// A hub's model over several visits: what one visit asks the hub for, and what a later one does without the hub.
import { beforeEach, describe, expect, test } from 'vitest'
import { Engine } from '../../src/engine/engine.ts'
import type { TaskContext } from '../../src/engine/tasks.ts'
import type { Hook } from '../../src/lib/hook.ts'
import { FakeHubClient } from '../support/fake-hub-client.ts'
import { written } from '../support/hub-on.ts'

const HOOK: Hook = 'blocks.0.hook_resid_post'
const TEXT = 'The whale swam away.'
/** Fetched when a file is opened, to see its size and its header. */
const OPENING = 64 * 1024

const fake = await FakeHubClient.beside()
const notices: string[] = []

const context = (): TaskContext => ({ signal: new AbortController().signal, onProgress: () => undefined })

/** A new visit, with the model's files open. */
async function visit(repo: string): Promise<Engine> {
  const engine = newEngine()
  await engine.open({ model: repo }, context())
  return engine
}

function newEngine(): Engine {
  const engine = new Engine(`${location.origin}/hub/`, {
    onBackends: () => undefined,
    onStorageNotice: (notice) => notices.push(notice),
  })
  engine.setHub({ endpoint: fake.origin })
  void engine.setBackends({ sae: 'wasm', model: 'wasm', precision: 'f32', gpuBudget: 4e9, weights: 'q8' })
  return engine
}

/** Requests for bytes of weights since the last reset. */
async function askedOfWeights(): Promise<{ path: string; range: string | undefined; asked: number }[]> {
  return (await fake.log()).filter(({ path, asked }) => path.endsWith('.safetensors') && asked > 0)
}

beforeEach(async () => {
  await fake.reset()
  notices.length = 0
  const engine = newEngine()
  await engine.deleteStored((await engine.storage()).files.map(({ key }) => key))
})

describe.each([
  ['unsloth/gemma-3-270m', 1],
  ['fake/gemma-2-2b-two-layers', 3],
] as const)('%s in %i files of weights', (repo, count) => {
  test('headers are read once from the plan to the first run, and not again on the next visit', async () => {
    const engine = newEngine()
    const plan = await engine.planModel(repo, [HOOK], context())
    const looked = await askedOfWeights()
    expect(looked.map(({ range }) => range)).toEqual(Array(count).fill(`bytes=0-${OPENING - 1}`))
    await engine.open({ model: repo }, context())
    await engine.planModel(repo, [HOOK], context())
    expect(await askedOfWeights()).toEqual(looked)
    const first = await engine.activations(TEXT, HOOK, context())
    const running = (await askedOfWeights()).slice(looked.length)
    expect(running.filter(({ range }) => range?.startsWith('bytes=0-'))).toEqual([])
    const rows = running.reduce((sum, { asked }) => sum + asked, 0) - plan.precisions[2].download
    expect(plan.precisions[2].precision).toBe('q8')
    // What is read beside the plan's weights: whole rows of the embedding.
    expect(rows).toBeGreaterThan(0)
    expect(rows % plan.precisions[2].embeddingRow).toBe(0)
    await written(newEngine())

    await fake.reset()
    const second = await (await visit(repo)).activations(TEXT, HOOK, context())
    expect(await askedOfWeights()).toEqual([])
    expect(second).toEqual(first)
  })

  test('without the hub the same text gives the same numbers, and a new token is named as missing', async () => {
    const first = await (await visit(repo)).activations(TEXT, HOOK, context())
    await written(newEngine())
    await fake.reset()
    await fake.stop()
    const engine = await visit(repo)
    expect(notices).toEqual([
      expect.stringMatching(
        new RegExp(`^No answer from localhost:\\d+: ${repo} is opened from what is stored`),
      ),
    ])
    expect((await engine.planModel(repo, [HOOK], context())).precisions[2]).toMatchObject({ download: 0 })
    expect(await engine.activations(TEXT, HOOK, context())).toEqual(first)
    // Some of its tokens alone, which lie further apart.
    const { ids } = engine.tokenize(TEXT)
    const { data } = await engine.activations(ids.slice(0, 3), HOOK, context())
    expect(data).toEqual(first.data.slice(0, data.length))
    const failed = engine.activations('The submarine swam away.', HOOK, context())
    await expect(failed).rejects.toMatchObject({
      title: 'This text has tokens that were never used here.',
      detail: expect.stringMatching(/^The embeddings of “▁submarine” are not stored/),
    })
    // What failed leaves the rest usable, and the hub is asked when it is back.
    expect(await engine.activations(TEXT, HOOK, context())).toEqual(first)
    expect(await fake.log()).toEqual([])
    await fake.start()
    await expect
      .poll(() => engine.activations('The submarine swam away.', HOOK, context()).then(() => 'ran'), {
        timeout: 10_000,
        interval: 500,
      })
      .toBe('ran')
  })

  test('a model that changed upstream is fetched anew, not taken from what is kept', async () => {
    const first = await (await visit(repo)).activations(TEXT, HOOK, context())
    await written(newEngine())
    await fake.update()
    const second = await (await visit(repo)).activations(TEXT, HOOK, context())
    expect(second.data).not.toEqual(first.data)
    expect(notices).toEqual([])
  })
})

test('a model that was never opened is not there without the hub', async () => {
  await fake.stop()
  await expect(visit('unsloth/gemma-3-270m')).rejects.toThrow('A file could not be fetched.')
  await fake.start()
})
