// One file on a host, pinned to what it was when it was opened: every part fetched is of the same file, or none is.
import { UserError } from '../lib/errors.ts'
import type { Http, RangedTarget } from './http.ts'
import * as errors from './http-errors.ts'
import { plainAddress } from './reference.ts'

/** A file that can be fetched by range. */
export interface RemoteFile {
  /** What a person would call it; never with a query. */
  readonly name: string
  readonly size: number
  /** Key of the place it is stored under. */
  readonly place: string
  /** Tells this content from others at the same place; undefined where the host gives nothing to tell by. */
  readonly version: string | undefined
  readonly revision: string | undefined
  readonly sha256: string | undefined
  /** Fills `into` from `offset`. ChangedFile when the host now has another file. */
  fetch(into: Uint8Array<ArrayBuffer>, offset: number, signal?: AbortSignal): Promise<void>
  /** Hands on `length` bytes from `offset` in parts, which are only lent until `take` is done. */
  stream(
    offset: number,
    length: number,
    take: (part: Uint8Array<ArrayBuffer>) => void | Promise<void>,
    signal?: AbortSignal,
  ): Promise<void>
  /** Called when the content was found to be another: nothing remembered of it is to be used again. */
  forget(): void
}

export interface KnownFile extends Omit<RemoteFile, 'fetch' | 'stream' | 'forget'> {
  /** Where it is fetched from; it may redirect to a signed address of another host. */
  address: string
  /** 'no-store' unless told: what is worth keeping is kept in storage. */
  cache?: RequestCache
  /** The answer it was found by, where there was one. */
  first?: Response
  forget?: () => void
}

/**
 * A file whose size is known. A redirect is followed once: further parts are asked of where it led, without a token,
 * until that address expires.
 */
export function rangedFile(http: Http, known: KnownFile): RemoteFile {
  const { address, size } = known
  let final: string | undefined
  /** By host: the mirrors that a hub redirects to need not agree on ETags. */
  const etags = new Map<string, string>()
  if (known.first) accept(known.first, size)

  function accept(response: Response, length: number): void {
    const from = response.url || address
    const total = Number(/\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '')?.[1] ?? size)
    if (total !== size) throw errors.changed(address, `${size} bytes long`, `${total}`)
    const etag = response.headers.get('ETag')
    const { origin } = new URL(from)
    const before = etags.get(origin)
    if (etag && before && etag !== before) throw errors.changed(address, `ETag ${before}`, etag)
    if (response.status !== 206 && length !== size) throw errors.noRanges(address)
    if (etag) etags.set(origin, etag)
    if (from !== address) final = from
  }

  return {
    name: known.name,
    size,
    place: known.place,
    version: known.version,
    revision: known.revision,
    sha256: known.sha256,
    forget: () => known.forget?.(),
    fetch: (into, offset, signal) => http.fill(into, offset, target(into.length), signal),
    stream: (offset, length, take, signal) => http.range(offset, length, take, target(length), signal),
  }

  function target(length: number): RangedTarget {
    return {
      cache: known.cache ?? 'no-store',
      address: () => final ?? address,
      accept: (response) => accept(response, length),
      renew(refused) {
        if (refused === final) final = undefined
        return refused !== address
      },
    }
  }
}

/** What a first look at an address gives: a file by range with its first bytes, or one that comes only whole. */
export type Opened =
  | { kind: 'ranged'; file: RemoteFile; head: Uint8Array<ArrayBuffer> }
  | { kind: 'whole'; file: RemoteFile; sized: boolean }

/** Fetched on opening; file headers are usually inside, so that they cost no request of their own. */
export const HEAD = 64 * 1024

/** What is known of an address before it is asked: its name, and perhaps what the hub's API told. */
type Looked = Pick<KnownFile, 'name' | 'place' | 'forget'> &
  Partial<Pick<KnownFile, 'size' | 'version' | 'revision' | 'sha256'>>

/** Asks an address for its first bytes, which also tells size and version. */
export async function lookAt(http: Http, address: string, as: Looked, signal?: AbortSignal): Promise<Opened> {
  const response = await http.request(address, {
    headers: { Range: `bytes=0-${HEAD - 1}` },
    cache: 'no-store',
    signal,
  })
  const header = (name: string): string | undefined => response.headers.get(name) ?? undefined
  const linked = header('X-Linked-ETag')?.replaceAll('"', '')
  const etag = header('ETag')
  const known: KnownFile = {
    address,
    version: linked ?? etag ?? header('Last-Modified'),
    revision: header('X-Repo-Commit'),
    sha256: linked && /^[0-9a-f]{64}$/.test(linked) ? linked : undefined,
    ...as,
    size: as.size ?? 0,
  }
  if (response.status !== 206) {
    // Of a compressed answer the length is that of what travels.
    const length = as.size ?? (header('Content-Encoding') ? undefined : header('Content-Length'))
    await response.body?.cancel()
    const file = rangedFile(http, { ...known, size: Number(length ?? 0) })
    return { kind: 'whole', file, sized: length !== undefined }
  }
  const total =
    as.size ?? /\/(\d+)$/.exec(header('Content-Range') ?? '')?.[1] ?? (await headSize(http, address, signal))
  const size = Number(total)
  if (!Number.isSafeInteger(size) || size < 0) {
    await response.body?.cancel()
    throw new UserError({
      title: 'The host does not tell how large the file is.',
      detail: `${plainAddress(address)} sends no Content-Range and no Content-Length that a page may read.`,
      remedy: 'Download the file and open it from disk, or have the host expose these headers (CORS).',
    })
  }
  const file = rangedFile(http, { ...known, size, first: response })
  const head = await http.body(address, response, signal)
  if (head?.length === Math.min(HEAD, size)) return { kind: 'ranged', file, head }
  const again = new Uint8Array(Math.min(HEAD, size))
  await file.fetch(again, 0, signal)
  return { kind: 'ranged', file, head: again }
}

/** For hosts that do not let a page read Content-Range; Content-Length every page may read. */
async function headSize(http: Http, address: string, signal?: AbortSignal): Promise<string | undefined> {
  const response = await http.request(address, { method: 'HEAD', signal })
  return response.headers.get('Content-Length') ?? undefined
}
