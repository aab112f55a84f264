// A tab's thread for the disk as tests drive it: handles shared with other tabs, or each for itself.
import { expose, transfer } from 'comlink'
import { createSHA256, createXXHash64 } from 'hash-wasm'
import { Shelf, type Shelved } from '../../src/hub/shelf.ts'
import { ROOT } from '../../src/hub/shelf-root.ts'

let shelf: Shelf | undefined

function opened(): Shelf {
  if (!shelf) throw new Error('the tab was not opened')
  return shelf
}

const api = {
  async open(together: boolean) {
    const origin = await navigator.storage.getDirectory()
    shelf = new Shelf(origin.getDirectoryHandle(ROOT, { create: true }), await createXXHash64(), together)
  },
  async put(shelved: Shelved, index: number, bytes: Uint8Array<ArrayBuffer>) {
    const put = await opened().put(shelved, index, bytes)
    return transfer(put, [put.bytes.buffer])
  },
  get: (shelved: Shelved, index: number) => opened().get(shelved, index),
  part: (shelved: Shelved, index: number, from: number, length: number) =>
    opened().part(shelved, index, from, length),
  present: (shelved: Shelved) => opened().present(shelved),
  sha256: async (shelved: Shelved) => opened().sha256(shelved, await createSHA256()),
  close: (key: string) => opened().close(key),
}
export type ShelfTab = typeof api

expose(api)
