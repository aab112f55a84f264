// A thread for the disk: writing and checking 302 MB takes 0.3 s of it, which the engine's thread has no time for.
// Chunks come and go by transfer, so without a copy.
import { expose, transfer } from 'comlink'
import { createSHA256, createXXHash64 } from 'hash-wasm'
import { answered } from './opfs.ts'
import { Shelf, type Shelved } from './shelf.ts'
import { ROOT } from './shelf-root.ts'

const root = answered(() => navigator.storage.getDirectory()).then((origin) =>
  answered(() => origin.getDirectoryHandle(ROOT, { create: true })),
)
const shelf = createXXHash64().then((checksum) => new Shelf(root, checksum))

/** Gives bytes away. */
function sent<T extends Uint8Array<ArrayBuffer> | undefined>(bytes: T): T {
  return bytes ? transfer(bytes, [bytes.buffer]) : bytes
}

const api = {
  async put(shelved: Shelved, index: number, bytes: Uint8Array<ArrayBuffer>) {
    const put = await (await shelf).put(shelved, index, bytes)
    return transfer(put, [put.bytes.buffer])
  },
  async get(shelved: Shelved, index: number, buffer?: ArrayBuffer) {
    return sent(await (await shelf).get(shelved, index, buffer))
  },
  async part(shelved: Shelved, index: number, from: number, length: number) {
    return sent(await (await shelf).part(shelved, index, from, length))
  },
  present: async (shelved: Shelved) => (await shelf).present(shelved),
  sha256: async (shelved: Shelved) => (await shelf).sha256(shelved, await createSHA256()),
  close: async (key: string) => (await shelf).close(key),
}
export type ShelfApi = typeof api

expose(api)
