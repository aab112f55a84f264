// An index's files in a folder of this machine, read by ranges like those of the web.
import { createWriteStream } from 'node:fs'
import { open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileSink, IndexStore } from '../../src/activation-index/store.ts'
import type { ByteSource } from '../../src/lib/byte-source.ts'

export class FolderStore implements IndexStore {
  readonly #folder: string
  /** Bytes of every read so far. */
  readonly reads: { name: string; bytes: number }[] = []

  constructor(folder: string) {
    this.#folder = folder
  }

  async source(name: string): Promise<ByteSource | undefined> {
    const path = join(this.#folder, name)
    const found = await stat(path).catch(() => undefined)
    if (!found) return undefined
    return {
      ...{ name, size: found.size },
      read: async (offset, length) => {
        this.reads.push({ name, bytes: length })
        const file = await open(path)
        try {
          const bytes = new Uint8Array(length)
          const { bytesRead } = await file.read(bytes, 0, length, offset)
          return bytes.subarray(0, bytesRead)
        } finally {
          await file.close()
        }
      },
    }
  }

  async create(name: string): Promise<FileSink> {
    const stream = createWriteStream(join(this.#folder, name))
    return {
      write: (bytes) =>
        new Promise((resolve, reject) => {
          stream.write(bytes, (error) => (error ? reject(error) : resolve()))
        }),
      close: () =>
        new Promise((resolve, reject) => {
          stream.once('error', reject)
          stream.end(resolve)
        }),
    }
  }

  remove(name: string): Promise<void> {
    return rm(join(this.#folder, name), { force: true })
  }

  names(): Promise<string[]> {
    return readdir(this.#folder)
  }
}
