// What goes wrong with downloads, one test a fault: loading ends right, or with the right message; and what of the
// file survives. docs/faults.md is this as a table.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Hub } from '../../src/hub/hub.ts'
import { StorageFailed } from '../../src/hub/opfs.ts'
import { ShelfLink } from '../../src/hub/shelf-link.ts'
import type { ByteSource } from '../../src/lib/byte-source.ts'
import { UserError } from '../../src/lib/errors.ts'
import type { StoredFile } from '../../src/lib/storage-state.ts'
import { damageChunk, fillStorage } from '../support/damage.ts'
import type { Fault } from '../support/fake-hub/faults.ts'
import { FakeHubClient, noiseBytes } from '../support/fake-hub-client.ts'
import { hubOn, openOn } from '../support/hub-on.ts'

const MiB = 1024 * 1024
const SIZE = 5 * MiB
/** A large file of a repository, two chunks long. */
const FILE = 'fake/demo/folder/a.bin'
/** The same at a plain address. */
const PLAIN = 'files/plain/two.bin'
/** Longer ones, of which a part is read. */
const LONG = 'fake/demo/data.bin'
const LONG_PLAIN = 'files/plain/data.bin'
const LATER = noiseBytes(12 * MiB, MiB)
const CONTENT = [noiseBytes(0, SIZE), noiseBytes(0, SIZE, 1)]

const fake = await FakeHubClient.beside()
const notices: string[] = []

const newHub = (): Hub => hubOn(fake, (notice) => notices.push(notice))

const open = (name: string, hub = newHub()): Promise<ByteSource> => openOn(hub, fake, name)

async function load(name: string, hub = newHub()): Promise<Uint8Array> {
  const source = await open(name, hub)
  return source.read(0, source.size)
}

async function expectRight(name: string, version = 0, hub = newHub()): Promise<void> {
  const bytes = await load(name, hub)
  expect(bytes.length).toBe(SIZE)
  expect(bytes.findIndex((byte, i) => byte !== CONTENT[version][i])).toBe(-1)
}

async function failure(name: string): Promise<UserError> {
  const error = await load(name).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof UserError)) throw new Error(`not a UserError: ${error}`)
  expect(error.detail).toContain(name.split('/').at(-1))
  expect(`${error}`).not.toContain('Signature')
  return error
}

/** The title of the error that this ends with. */
async function titleOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no error',
    (thrown: unknown) => (thrown instanceof UserError ? thrown.title : `${thrown}`),
  )
}

async function stored(): Promise<StoredFile[]> {
  return (await newHub().storage()).files
}

async function becomesStored(bytes: number): Promise<void> {
  const present = async () => (await stored())[0]?.present ?? 0
  await expect.poll(present, { timeout: 20_000 }).toBe(bytes)
}

beforeEach(async () => {
  await fake.reset()
  notices.length = 0
  await newHub().deleteStored((await stored()).map(({ key }) => key))
})
afterEach(() => {
  vi.restoreAllMocks()
})

type What = Fault extends infer F ? (F extends Fault ? Omit<F, 'name'> : never) : never

describe('loading ends right when', () => {
  const passing: [string, What, string?][] = [
    ['the connection is cut three times', { kind: 'cut', after: MiB, times: 3 }],
    ['the host falls silent once', { kind: 'stall', after: MiB, skip: 1, times: 1 }],
    ['an answer is shorter than asked for', { kind: 'truncate', after: 1000, times: 2 }],
    ['an answer promises more than it sends', { kind: 'overclaim', extra: 10, times: 3 }],
    ['the host asks to wait (429, Retry-After)', { kind: 'status', status: 429, retryAfter: 0, times: 2 }],
    ['the host fails three times (500)', { kind: 'status', status: 500, times: 3 }],
    ['the host sends no parts (no Range)', { kind: 'noRange' }],
    ['the host hides its headers from pages', { kind: 'hidden' }, PLAIN],
    ['the host has no ETag', { kind: 'noEtag' }, PLAIN],
  ]
  test.for(passing)('%s', async ([, fault, name = FILE]) => {
    await fake.fault({ ...fault, name } as Fault)
    await expectRight(name)
  })

  test('cut off, it goes on from the byte reached', async () => {
    await fake.fault({ name: FILE, kind: 'cut', after: MiB, skip: 1, times: 1 })
    await expectRight(FILE)
    const sent = (await fake.log()).filter(({ host }) => host === 'cdn').map(({ range }) => range)
    expect(sent.some((range) => range !== 'bytes=0-65535' && !/^bytes=(0|4194304)-/.test(range ?? ''))).toBe(
      true,
    )
  })

  test('the signed address expires between two parts', async () => {
    await fake.lifetime(400)
    const source = await open(FILE)
    await new Promise((resolve) => setTimeout(resolve, 500))
    await fake.lifetime(60_000)
    expect((await source.read(0, SIZE)).every((byte, i) => byte === CONTENT[0][i])).toBe(true)
    expect((await fake.log()).filter(({ path }) => path.includes('/resolve/')).length).toBeGreaterThan(1)
  })

  test('the host is a plain mirror without API', async () => {
    await fake.fault({ name: 'api', kind: 'status', status: 404 })
    await expectRight(FILE)
  })

  test('a host without ranges has its file kept all the same', async () => {
    await fake.fault({ name: PLAIN, kind: 'noRange' })
    await expectRight(PLAIN)
    expect((await stored())[0]).toMatchObject({ present: SIZE, verified: 'size' })
  })
})

