// A large file is hashed from storage while it is in use: what happens to storage meanwhile does not leave it unchecked.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { CHUNK } from '../../src/hub/chunks.ts'
import type { Hub } from '../../src/hub/hub.ts'
import { ShelfLink } from '../../src/hub/shelf-link.ts'
import type { StoredFile } from '../../src/lib/storage-state.ts'
import { damageChunk } from '../support/damage.ts'
import { FakeHubClient } from '../support/fake-hub-client.ts'
import { hubOn, openOn } from '../support/hub-on.ts'

/** Two chunks long: checked before its last read is answered. */
const SMALL = 'fake/demo/folder/a.bin'
/** Six. */
const LARGE = 'fake/demo/data.bin'

const fake = await FakeHubClient.beside()
let hub: Hub
let checked: number

async function stored(name: string): Promise<StoredFile | undefined> {
  return (await hub.storage()).files.find((file) => file.name === name)
}

async function readAll(name: string): Promise<void> {
  const source = await openOn(hub, fake, name)
  await source.read(0, source.size)
}

/** Ranges of the large file that its host sent, beginning with that of `chunk`. */
async function sent(chunk: number): Promise<string[]> {
  const ranges = (await fake.log()).filter(({ path, host }) => host === 'cdn' && path === `/${LARGE}`)
  return ranges.flatMap(({ range }) => (range?.startsWith(`bytes=${chunk * CHUNK}-`) ? [range] : []))
}

beforeEach(async () => {
  await fake.reset()
  checked = 0
  hub = hubOn(fake, undefined, { onChecked: () => (checked += 1) })
  await hub.deleteStored((await hub.storage()).files.map(({ key }) => key))
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('while a large file is checked', () => {
  test('another one is deleted: it is checked all the same', async () => {
    await readAll(SMALL)
    const small = await stored(SMALL)
    expect(checked).toBe(1)
    whileHashed(() => hub.deleteStored([small?.key ?? '']))
    await readAll(LARGE)
    await expect.poll(async () => (await stored(LARGE))?.verified).toBe('sha256')
    await expect.poll(() => checked).toBe(2)
    expect(await stored(SMALL)).toBeUndefined()
  })

  test('it is deleted: it does not come back', async () => {
    const { key } = await begun()
    const deleted = Promise.withResolvers<void>()
    whileHashed(async () => {
      await hub.deleteStored([key])
      deleted.resolve()
    })
    await readAll(LARGE)
    await deleted.promise
    await fake.reset()
    await new Promise((resolve) => setTimeout(resolve, 1000))
    expect(await fake.log()).toEqual([])
    expect(await stored(LARGE)).toBeUndefined()
    expect(checked).toBe(0)
  })

  test('a chunk is not there, as storage was silent about it: it is fetched again', async () => {
    const put = ShelfLink.prototype.put
    let silent = true
    vi.spyOn(ShelfLink.prototype, 'put').mockImplementation(async function (this: ShelfLink, index, bytes) {
      if (index !== 1 || !silent) return put.call(this, index, bytes)
      silent = false
      return { bytes }
    })
    await readAll(LARGE)
    await expect.poll(async () => (await stored(LARGE))?.verified).toBe('sha256')
    expect((await sent(1)).length).toBe(1)
  })

  test('a chunk is damaged on the disk: it is fetched again', async () => {
    const { key } = await begun()
    beforeHashed(() => damageChunk(key, 3))
    await readAll(LARGE)
    await expect.poll(async () => (await stored(LARGE))?.verified).toBe('sha256')
    expect((await sent(3)).length).toBe(1)
  })
})

/** Does `work` when the large file has begun to be hashed. */
function whileHashed(work: () => Promise<unknown>): void {
  const { sha256 } = ShelfLink.prototype
  vi.spyOn(ShelfLink.prototype, 'sha256').mockImplementationOnce(async function (this: ShelfLink) {
    const [digest] = await Promise.all([sha256.call(this), work()])
    return digest
  })
}

/** Does `work` just before the large file is hashed. */
function beforeHashed(work: () => Promise<void>): void {
  const { sha256 } = ShelfLink.prototype
  vi.spyOn(ShelfLink.prototype, 'sha256').mockImplementationOnce(async function (this: ShelfLink) {
    await work()
    return sha256.call(this)
  })
}

/** The large file with its first chunk stored. */
async function begun(): Promise<StoredFile> {
  await (await openOn(hub, fake, LARGE)).read(0, CHUNK)
  await expect.poll(async () => (await stored(LARGE))?.present ?? 0).toBeGreaterThanOrEqual(CHUNK)
  const file = await stored(LARGE)
  if (!file) throw new Error('it is not stored')
  return file
}
