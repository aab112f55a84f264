// The build's own files, as the service worker is told of them (tools/build/service-worker.ts writes the list).

export interface ListedFile {
  /** From the page's folder on: "assets/index-B3Pg_VDA.js". */
  path: string
  bytes: number
  /** SHA-256, first 16 hexadecimal digits. */
  hash: string
  /** `page` and `demo` are fetched to be kept, the page's first; the others are kept when they have been used. */
  keep: 'page' | 'demo' | 'used'
}

const PAGE = 'index.html'

/** The build's files by address, for a page whose folder is at `base` (ending in "/"). */
export class Listing {
  readonly files: readonly ListedFile[]
  /** Address of the page's folder. */
  readonly base: string
  readonly #byPath: ReadonlyMap<string, ListedFile>

  constructor(files: readonly ListedFile[], base: string) {
    this.files = files
    this.base = base
    this.#byPath = new Map(files.map((file) => [file.path, file]))
  }

  /** The file that an address means, whatever its query; undefined where it is none of the build's. */
  find(address: string): ListedFile | undefined {
    const { origin, pathname } = new URL(address)
    const plain = origin + pathname
    const path = plain.startsWith(this.base) ? decoded(plain.slice(this.base.length)) : undefined
    return path === undefined ? undefined : this.#byPath.get(path || PAGE)
  }

  address({ path }: ListedFile): string {
    // "./" is what hosts serve index.html as; some redirect from its name.
    return new URL(path === PAGE ? './' : path.split('/').map(encodeURIComponent).join('/'), this.base).href
  }
}

/**
 * Files of this version that replace ones of another that were in use, such as the build of a runtime that this
 * browser takes: `names` are the paths that were kept, and what the bundler adds to a name does not count.
 */
export function successors(files: readonly ListedFile[], names: readonly string[]): ListedFile[] {
  const used = new Set(names.map(stem))
  return files.filter(({ path }) => used.has(stem(path)))
}

const stem = (path: string): string => path.replace(/-[\w-]{8}(?=\.\w+$)/, '')

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}
