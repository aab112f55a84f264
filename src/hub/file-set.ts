// A folder of files, on a host or given by the user: what a model or an SAE is opened from.
import type { ByteSource } from '../lib/byte-source.ts'
import { UserError } from '../lib/errors.ts'
import { requireShortText } from '../lib/text-limit.ts'
import { fileSource } from './file-source.ts'
import type { Http } from './http.ts'
import { MissingFile } from './http-errors.ts'
import { openHttpSource } from './http-source.ts'
import { withReadAhead } from './read-ahead.ts'

export interface FileSet {
  /** What a person would call the folder. */
  readonly name: string
  /** Paths of the files where they can be listed: local files, folders of a hub with an API. */
  readonly paths: readonly string[] | undefined
  /** Opens a file for reading by range; undefined when there is none of this name. */
  find(path: string, signal?: AbortSignal): Promise<ByteSource | undefined>
  /** Reads a small file whole; undefined when there is none of this name, UserError when it is not small. */
  text(path: string, signal?: AbortSignal): Promise<string | undefined>
}

/** Files beside the page, under an address that ends in "/". */
export function bundledFolder(base: string, http: Http): FileSet {
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
    find: (path, signal) => orMissing(openHttpSource(url(path), http, signal).then(withReadAhead)),
    text: async (path, signal) => {
      const bytes = await orMissing(http.bytes(url(path), { signal }))
      return bytes && new TextDecoder().decode(bytes)
    },
  }
}

/** Files the user picked or dropped, by their path in the folder that was given, or by name where none was. */
export function localFiles(files: readonly File[]): FileSet {
  const paths = files.map((file) => file.webkitRelativePath || file.name)
  const [top] = paths[0]?.split('/') ?? []
  const inFolder = paths.length > 0 && paths.every((path) => path.startsWith(`${top}/`))
  const byPath = new Map(files.map((file, i) => [inFolder ? paths[i].slice(top.length + 1) : paths[i], file]))
  const name = inFolder ? top : files.length === 1 ? files[0].name : `${files.length} local files`
  return {
    name,
    paths: [...byPath.keys()],
    find: async (path) => {
      const file = byPath.get(path)
      return file && fileSource(file)
    },
    text: async (path) => {
      const file = byPath.get(path)
      if (file) requireShortText(path, file.size)
      return file?.text()
    },
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
