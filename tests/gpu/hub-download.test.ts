// Downloads from a hub: by range, kept, resumed, shared, pinned and checked.
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { readNpz } from '../../src/formats/npz.ts'
import { ChunkWindow } from '../../src/hub/chunk-window.ts'
import { Hub } from '../../src/hub/hub.ts'
import { ShelfLink } from '../../src/hub/shelf-link.ts'
import { Verifier } from '../../src/hub/verifier.ts'
import type { ByteSource } from '../../src/lib/byte-source.ts'
import { everythingKept } from '../support/everything-kept.ts'
import { scopeWeight } from '../support/fake-hub/weights.ts'
import { FakeHubClient, noiseBytes } from '../support/fake-hub-client.ts'
import { GOOD_TOKEN } from '../support/fake-hub-names.ts'
import { written } from '../support/hub-on.ts'

const MiB = 1024 * 1024
const CHUNK = 4 * MiB
const SIZE = 21 * MiB + 77
const DATA = 'fake/demo/data.bin'

const fake = await FakeHubClient.beside()
const notices: string[] = []

function newHub(token?: string): Hub {
  const hub = new Hub(`${location.origin}/hub/`, {
    onNotice: (notice) => notices.push(notice),
    policy: { firstDelay: 20, silence: 2000 },
  })
  hub.configure({ endpoint: fake.origin, token })
  return hub
}

async function open(hub: Hub, name = `hf:${DATA}`): Promise<ByteSource> {
  const { set, file } = await hub.locate(name)
  const source = file && (await set.find(file))
  if (!source) throw new Error(`${name} was not found`)
  return source
}

/** Reads from front to back as an SAE is read: blocks of 4 MiB that lie across chunks. */
async function readAll(source: ByteSource, signal?: AbortSignal, from = 187): Promise<void> {
  for (let at = from; at < source.size; at += CHUNK) {
    const length = Math.min(CHUNK, source.size - at)
    const bytes = await source.read(at, length, signal)
    for (const i of [0, length >> 1, length - 1]) expect(bytes[i]).toBe(noiseBytes(at + i, 1)[0])
  }
}

/** Waits until so many bytes are stored: that happens behind the reader. */
async function present(bytes: number): Promise<void> {
  const hub = newHub()
  const stored = async () => (await hub.storage()).files[0]?.present ?? 0
  await expect.poll(stored, { timeout: 20_000 }).toBeGreaterThanOrEqual(bytes)
}

/** Comparing element by element with toEqual takes seconds a MiB. */
function expectSame(found: Uint8Array, wanted: Uint8Array): void {
  expect(found.length).toBe(wanted.length)
  expect(found.findIndex((byte, i) => byte !== wanted[i])).toBe(-1)
}

/** Ranges of the file that its host sent. */
async function ranges(path = `/${DATA}`): Promise<string[]> {
  return (await fake.log()).flatMap((one) =>
    one.host === 'cdn' && one.path === path ? [one.range ?? ''] : [],
  )
}

const wholeChunks = (sent: string[]): string[] => sent.filter((range) => range !== 'bytes=0-65535')

beforeEach(async () => {
  await fake.reset()
  notices.length = 0
  const hub = newHub()
  await hub.deleteStored((await hub.storage()).files.map(({ key }) => key))
})

