// Merges the folders of finished indexes into one, in Node: the code the page uses, over files of this machine.
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { version } from '../../package.json'
import type { IndexManifest } from '../../src/activation-index/manifest.ts'
import { mergeIndexes } from '../../src/activation-index/merge.ts'
import { ActivationIndex } from '../../src/activation-index/reader.ts'
import type { FileSink, IndexStore } from '../../src/activation-index/store.ts'
import type { ByteSource } from '../../src/lib/byte-source.ts'

/** Writes `out`; rejects with UserError where the folders hold no indexes that belong together. */
export async function mergeFolders(
  folders: readonly string[],
  out: string,
  name: string,
): Promise<IndexManifest> {
  const indexes = await Promise.all(
    folders.map(async (folder) => {
      const index = await ActivationIndex.open(new FolderStore(folder))
      if (!index) throw new Error(`${folder} holds no index: it has no manifest.json.`)
      return index
    }),
  )
  await mkdir(out, { recursive: true })
  return mergeIndexes({
    ...{ indexes, store: new FolderStore(out), name, code: `featurescope ${version}` },
    onProgress: ({ label, done, total }) => {
      if (done === total) process.stderr.write(`${label}: ${done} of ${total}\n`)
    },
  })
}

/** An index's files in a folder of this machine. */
export class FolderStore implements IndexStore {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async source(name: string): Promise<ByteSource | undefined> {
    const path = join(this.#folder, name)
    if (!existsSync(path)) return undefined
    const { size } = await stat(path)
    return { name: path, size, read: (offset, length) => readRange(path, offset, length) }
  }

  async create(name: string): Promise<FileSink> {
    const file = await open(join(this.#folder, name), 'w')
    return {
      write: async (bytes) => void (await file.write(bytes)),
      close: () => file.close(),
    }
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.#folder, name), { force: true })
  }

  names(): Promise<string[]> {
    return readdir(this.#folder)
  }
}

async function readRange(path: string, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length)
  if (length === 0) return bytes
  let at = 0
  for await (const part of createReadStream(path, { start: offset, end: offset + length - 1 })) {
    bytes.set(part, at)
    at += part.length
  }
  if (at !== length) throw new Error(`${path} ends after ${offset + at} bytes.`)
  return bytes
}
