// A folder of files, on a host or given by the user: what a model or an SAE is opened from.
import type { ByteSource } from '../lib/byte-source.ts'
import { UserError } from '../lib/errors.ts'
import { fileSource } from './file-source.ts'
import { fetchBytes, MissingFile, openHttpSource, type Received } from './http-source.ts'
import { withReadAhead } from './read-ahead.ts'

export interface FileSet {
  /** What a person would call the folder. */
  readonly name: string
  /** Paths of the files where they can be listed (local files); a host cannot be listed. */
  readonly paths: readonly string[] | undefined
  /** Opens a file for reading by range; undefined when there is none of this name. */
  find(path: string, signal?: AbortSignal): Promise<ByteSource | undefined>
  /** Reads a small file whole; undefined when there is none of this name. */
  text(path: string, signal?: AbortSignal): Promise<string | undefined>
}

/** Files under an address, which must end in "/". */
export function httpFolder(base: string, received: Received): FileSet {
  const orMissing = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work
    } catch (error) {
      if (error instanceof MissingFile) return undefined
      throw error
    }
  }
  const url = (path: string): string => new URL(path, base).href
  return {
    name: base,
    paths: undefined,
    find: (path, signal) => orMissing(openHttpSource(url(path), received, signal).then(withReadAhead)),
    text: async (path, signal) => {
      const bytes = await orMissing(fetchBytes(url(path), received, signal))
      return bytes && new TextDecoder().decode(bytes)
    },
  }
}

/** Files the user picked or dropped, by name (the last part of their path). */
export function localFiles(files: readonly File[]): FileSet {
  const byName = new Map(files.map((file) => [file.name, file]))
  return {
    name: files.length === 1 ? files[0].name : `${files.length} local files`,
    paths: [...byName.keys()],
    find: async (path) => {
      const file = byName.get(path)
      return file && fileSource(file)
    },
    text: async (path) => byName.get(path)?.text(),
  }
}

/** Parses JSON of a file, naming the file when it is not JSON. */
export function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UserError(
      {
        title: `${name} is not JSON.`,
        detail: error instanceof Error ? error.message : String(error),
        remedy: 'Check that the file is complete.',
      },
      { cause: error },
    )
  }
}