describe('a file of a hub', () => {
  test('is read in chunks, each fetched once, from where the hub redirects to', async () => {
    const hub = newHub()
    await readAll(await open(hub))
    const log = await fake.log()
    expect(wholeChunks(await ranges()).length).toBe(6)
    expect(log.filter(({ path }) => path.includes('/resolve/')).length).toBe(1)
    const revision = expect.stringMatching(/^[0-9a-f]{40}$/)
    const right = { name: DATA, size: SIZE, present: SIZE, verified: 'sha256', revision }
    // A large file is checked as a whole once it is in use.
    await expect.poll(async () => (await hub.storage()).files).toMatchObject([right])
  })

  test('is hashed as it is read where nothing is kept: no chunk is obtained again for it', async () => {
    vi.spyOn(navigator.storage, 'getDirectory').mockRejectedValue(new DOMException('no', 'SecurityError'))
    const digest = vi.spyOn(Verifier.prototype, 'digest')
    const again = vi.spyOn(ChunkWindow.prototype, 'need')
    const hub = newHub()
    const source = await open(hub)
    source.willRead?.(0, source.size)
    await readAll(source)
    expect(digest).toHaveBeenCalledOnce()
    expect(again).not.toHaveBeenCalled()
    vi.restoreAllMocks()
  })

  test('is not fetched again on the next visit', async () => {
    await readAll(await open(newHub()))
    await fake.reset()
    await readAll(await open(newHub()))
    expect(await ranges()).toEqual([])
  })

  test('cancelled half way, is resumed and fetches only the rest', async () => {
    await fake.fault({ name: DATA, kind: 'slow', bytesPerSecond: 4 * MiB })
    const controller = new AbortController()
    const source = await open(newHub())
    await source.read(187, 2 * CHUNK, controller.signal)
    const reading = readAll(source, controller.signal, 187 + 2 * CHUNK)
    controller.abort()
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
    await present(CHUNK)
    await new Promise((resolve) => setTimeout(resolve, 300))
    const [partial] = (await newHub().storage()).files
    expect(partial.verified).toBe('incomplete')
    expect(partial.present).toBeLessThan(SIZE)

    await fake.reset()
    await readAll(await open(newHub()))
    expect((await ranges()).length).toBe(Math.ceil((SIZE - partial.present) / CHUNK))
    await expect.poll(async () => (await newHub().storage()).files[0].verified).toBe('sha256')
  })

  test('cancelled, is listed with what is still being written: the next offer names what it will fetch', async () => {
    const put = ShelfLink.prototype.put
    const slow = vi.spyOn(ShelfLink.prototype, 'put')
    let begun = 0
    slow.mockImplementation(async function (this: ShelfLink, ...chunk) {
      begun += 1
      await new Promise((resolve) => setTimeout(resolve, 400))
      return put.apply(this, chunk)
    })
    const hub = newHub()
    const controller = new AbortController()
    const reading = readAll(await open(hub), controller.signal)
    await expect.poll(() => begun, { timeout: 20_000, interval: 5 }).toBeGreaterThan(0)
    controller.abort()
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
    const [listed] = (await hub.storage()).files
    expect(listed.present).toBeGreaterThan(0)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const [later] = (await hub.storage()).files
    expect(later.present).toBe(listed.present)
    slow.mockRestore()
  })

  test('cancelled between two reads, is no longer fetched', async () => {
    await fake.fault({ name: DATA, kind: 'slow', bytesPerSecond: 4 * MiB })
    const hub = newHub()
    const source = await open(hub)
    source.willRead?.(0, source.size)
    const controller = new AbortController()
    await source.read(187, 1000 + MiB, controller.signal)
    controller.abort()
    const [listed] = (await hub.storage()).files
    await new Promise((resolve) => setTimeout(resolve, 2500))
    const [later] = (await hub.storage()).files
    expect(later.present).toBe(listed.present)
    expect(later.present).toBeLessThan(SIZE)
  })

  test('read again after Cancel by the same reader goes on', async () => {
    await fake.fault({ name: DATA, kind: 'slow', bytesPerSecond: 40 * MiB, times: 5 })
    const controller = new AbortController()
    const source = await open(newHub())
    const reading = readAll(source, controller.signal)
    setTimeout(() => controller.abort(), 50)
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
    await readAll(source)
  })

  test('replaces what another version of the page has kept of it', async () => {
    await readAll(await open(newHub()))
    // Its manifest is written once more when it has been checked.
    await expect.poll(async () => (await newHub().storage()).files[0].verified).toBe('sha256')
    const [{ key }] = (await newHub().storage()).files
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('hub')
    const write = async (name: string, text: string): Promise<void> => {
      const handle = await (await root.getDirectoryHandle(key)).getFileHandle(name, { create: true })
      const writable = await handle.createWritable()
      await writable.write(text)
      await writable.close()
    }
    await write('manifest.json', '{"version":1}')
    await write('0', 'a chunk of that version')
    await fake.reset()
    await readAll(await open(newHub()))
    expect(wholeChunks(await ranges()).length).toBe(6)
    const names: string[] = []
    for await (const name of (await root.getDirectoryHandle(key)).keys()) names.push(name)
    expect(names.sort()).toEqual(['chunks-0', 'manifest.json'])
  })

  test('is not taken for another version’s while its manifest is being replaced', async () => {
    await readAll(await open(newHub()))
    await expect.poll(async () => (await newHub().storage()).files[0].verified).toBe('sha256')
    await fake.reset()
    const replaced = new DOMException('it was replaced', 'NotReadableError')
    const text = vi.spyOn(Blob.prototype, 'text').mockRejectedValueOnce(replaced)
    await readAll(await open(newHub()))
    expect(text.mock.calls.length).toBeGreaterThan(1)
    text.mockRestore()
    expect(await ranges()).toEqual([])
  })

  test('opened by two tabs at once is fetched once', async () => {
    const [one, two] = [await open(newHub()), await open(newHub())]
    await Promise.all([readAll(one), readAll(two)])
    expect(wholeChunks(await ranges()).length).toBe(6)
  })

  test('that another tab is downloading slowly is waited for, and that is told until it goes on', async () => {
    const told: [string, boolean][] = []
    const tab = (name: string): Hub => {
      const hub = new Hub(`${location.origin}/hub/`, { onWaiting: (waiting) => told.push([name, waiting]) })
      hub.configure({ endpoint: fake.origin })
      return hub
    }
    const one = await open(tab('first'))
    const two = await open(tab('second'))
    await fake.fault({ name: DATA, kind: 'slow', bytesPerSecond: 2 * MiB })
    const first = readAll(one)
    await expect.poll(async () => (await ranges()).length).toBeGreaterThan(2)
    const second = readAll(two)
    await expect.poll(() => told[0], { timeout: 10_000 }).toEqual(['second', true])
    await fake.clearFaults()
    await Promise.all([first, second])
    // Further on, the first may wait for what the second has begun.
    for (const name of ['first', 'second']) {
      const own = told.flatMap(([tab, waiting]) => (tab === name ? [waiting] : []))
      expect(own).toEqual(own.map((_, at) => at % 2 === 0))
      expect(own.at(-1)).not.toBe(true)
    }
    expect(wholeChunks(await ranges()).length).toBe(6)
  })

  test('waited for in vain and cancelled is no longer waited for', async () => {
    const told: boolean[] = []
    const hub = new Hub(`${location.origin}/hub/`, { onWaiting: (waiting) => told.push(waiting) })
    hub.configure({ endpoint: fake.origin })
    const source = await open(hub)
    await fake.fault({ name: DATA, kind: 'slow', bytesPerSecond: MiB })
    const stop = new AbortController()
    const other = readAll(await open(newHub()), stop.signal)
    await expect.poll(async () => (await ranges()).length).toBeGreaterThan(1)
    const controller = new AbortController()
    const reading = readAll(source, controller.signal)
    await expect.poll(() => told, { timeout: 10_000 }).toEqual([true])
    controller.abort()
    stop.abort()
    for (const ended of [reading, other]) await expect(ended).rejects.toMatchObject({ name: 'AbortError' })
    await expect.poll(() => told).toEqual([true, false])
  })

  test('read twice at once in one tab is waited for without a word of another', async () => {
    const told: boolean[] = []
    const hub = new Hub(`${location.origin}/hub/`, { onWaiting: (waiting) => told.push(waiting) })
    hub.configure({ endpoint: fake.origin })
    const sources = [await open(hub), await open(hub)]
    await fake.fault({ name: DATA, kind: 'slow', bytesPerSecond: 2 * MiB })
    await Promise.all(sources.map((source) => source.read(0, 6 * MiB)))
    expect(told).toEqual([])
  })

  test('that is kept has the page told once, so that it asks the browser not to evict it', async () => {
    let told = 0
    const hub = new Hub(`${location.origin}/hub/`, {
      onKeeping: () => {
        told += 1
      },
    })
    hub.configure({ endpoint: fake.origin })
    await (await hub.locate('featurescope/gemma-2-mini')).set.text('config.json')
    expect(told).toBe(0)
    await open(hub, 'fake/demo/small.bin')
    await open(hub, 'fake/demo/config.json')
    expect(told).toBe(1)
  })

  test('lone rows fetch only themselves, and come from storage once they are there', async () => {
    const hub = newHub()
    const source = await open(hub)
    const row = await source.read(9 * MiB + 5, 1000)
    expect(row).toEqual(noiseBytes(9 * MiB + 5, 1000))
    expect(wholeChunks(await ranges())).toEqual([`bytes=${9 * MiB + 5}-${9 * MiB + 1004}`])
    await source.read(8 * MiB, MiB)
    await present(CHUNK)
    await fake.reset()
    const later = await open(newHub())
    expectSame(await later.read(10 * MiB, 500), noiseBytes(10 * MiB, 500))
    expect(await ranges()).toEqual([])
    await written(hub)
    const [stored] = (await hub.storage()).files
    expect(stored.verified).toBe('incomplete')
    // The chunk, which the row is in, and the head that opening read.
    expect(stored.present - CHUNK).toBeGreaterThanOrEqual(65_536)
    expect(stored.present - CHUNK).toBeLessThan(65_536 + 100)
  })

  test('lone rows and what opening read are kept, too: a later visit asks for neither', async () => {
    const spots = [9 * MiB + 5, 9 * MiB + 900, 9 * MiB + 500_000, 100, 17 * MiB]
    const source = await open(newHub())
    for (const at of spots) await source.read(at, 1000)
    await written(newHub())
    await fake.reset()
    const later = await open(newHub())
    for (const at of spots) expectSame(await later.read(at, 1000), noiseBytes(at, 1000))
    expect(await ranges()).toEqual([])
    // Two rows that overlap lie there as one.
    expectSame(await later.read(9 * MiB + 5, 1895), noiseBytes(9 * MiB + 5, 1895))
    expect(await ranges()).toEqual([])
    await later.read(9 * MiB + 4, 1000)
    expect(await ranges()).toEqual([`bytes=${9 * MiB + 4}-${9 * MiB + 1003}`])
  })

  test('a read that says that it stands alone fetches only itself, across chunks too, and is kept', async () => {
    const at = 8 * MiB - 200_000
    const hub = newHub()
    const source = await open(hub)
    expectSame(await source.read(at, 500_000, undefined, { alone: true }), noiseBytes(at, 500_000))
    const sent = [`bytes=${at}-${8 * MiB - 1}`, `bytes=${8 * MiB}-${at + 499_999}`]
    expect(wholeChunks(await ranges()).sort()).toEqual(sent.sort())
    await written(hub)
    await fake.reset()
    const later = await open(newHub())
    expectSame(await later.read(at, 500_000, undefined, { alone: true }), noiseBytes(at, 500_000))
    expect(await ranges()).toEqual([])
    // One that is large all the same, and one that says nothing, come by chunks.
    await later.read(13 * MiB, 2 * MiB, undefined, { alone: true })
    await later.read(17 * MiB, 500_000)
    expect(
      (await ranges()).every(
        (range) => /^bytes=(\d+)-/.test(range) && Number(range.slice(6).split('-')[0]) % CHUNK === 0,
      ),
    ).toBe(true)
  })

  test('a damaged piece of lone rows is only fetched again', async () => {
    const at = 9 * MiB + 5
    await (await open(newHub())).read(at, 1000)
    await written(newHub())
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('hub')
    const [{ key }] = (await newHub().storage()).files
    const piece = await (await root.getDirectoryHandle(key)).getFileHandle('2.piece')
    const writable = await piece.createWritable({ keepExistingData: true })
    await writable.write({ type: 'write', position: 500, data: new Uint8Array(3) })
    await writable.close()
    await fake.reset()
    expectSame(await (await open(newHub())).read(at, 1000), noiseBytes(at, 1000))
    expect(await ranges()).toEqual([`bytes=${at}-${at + 999}`])
  })

  test('changed upstream between visits is fetched anew, and what was kept is set aside', async () => {
    await readAll(await open(newHub()))
    const [before] = (await newHub().storage()).files
    await fake.update()
    const source = await open(newHub())
    expectSame(await source.read(5 * MiB, MiB), noiseBytes(5 * MiB, MiB, 1))
    const { files } = await newHub().storage()
    expect(files.length).toBe(1)
    expect(files[0].revision).not.toBe(before.revision)
    expect(files[0].verified).toBe('incomplete')
  })

  test('stays at the commit that the session began with', async () => {
    const hub = newHub()
    const { set } = await hub.locate('fake/demo')
    await set.find('small.bin')
    const commit = await fake.log().then((log) =>
      log
        .find(({ path }) => path.includes('/paths-info/') || path.includes('/tree/'))
        ?.path.split('/')
        .at(-1),
    )
    await set.find('data.bin')
    const asked = (await fake.log()).filter(({ path }) => path.includes('/resolve/'))
    expect(asked.every(({ path }) => path.includes(`/resolve/${commit}/`))).toBe(true)
  })

  test('folders are listed, and files in them found; others are not', async () => {
    const { set } = await newHub().locate('fake/demo/folder')
    expect(set.paths).toEqual(['a.bin', 'b.json'])
    expect(await set.text('b.json')).toBe('{"b":0}')
    expect(await set.find('none.bin')).toBeUndefined()
  })

  test('an SAE in Gemma Scope’s form has the right numbers', async () => {
    const arrays = await readNpz(await open(newHub(), 'fake/scope/params.npz'))
    for (const name of ['W_enc', 'W_dec', 'b_enc', 'b_dec', 'threshold'] as const) {
      const values = await arrays.get(name)?.readFloat32(0, 100)
      expect(values?.[99]).toBe(scopeWeight(name, 99))
    }
    const last = await arrays.get('W_dec')?.readFloat32(128 * 8192 - 1, 1)
    expect(last?.[0]).toBe(scopeWeight('W_dec', 128 * 8192 - 1))
  })
})

