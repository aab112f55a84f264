// Packed weights between visits, in the browser's own storage: whatever order they are written in, what is read is what
// was written, or is said to be missing.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Hub } from '../../src/hub/hub.ts'
import type { ByteSource } from '../../src/lib/byte-source.ts'
import type { PackedStore } from '../../src/lib/weight-cache.ts'
import { damageChunk, fillStorage } from '../support/damage.ts'
import { FakeHubClient, noiseBytes } from '../support/fake-hub-client.ts'
import { hubOn } from '../support/hub-on.ts'

const MiB = 1024 * 1024
const CHUNK = 4 * MiB
/** Three chunks and a bit. */
const SIZE = 12 * MiB + 1000
const PACKED = noiseBytes(3, SIZE)
const KEY = 'layer 1 q8'

const fake = await FakeHubClient.beside()
const notices: string[] = []

const newHub = (): Hub => hubOn(fake, (notice) => notices.push(notice))

async function sources(hub: Hub): Promise<ByteSource[]> {
  const { set } = await hub.locate('fake/demo')
  const found = await Promise.all(['data.bin', 'folder/a.bin'].map((path) => set.find(path)))
  return found.filter((source) => source !== undefined)
}

/** One layer of a model on a new visit, unless told which. */
async function layer(hub = newHub(), key = KEY, format = '1'): Promise<PackedStore> {
  const cache = hub.weightCache('fake/demo', await sources(hub), format)
  const store = await cache?.layer(key, SIZE)
  if (!store) throw new Error('nothing can be kept')
  return store
}

function write(store: PackedStore, from: number, to: number): Promise<void> {
  return store.write(from, PACKED.slice(from, to))
}

async function expectRead(store: PackedStore, from = 0, to = SIZE): Promise<void> {
  const into = new Uint8Array(to - from)
  expect(await store.read(from, to - from, into)).toBe(true)
  expect(into.findIndex((byte, i) => byte !== PACKED[from + i])).toBe(-1)
}

/** The row of the storage page. */
async function row() {
  const files = (await newHub().storage()).files
  return files.find(({ name }) => name.includes(' bits, '))
}

async function clear(): Promise<void> {
  const hub = newHub()
  await hub.deleteStored((await hub.storage()).files.map(({ key }) => key))
}

