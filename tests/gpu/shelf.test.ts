// Chunks on the disk, as two tabs write and read them at once; each tab has a worker of its own.
import { type Remote, wrap } from 'comlink'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { removeWhole } from '../../src/hub/opfs.ts'
import type { Shelved } from '../../src/hub/shelf.ts'
import { hex } from '../../src/lib/hex.ts'
import { noiseBytes } from '../support/fake-hub-client.ts'
import type { ShelfTab } from '../support/shelf-tab.worker.ts'

const KiB = 1024
const FILE: Shelved = { key: 'shelf-test', size: 1000 * KiB + 7, chunk: 256 * KiB }
const workers: Worker[] = []
let hub: FileSystemDirectoryHandle

async function tab(together: boolean): Promise<Remote<ShelfTab>> {
  const worker = new Worker(new URL('../support/shelf-tab.worker.ts', import.meta.url), { type: 'module' })
  workers.push(worker)
  const opened = wrap<ShelfTab>(worker)
  await opened.open(together)
  return opened
}

function chunk({ size, chunk }: Shelved, index: number): Uint8Array<ArrayBuffer> {
  return noiseBytes(index * chunk, Math.min(chunk, size - index * chunk))
}

async function fill(at: Remote<ShelfTab>, file = FILE): Promise<void> {
  for (let index = 0; index * file.chunk < file.size; index++) {
    expect((await at.put(file, index, chunk(file, index))).refused).toBeUndefined()
  }
}

beforeEach(async () => {
  hub = await (await navigator.storage.getDirectory()).getDirectoryHandle('hub', { create: true })
  await removeWhole(hub, FILE.key)
  await hub.getDirectoryHandle(FILE.key, { create: true })
})

afterEach(async () => {
  for (const worker of workers.splice(0)) worker.terminate()
  await removeWhole(hub, FILE.key)
})

describe.for([
  ['together, as in Chromium', true],
  ['one at a time, as in other browsers', false],
] as const)('two tabs that may hold a file %s', ([, together]) => {
  test('find each other’s chunks, and their own', async () => {
    const [one, two] = [await tab(together), await tab(together)]
    await one.put(FILE, 3, chunk(FILE, 3))
    await two.put(FILE, 0, chunk(FILE, 0))
    for (const each of [one, two]) {
      expect(await each.get(FILE, 0)).toEqual(chunk(FILE, 0))
      expect(await each.get(FILE, 3)).toEqual(chunk(FILE, 3))
      expect(await each.get(FILE, 1)).toBeUndefined()
      expect(await each.part(FILE, 3, 5, 10)).toEqual(chunk(FILE, 3).slice(5, 15))
      expect(await each.part(FILE, 2, 5, 10)).toBeUndefined()
      expect(await each.present(FILE)).toEqual([0, 3])
    }
  })

  test('write at the same time, and everything is there', async () => {
    const [one, two] = [await tab(together), await tab(together)]
    await Promise.all([fill(one), fill(two)])
    expect(await one.present(FILE)).toEqual([0, 1, 2, 3])
    const whole = await crypto.subtle.digest('SHA-256', noiseBytes(0, FILE.size))
    expect(await two.sha256(FILE)).toEqual({ sha256: hex(new Uint8Array(whole)) })
  })

  test('let go of what is deleted', async () => {
    const one = await tab(together)
    await fill(one)
    await one.close(FILE.key)
    expect(await removeWhole(hub, FILE.key)).toBe(true)
    expect(await one.present(FILE)).toEqual([])
    expect(await one.get(FILE, 0)).toBeUndefined()
    expect((await one.put(FILE, 0, chunk(FILE, 0))).refused).toBe('failed')
  })
})

test('a chunk whose checksum was not written any more is missing, and the whole has no SHA-256', async () => {
  const one = await tab(true)
  await fill(one)
  await one.close(FILE.key)
  const handle = await (await hub.getDirectoryHandle(FILE.key)).getFileHandle('chunks-0')
  const writable = await handle.createWritable({ keepExistingData: true })
  await writable.write({ type: 'write', position: 2 * 8, data: new Uint8Array(8) })
  await writable.close()
  expect(await one.present(FILE)).toEqual([0, 1, 3])
  expect(await one.get(FILE, 2)).toBeUndefined()
  expect(await one.sha256(FILE)).toBe('missing')
})

test('a large file lies in several of at most 64 MiB', async () => {
  const large = { ...FILE, size: 130 * KiB * KiB, chunk: KiB * KiB }
  const one = await tab(true)
  for (const index of [0, 63, 64, 129]) await one.put(large, index, chunk(large, index))
  expect(await one.present(large)).toEqual([0, 63, 64, 129])
  expect(await one.get(large, 129)).toEqual(chunk(large, 129))
  await one.close(FILE.key)
  const sizes: [string, number][] = []
  for await (const handle of (await hub.getDirectoryHandle(FILE.key)).values()) {
    if (handle instanceof FileSystemFileHandle) sizes.push([handle.name, (await handle.getFile()).size])
  }
  expect(sizes.sort()).toEqual([
    ['chunks-0', 4 * KiB + 64 * KiB * KiB],
    ['chunks-1', 4 * KiB + KiB * KiB],
    ['chunks-2', 4 * KiB + 2 * KiB * KiB],
  ])
})