describe('a token', () => {
  test('opens a gated repository and never reaches the host that the hub redirects to', async () => {
    const source = await open(newHub(GOOD_TOKEN), 'fake/gated/data.bin')
    expectSame(await source.read(4 * MiB, MiB), noiseBytes(4 * MiB, MiB))
    const log = await fake.log()
    expect(log.some(({ host, authorized }) => host === 'hub' && authorized)).toBe(true)
    expect(log.filter(({ host }) => host === 'cdn').length).toBeGreaterThan(1)
    expect(log.filter(({ host, authorized }) => host === 'cdn' && authorized)).toEqual([])
    const { files } = await newHub().storage()
    expect(JSON.stringify(files)).not.toContain(GOOD_TOKEN)
    const kept = await everythingKept()
    // The repository is there, so that the token would have been found.
    expect(kept).toContain('fake/gated')
    expect(kept).not.toContain(GOOD_TOKEN)
  })

  test('is asked for when there is none, and named as powerless when it has no access', async () => {
    await expect(open(newHub(), 'fake/gated/data.bin')).rejects.toMatchObject({
      title: 'This file needs an access token.',
    })
    const refused = await open(newHub('hf_other'), 'fake/gated/data.bin').catch((error: unknown) => error)
    expect(refused).toMatchObject({ title: 'Access to this file is refused.' })
    expect(String(refused)).not.toContain('hf_other')
  })
})
