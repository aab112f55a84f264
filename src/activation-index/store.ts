// Where an index's files are read from and written to: the browser's storage, memory, a folder of the hub.
import type { ByteSource } from '../lib/byte-source.ts'
import { requireShortText } from '../lib/text-limit.ts'

/** Files of one index, by name. */
export interface IndexFiles {
  /** Undefined where there is no such file. */
  source(name: string, signal?: AbortSignal): Promise<ByteSource | undefined>
}

/** A file being written from front to back; it counts only once it is closed. */
export interface FileSink {
  write(bytes: Uint8Array<ArrayBuffer>): void | Promise<void>
  close(): void | Promise<void>
}

export interface IndexStore extends IndexFiles {
  /** Replaces the file. */
  create(name: string): Promise<FileSink>
  remove(name: string): Promise<void>
  names(): Promise<string[]>
}

/** Reads a small JSON file; undefined where it is missing or no JSON, UserError where it is not small. */
export async function readJson(files: IndexFiles, name: string, signal?: AbortSignal): Promise<unknown> {
  const source = await files.source(name, signal)
  if (!source) return undefined
  requireShortText(name, source.size)
  const text = new TextDecoder().decode(await source.read(0, source.size, signal))
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export async function writeJson(store: IndexStore, name: string, value: unknown): Promise<void> {
  const sink = await store.create(name)
  await sink.write(new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`))
  await sink.close()
}

/** Files in memory. */
export class MemoryStore implements IndexStore {
  readonly #files = new Map<string, Uint8Array<ArrayBuffer>>()

  async source(name: string): Promise<ByteSource | undefined> {
    const bytes = this.#files.get(name)
    return (
      bytes && {
        name,
        size: bytes.length,
        read: async (offset, length) => bytes.slice(offset, offset + length),
      }
    )
  }

  async create(name: string): Promise<FileSink> {
    const parts: Uint8Array<ArrayBuffer>[] = []
    return {
      write: (bytes) => void parts.push(bytes.slice()),
      close: async () => {
        this.#files.set(name, new Uint8Array(await new Blob(parts).arrayBuffer()))
      },
    }
  }

  async remove(name: string): Promise<void> {
    this.#files.delete(name)
  }

  async names(): Promise<string[]> {
    return [...this.#files.keys()]
  }
}