describe('loading ends with a message when', () => {
  const failing: [string, What, string, string?][] = [
    ['every connection is cut', { kind: 'cut', after: 0 }, 'A file could not be fetched.'],
    ['the host stays silent', { kind: 'stall', after: 0 }, 'The host has gone silent.'],
    [
      'it sends more than asked for',
      { kind: 'long', extra: 5 },
      'The host sent another length than asked for.',
    ],
    ['it sends another part', { kind: 'otherPart' }, 'The host sent another part than asked for.'],
    [
      'it asks to wait for ever (429)',
      { kind: 'status', status: 429, retryAfter: 0 },
      'The host asks for fewer requests.',
    ],
    ['it keeps failing (503)', { kind: 'status', status: 503 }, 'The host has a problem of its own.'],
    ['it needs a token (401)', { kind: 'status', status: 401 }, 'This file needs an access token.'],
    ['it refuses (403)', { kind: 'status', status: 403 }, 'Access to this file is refused.'],
    [
      'the part is not in the file (416)',
      { kind: 'status', status: 416 },
      'The file is shorter than it was said to be.',
    ],
    ['a web page comes instead', { kind: 'html' }, 'There is a web page where the file should be.'],
    [
      'a web page comes instead (plain address)',
      { kind: 'html' },
      'There is a web page where the file should be.',
      PLAIN,
    ],
    ['the file is not there (404)', { kind: 'status', status: 404 }, 'There is no such file.', PLAIN],
  ]
  test.for(failing)('%s; and works once that has passed', async ([, fault, title, name = FILE]) => {
    await fake.fault({ ...fault, name } as Fault)
    expect((await failure(name)).title).toBe(title)
    await fake.clearFaults()
    await expectRight(name)
  })

  test('the host forbids other sites (CORS): it says that this may be the cause', async () => {
    await fake.fault({ name: PLAIN, kind: 'noCors' })
    expect((await failure(PLAIN)).remedy).toContain('CORS')
  })

  test('the browser is offline: it says so', async () => {
    await fake.fault({ name: PLAIN, kind: 'refuse' })
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
    expect((await failure(PLAIN)).detail).toContain('offline')
  })

  test('bytes are wrong (SHA-256): nothing is kept, and the next try fetches all anew', async () => {
    await fake.fault({ name: FILE, kind: 'flip', at: 4_500_000 })
    expect((await failure(FILE)).title).toBe('The file is not the one the hub describes.')
    expect(await stored()).toEqual([])
    await fake.clearFaults()
    await expectRight(FILE)
  })

  test('bytes of a large file are wrong (SHA-256): it is used until that is known, and then withdrawn', async () => {
    const withdrawn: unknown[] = []
    const others = { onWithdrawn: (error: unknown) => withdrawn.push(error) }
    await fake.fault({ name: LONG, kind: 'flip', at: 4_500_000 })
    const source = await open(
      LONG,
      hubOn(fake, (notice) => notices.push(notice), others),
    )
    await source.read(0, source.size)
    await expect.poll(() => withdrawn.length, { timeout: 10_000 }).toBe(1)
    const [error] = withdrawn
    expect(error).toMatchObject({ title: 'The file is not the one the hub describes.' })
    await expect(source.read(12 * MiB, MiB)).rejects.toBe(error)
    expect(await stored()).toEqual([])
    await fake.clearFaults()
    const again = await open(LONG)
    const right = (await again.read(0, again.size)).subarray(12 * MiB, 13 * MiB)
    expect(right.findIndex((byte, i) => byte !== LATER[i])).toBe(-1)
    await expect.poll(async () => (await stored()).map(({ verified }) => verified)).toEqual(['sha256'])
    expect(withdrawn.length).toBe(1)
  })

  test.for([LONG, LONG_PLAIN])(
    '%s changes while it is downloaded: nothing is mixed or kept',
    async (name) => {
      const source = await open(name)
      await source.read(0, MiB)
      await fake.fault({ name, kind: 'etag', etag: 'another' })
      const title = 'The file changed while it was downloading.'
      expect(await titleOf(source.read(12 * MiB, MiB))).toBe(title)
      expect(await titleOf(source.read(0, MiB))).toBe(title)
      expect(await stored()).toEqual([])
      await fake.clearFaults()
      const again = await (await open(name)).read(12 * MiB, MiB)
      expect(again.findIndex((byte, i) => byte !== LATER[i])).toBe(-1)
    },
  )
})