beforeEach(async () => {
  await fake.reset()
  await clear()
  notices.length = 0
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('packed weights', () => {
  test('written by tensors in any order are there on the next visit', async () => {
    const store = await layer()
    expect(store.present(0, SIZE)).toBe(0)
    expect(await store.read(0, 10, new Uint8Array(10))).toBe(false)
    const cuts = [0, 7, 3 * MiB, 5 * MiB + 1, CHUNK * 2, 11 * MiB, 12 * MiB + 10, SIZE]
    for (const i of [3, 0, 6, 5, 1, 4, 2]) await write(store, cuts[i], cuts[i + 1])
    await store.flush()
    const next = await layer()
    expect(next.present(0, SIZE)).toBe(SIZE)
    await expectRead(next)
    for (const i of [6, 2, 0, 5]) await expectRead(next, cuts[i], cuts[i + 1])
  })

  test('of a visit that ended half way are all there on the next', async () => {
    const hub = newHub()
    const cache = hub.weightCache('fake/demo', await sources(hub), '1')
    const store = await cache?.layer(KEY, SIZE)
    if (!store) throw new Error('nothing can be kept')
    await write(store, 100, 6 * MiB)
    await write(store, 0, 100)
    await store.flush()
    const again = await cache?.layer(KEY, SIZE)
    expect(again?.present(0, SIZE)).toBe(6 * MiB)
    if (again) await expectRead(again, 3 * MiB, 6 * MiB)
    const next = await layer()
    expect(next.present(0, SIZE)).toBe(6 * MiB)
    await expectRead(next, 0, 6 * MiB)
    await write(next, 7 * MiB, 7 * MiB + 10)
    await next.flush()
    const third = await layer()
    expect(third.present(0, SIZE)).toBe(6 * MiB + 10)
    await expectRead(third, 7 * MiB, 7 * MiB + 10)
    expect(await third.read(5 * MiB, 2 * MiB + 1, new Uint8Array(2 * MiB + 1))).toBe(false)
    await write(third, 6 * MiB, SIZE)
    await expectRead(await layer())
    expect(await row()).toMatchObject({ present: SIZE, verified: 'packed' })
  })

  test('of a visit that was broken off are there by whole chunks', async () => {
    await write(await layer(), 0, 6 * MiB)
    const next = await layer()
    expect(next.present(0, SIZE)).toBe(CHUNK)
    expect(next.present(3 * MiB, 3 * MiB)).toBe(MiB)
    expect(await next.read(3 * MiB, 3 * MiB, new Uint8Array(3 * MiB))).toBe(false)
    await expectRead(next, 3 * MiB, CHUNK)
  })

  test('that are damaged on the disk are said to be missing, and are written anew', async () => {
    await write(await layer(), 0, SIZE)
    const key = (await row())?.key ?? ''
    await damageChunk(key, 1)
    const store = await layer()
    expect(await store.read(0, SIZE, new Uint8Array(SIZE))).toBe(false)
    expect(store.present(0, SIZE)).toBe(SIZE - CHUNK)
    await expectRead(store, 0, CHUNK)
    await write(store, CHUNK, 2 * CHUNK)
    await expectRead(await layer())
  })

  test('of two tabs at once are kept once and right', async () => {
    const [one, two] = [await layer(), await layer()]
    await Promise.all([write(one, 0, SIZE), write(two, 0, SIZE)])
    await Promise.all([expectRead(one), expectRead(two)])
    expect(await row()).toMatchObject({ present: SIZE, verified: 'packed' })
    await expectRead(await layer())
  })

  test('of another checkpoint or another layout are not taken for these', async () => {
    await write(await layer(), 0, SIZE)
    expect((await layer(newHub(), KEY, '2')).present(0, SIZE)).toBe(0)
    await write(await layer(), 0, SIZE)
    await fake.update()
    expect((await layer()).present(0, SIZE)).toBe(0)
  })

  test('are found in whatever order the files of the checkpoint were opened', async () => {
    await write(await layer(), 0, SIZE)
    const hub = newHub()
    const cache = hub.weightCache('fake/demo', (await sources(hub)).reverse(), '1')
    expect((await cache?.layer(KEY, SIZE))?.present(0, SIZE)).toBe(SIZE)
  })

  test('are one line of the list by model and precision, and are deleted together', async () => {
    const hub = newHub()
    for (const key of ['layer 0 q8', 'layer 1 q8', 'layer 0 q4']) await write(await layer(hub, key), 0, SIZE)
    const files = (await hub.storage()).files.filter(({ verified }) => verified === 'packed')
    expect(files.map(({ name, size }) => [name, size]).sort()).toEqual([
      ['fake/demo, 4 bits, 1 layer', SIZE],
      ['fake/demo, 8 bits, 2 layers', 2 * SIZE],
    ])
    const [eight] = files.filter(({ name }) => name.includes('8 bits'))
    await hub.deleteStored([eight.key])
    expect((await layer(newHub(), 'layer 0 q8')).present(0, SIZE)).toBe(0)
    expect((await layer(newHub(), 'layer 0 q4')).present(0, SIZE)).toBe(SIZE)
  })

  test('are not kept when storage is full: writing goes on, and the page is told once', async () => {
    const hub = newHub()
    const store = await layer(hub)
    await write(store, 0, CHUNK)
    fillStorage()
    await write(store, CHUNK, SIZE)
    expect(notices.length).toBe(1)
    expect(notices[0]).toContain('full')
    expect(store.present(0, SIZE)).toBe(CHUNK)
    await expectRead(store, 0, CHUNK)
  })

  test('of local and bundled files are not kept, nor where there is no storage', async () => {
    const hub = newHub()
    const local = await hub.locate([new File(['x'], 'model.safetensors')])
    const bundled = await hub.bundled('featurescope/gemma-2-mini').find('model.safetensors')
    const mine = await local.set.find('model.safetensors')
    for (const source of [mine, bundled]) {
      expect(source && hub.weightCache('a', [source], '1')).toBeUndefined()
    }
    expect(hub.weightCache('a', [], '1')).toBeUndefined()
    const files = await sources(hub)
    vi.spyOn(navigator.storage, 'getDirectory').mockRejectedValue(new DOMException('no', 'SecurityError'))
    expect(await newHub().weightCache('a', files, '1')?.layer(KEY, SIZE)).toBeUndefined()
  })
})
