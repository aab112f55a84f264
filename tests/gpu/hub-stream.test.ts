// Streaming a range of a hub's file, as weights are loaded: straight through, exact, resumed, pinned; nothing is kept.
import { beforeEach, describe, expect, test } from 'vitest'
import type { Hub } from '../../src/hub/hub.ts'
import type { ByteSource } from '../../src/lib/byte-source.ts'
import { FakeHubClient, noiseBytes } from '../support/fake-hub-client.ts'
import { hubOn, openOn, written } from '../support/hub-on.ts'

const MiB = 1024 * 1024
const REPO_FILE = 'fake/demo/data.bin'
const PLAIN = 'files/plain/data.bin'
const FROM = 5 * MiB + 11
const LENGTH = 9 * MiB + 5
/** Bytes kept of opening a file, at most: its first 64 KiB. */
const OPENED = 65_536 + 100
const WANTED = noiseBytes(FROM, LENGTH)

const fake = await FakeHubClient.beside()

const newHub = (): Hub => hubOn(fake)

const open = (name: string, hub = newHub()): Promise<ByteSource> => openOn(hub, fake, name)

/** What a stream gave, in the order in which it gave it. */
async function streamed(source: ByteSource, offset = FROM, length = LENGTH): Promise<Uint8Array> {
  const found = new Uint8Array(length)
  let got = 0
  if (!source.stream) throw new Error(`${source.name} cannot be streamed`)
  await source.stream(offset, length, (part) => {
    found.set(part, got)
    got += part.length
  })
  expect(got).toBe(length)
  return found
}

function expectSame(found: Uint8Array, wanted: Uint8Array): void {
  expect(found.length).toBe(wanted.length)
  expect(found.findIndex((byte, i) => byte !== wanted[i])).toBe(-1)
}

/** Ranges sent after the file was opened. */
async function ranges(name: string): Promise<(string | undefined)[]> {
  const log = (await fake.log()).filter(({ path, asked }) => path === `/${name}` && asked > 0)
  return log.map(({ range }) => range).filter((range) => range !== 'bytes=0-65535')
}

beforeEach(async () => {
  await fake.reset()
  const hub = newHub()
  await hub.deleteStored((await hub.storage()).files.map(({ key }) => key))
})

describe.for([REPO_FILE, PLAIN])('a range of %s', (name) => {
  test('comes with one request of exactly its bytes, and is not kept', async () => {
    const hub = newHub()
    expectSame(await streamed(await open(name, hub)), WANTED)
    expect(await ranges(name)).toEqual([`bytes=${FROM}-${FROM + LENGTH - 1}`])
    expect((await fake.asked()).get(name)).toBe(65_536 + LENGTH)
    await written(hub)
    // But for what was read on opening.
    expect((await hub.storage()).files.reduce((sum, { present }) => sum + present, 0)).toBeLessThan(OPENED)
  })

  test('goes on from the byte reached when the connection is cut, each byte once', async () => {
    const source = await open(name)
    await fake.fault({ name, kind: 'cut', after: 3 * MiB, times: 2 })
    expectSame(await streamed(source), WANTED)
    const starts = (await ranges(name)).map((range) => Number(/=(\d+)-/.exec(range ?? '')?.[1]))
    expect(starts.length).toBe(3)
    expect(starts[0]).toBe(FROM)
    expect(starts[1]).toBeGreaterThan(FROM)
    expect(starts[2]).toBeGreaterThan(starts[1])
  })

  test('of a file that has changed is an error, at its begin and after a cut', async () => {
    for (const cut of [false, true]) {
      const source = await open(name)
      if (cut) await fake.fault({ name, kind: 'cut', after: MiB, times: 1 })
      await fake.fault({ name, kind: 'etag', etag: 'another', skip: cut ? 1 : 0 })
      const title = 'The file changed while it was downloading.'
      await expect(streamed(source)).rejects.toMatchObject({ title })
      await expect(source.read(0, MiB)).rejects.toMatchObject({ title })
      await fake.clearFaults()
    }
  })

  test('stops when it is cancelled, and can be asked for again', async () => {
    const source = await open(name)
    const controller = new AbortController()
    let got = 0
    const take = (part: Uint8Array): void => {
      got += part.length
      controller.abort()
    }
    const cancelled = source.stream?.(FROM, LENGTH, take, controller.signal)
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' })
    expect(got).toBeLessThan(2 * MiB)
    expectSame(await streamed(source), WANTED)
  })

  test('is taken over at the reader’s own pace, and what it throws ends it', async () => {
    const source = await open(name)
    let taking = 0
    await source.stream?.(0, 3 * MiB, async () => {
      taking += 1
      expect(taking).toBe(1)
      await new Promise((resolve) => setTimeout(resolve, 20))
      taking -= 1
    })
    const thrown = source.stream?.(0, 3 * MiB, () => Promise.reject(new Error('the GPU is lost')))
    await expect(thrown).rejects.toThrow('the GPU is lost')
  })

  test('comes from storage as far as it is there, and leaves nothing out at the seams', async () => {
    const hub = newHub()
    await (await open(name, hub)).read(8 * MiB, MiB)
    const stored = async () => (await hub.storage()).files[0]?.present
    await expect.poll(stored, { timeout: 20_000 }).toBeGreaterThanOrEqual(4 * MiB)
    expect(await stored()).toBeLessThan(4 * MiB + OPENED)
    await fake.reset()
    expectSame(await streamed(await open(name, hub)), WANTED)
    expect(await ranges(name)).toEqual([
      `bytes=${FROM}-${8 * MiB - 1}`,
      `bytes=${12 * MiB}-${FROM + LENGTH - 1}`,
    ])
  })
})

test('several ranges come at the same time', async () => {
  const source = await open(REPO_FILE)
  const places = [0, 3, 7, 11].map((place) => place * MiB + 3)
  const all = await Promise.all(places.map((place) => streamed(source, place, 5 * MiB)))
  for (const [i, found] of all.entries()) expectSame(found, noiseBytes(places[i], 5 * MiB))
})

test('a file of a host without ranges streams from where it was taken whole', async () => {
  await fake.fault({ name: PLAIN, kind: 'noRange' })
  const source = await open(PLAIN)
  await fake.reset()
  expectSame(await streamed(source), WANTED)
  expect(await fake.log()).toEqual([])
})

test('bytes that are not in the file are a defect of the reader', async () => {
  const source = await open(REPO_FILE)
  await expect(streamed(source, 21 * MiB, 78)).rejects.toBeInstanceOf(RangeError)
})
