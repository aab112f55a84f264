// Folders of hosts as FileSets: repositories of a hub, pinned to a commit, and plain addresses, pinned by ETag.
import { type ByteSource, memorySource } from '../lib/byte-source.ts'
import { Unreachable } from '../lib/errors.ts'
import { requireShortText } from '../lib/text-limit.ts'
import type { Cache } from './cache.ts'
import { Download } from './download.ts'
import type { FileSet } from './file-set.ts'
import type { Http } from './http.ts'
import { ChangedFile, MissingFile } from './http-errors.ts'
import type { HubRepo } from './hub-api.ts'
import { type AddressPlace, plainAddress } from './reference.ts'
import { HEAD, lookAt, type Opened, type RemoteFile, rangedFile } from './remote-file.ts'
import type { StoredEntry } from './stored-entry.ts'
import { openWhole } from './whole-file.ts'

/** A folder of a repository ("" is its root). `paths` are its files where it was listed. */
export function repoFolder(
  http: Http,
  cache: Cache,
  repo: HubRepo,
  folder: string,
  paths: readonly string[] | undefined,
): FileSet {
  const label = `${repo.repo}/${folder}`
  return fileSet(label.replace(/\/$/, ''), paths, (path, signal) =>
    openRepoFile(http, cache, repo, folder + path, signal),
  )
}

/** A folder at a plain address. The file that was named is reported missing in full, others are just not there. */
export function addressFolder(http: Http, cache: Cache, { folder, file }: AddressPlace): FileSet {
  return fileSet(folder, undefined, async (path, signal) => {
    const isNamed = path === file?.name
    const url =
      isNamed && file ? file.url : new URL(path.split('/').map(encodeURIComponent).join('/'), folder).href
    try {
      return await openAddress(http, cache, url, signal)
    } catch (error) {
      if (error instanceof MissingFile && !isNamed) return undefined
      throw error
    }
  })
}

function fileSet(
  name: string,
  paths: readonly string[] | undefined,
  find: (path: string, signal?: AbortSignal) => Promise<ByteSource | undefined>,
): FileSet {
  return {
    name,
    paths,
    find,
    async text(path, signal) {
      const source = await find(path, signal)
      if (source) requireShortText(source.name, source.size)
      return source && new TextDecoder().decode(await source.read(0, source.size, signal))
    },
  }
}

async function openRepoFile(
  http: Http,
  cache: Cache,
  repo: HubRepo,
  path: string,
  signal?: AbortSignal,
): Promise<ByteSource | undefined> {
  const name = `${repo.repo}/${path}`
  const place = `${repo.endpoint}/${repo.repo}/resolve/${repo.revision}/${path}`
  const as = { name, place, forget: () => repo.forget() }
  try {
    const told = await repo.file(path, signal)
    if (!told) return undefined
    const address = await repo.address(path, signal)
    if (told === 'unknown') return await openUntold(http, cache, address, as, signal)
    const { size, id: version, sha256 } = told
    const known = { ...as, size, version, revision: await repo.commit(signal), sha256 }
    const file = rangedFile(http, { ...known, address })
    const entry = await cache.entry(file)
    if (entry && (entry.present.size > 0 || entry.hasPiece(0))) return download(cache, file, entry)
    const looked = await lookAt(http, address, known, signal)
    if (looked.kind === 'ranged') return download(cache, looked.file, entry, looked.head)
    return await openWhole(http, address, looked.file, true, cache, signal)
  } catch (error) {
    if (error instanceof ChangedFile) repo.forget()
    if (!(error instanceof Unreachable)) throw error
    const kept = await cache.whole(place)
    if (!kept) throw error
    const { size, revision } = kept.manifest
    const known = { ...as, address: place, size, revision, version: undefined, sha256: undefined }
    return download(cache, rangedFile(http, known), kept.entry)
  }
}

/** A file of a mirror without API: what its headers tell has to do. */
async function openUntold(
  http: Http,
  cache: Cache,
  address: string,
  as: Parameters<typeof lookAt>[2],
  signal?: AbortSignal,
): Promise<ByteSource | undefined> {
  try {
    return await openLooked(http, cache, address, await lookAt(http, address, as, signal), signal)
  } catch (error) {
    if (error instanceof MissingFile) return undefined
    throw error
  }
}

async function openAddress(http: Http, cache: Cache, url: string, signal?: AbortSignal): Promise<ByteSource> {
  const plain = plainAddress(url)
  const name = decodeURIComponent(new URL(url).pathname.split('/').slice(-4).join('/')).replace(/^\//, '')
  return openLooked(http, cache, url, await lookAt(http, url, { name, place: plain }, signal), signal)
}

async function openLooked(
  http: Http,
  cache: Cache,
  address: string,
  looked: Opened,
  signal?: AbortSignal,
): Promise<ByteSource> {
  if (looked.kind === 'whole') return openWhole(http, address, looked.file, looked.sized, cache, signal)
  const { file, head } = looked
  if (!file.sha256 && file.size <= HEAD) return memorySource(file.name, head)
  return download(cache, file, await cache.entry(file), head)
}

function download(
  cache: Cache,
  file: RemoteFile,
  entry: StoredEntry | undefined,
  head?: Uint8Array<ArrayBuffer>,
): ByteSource {
  const { locks } = cache
  return new Download(file, { entry, locks, head, ...cache.listeners })
}