describe('what is kept', () => {
  test('a plain address changed between visits is fetched anew', async () => {
    await expectRight(PLAIN)
    await becomesStored(SIZE)
    await fake.update()
    await expectRight(PLAIN, 1)
    expect((await stored()).length).toBe(1)
  })

  test('what arrived before an error is there for the next try', async () => {
    const source = await open(LONG)
    await source.read(0, 100_000)
    await becomesStored(4 * MiB)
    await fake.fault({ name: LONG, kind: 'status', status: 503 })
    expect(await titleOf(source.read(12 * MiB, MiB))).toBe('The host has a problem of its own.')
    await fake.reset()
    const again = await open(LONG)
    await again.read(0, MiB)
    await again.read(12 * MiB, MiB)
    const sent = (await fake.log()).filter(({ host }) => host === 'cdn').map(({ range }) => range)
    expect(sent).toEqual([`bytes=${12 * MiB}-${16 * MiB - 1}`])
  })

  test.for(['damaged', 'cut short'] as const)(
    'a chunk %s on the disk is found and fetched again',
    async (how) => {
      await expectRight(FILE)
      await becomesStored(SIZE)
      const [{ key }] = await stored()
      // A cut takes all that follows along: it is made in the last one.
      const index = how === 'damaged' ? 0 : 1
      await damageChunk(key, index, how)
      await fake.reset()
      await expectRight(FILE)
      const sent = (await fake.log()).filter(({ host }) => host === 'cdn').map(({ range }) => range)
      expect(sent).toEqual([index === 0 ? `bytes=0-${4 * MiB - 1}` : `bytes=${4 * MiB}-${SIZE - 1}`])
    },
  )

  test('opens without a connection once it is whole', async () => {
    await expectRight(FILE)
    await becomesStored(SIZE)
    await fake.fault({ name: 'api', kind: 'refuse' })
    await expectRight(FILE)
  })

  test('full storage: loading goes on, nothing more is kept, and the page is told once', async () => {
    const hub = newHub()
    const source = await open(FILE, hub)
    fillStorage()
    const bytes = await source.read(0, SIZE)
    expect(bytes.every((byte, i) => byte === CONTENT[0][i])).toBe(true)
    await expectRight(FILE, 0, hub)
    expect(notices.length).toBe(1)
    expect(notices[0]).toContain('full')
    vi.restoreAllMocks()
    expect((await stored()).every(({ verified }) => verified === 'incomplete')).toBe(true)
  })

  test.for([FILE, LONG])('the thread for the disk is gone: %s is loaded all the same', async (name) => {
    const hub = newHub()
    vi.spyOn(ShelfLink.prototype, 'put').mockRejectedValue(new StorageFailed(undefined))
    const source = await open(name, hub)
    const bytes = await source.read(0, source.size)
    const right = noiseBytes(0, source.size)
    expect(bytes.findIndex((byte, i) => byte !== right[i])).toBe(-1)
    expect(notices.length).toBe(1)
    expect(notices[0]).toContain('refused')
  })

  test('no storage: loading goes on, and the page is told once', async () => {
    vi.spyOn(navigator.storage, 'getDirectory').mockRejectedValue(new DOMException('no', 'SecurityError'))
    const hub = newHub()
    await expectRight(FILE, 0, hub)
    await expectRight(PLAIN, 0, hub)
    expect(notices.length).toBe(1)
    expect(await hub.storage()).toMatchObject({ available: false, notice: notices[0], files: [] })
    await fake.fault({ name: PLAIN, kind: 'noRange' })
    await expectRight(PLAIN, 0, hub)
  })
})
