// A model of real shape from the hub: what is asked for is what the plan said, and the second visit fetches no weights.
import { beforeEach, expect, test } from 'vitest'
import { readSafetensors } from '../../src/formats/safetensors.ts'
import { readShardedSafetensors } from '../../src/formats/safetensors-shards.ts'
import type { FileSet } from '../../src/hub/file-set.ts'
import { Hub } from '../../src/hub/hub.ts'
import type { ByteSource } from '../../src/lib/byte-source.ts'
import type { Hook } from '../../src/lib/hook.ts'
import { parseGemmaConfig } from '../../src/model/config.ts'
import { openModel } from '../../src/model/forward.ts'
import { FakeHubClient } from '../support/fake-hub-client.ts'
import { written } from '../support/hub-on.ts'

/** Fetched when a file is opened, to see its size and its header. */
const OPENING = 64 * 1024
const INDEX = 'model.safetensors.index.json'

const fake = await FakeHubClient.beside()

function newHub(): Hub {
  const hub = new Hub(`${location.origin}/hub/`)
  hub.configure({ endpoint: fake.origin })
  return hub
}

async function openFrom(hub: Hub, repo: string) {
  const { set } = await hub.locate(repo)
  const json = async (path: string): Promise<unknown> => JSON.parse((await set.text(path)) ?? '')
  const files: ByteSource[] = []
  const open = async (path: string): Promise<ByteSource> => {
    const source = await find(set, path)
    files.push(source)
    return source
  }
  const weights = set.paths?.includes(INDEX)
    ? await readShardedSafetensors(open, await json(INDEX), INDEX)
    : await readSafetensors(await open('model.safetensors'))
  const config = parseGemmaConfig(await json('config.json'))
  const cache = hub.weightCache(repo, files, '1')
  return { model: openModel({ config, weights, backend: 'wasm', precision: 'q8', cache }), files }
}

async function find(set: FileSet, path: string): Promise<ByteSource> {
  const source = await set.find(path)
  if (!source) throw new Error(`no ${path} in ${set.name}`)
  return source
}

/** Bytes asked for of files of weights since the last reset. */
async function askedOfWeights(): Promise<number> {
  const asked = [...(await fake.asked())].filter(([name]) => name.endsWith('.safetensors'))
  return asked.reduce((sum, [, bytes]) => sum + bytes, 0)
}

beforeEach(async () => {
  await fake.reset()
  const hub = newHub()
  await hub.deleteStored((await hub.storage()).files.map(({ key }) => key))
})

test.for([
  ['unsloth/gemma-3-270m', 1, 'blocks.0.hook_resid_post'],
  ['fake/gemma-2-2b-two-layers', 3, 'blocks.0.attn.hook_z'],
] as const)(
  '%s in %i files: bytes asked for are the plan’s, and none on the second visit',
  async ([repo, count, hook]) => {
    const hooks: Hook[] = [hook]
    const ids = [2, 651, 6037]
    const first = await openFrom(newHub(), repo)
    expect(first.files.length).toBe(count)
    const opening = await askedOfWeights()
    expect(opening).toBe(count * OPENING)
    const plan = await first.model.plan(hooks)
    expect(plan.download).toBeGreaterThan(5e6)
    const before = await first.model.forward(ids, hooks)
    const rows = (await askedOfWeights()) - opening - plan.download
    first.model.dispose()
    await written(newHub())
    await fake.reset()
    const second = await openFrom(newHub(), repo)
    expect((await second.model.plan(hooks)).download).toBe(0)
    const after = await second.model.forward(ids, hooks)
    // Headers and the embedding rows of three tokens are kept, too.
    expect(await askedOfWeights()).toBe(0)
    expect(rows).toBeGreaterThan(0)
    expect(rows).toBeLessThan(100_000)
    second.model.dispose()
    const [one, two] = [before.get(hook), after.get(hook)]
    expect(one?.location === 'cpu' && one.data.every(Number.isFinite)).toBe(true)
    expect(one).toEqual(two)
    const [stored] = (await newHub().storage()).files.filter(({ verified }) => verified !== 'size')
    expect(stored.name).toBe(`${repo}, 8 bits, 1 layer`)
  },
)
