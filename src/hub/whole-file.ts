// Files of hosts that do not send parts (no HTTP Range): taken whole, into storage where there is some, into memory
// up to a bound where there is none.
import { type ByteSource, memorySource } from '../lib/byte-source.ts'
import { hex } from '../lib/hex.ts'
import type { Cache } from './cache.ts'
import { CHUNK } from './chunks.ts'
import { Download } from './download.ts'
import type { Http } from './http.ts'
import { incomplete, tooLargeWhole, wrongDigest, wrongLength } from './http-errors.ts'
import { StorageFailed } from './opfs.ts'
import type { RemoteFile } from './remote-file.ts'
import type { StoredEntry } from './stored-entry.ts'

const LONGEST_IN_MEMORY = 256e6

/** Fetches all of `file`, whose size is known when `sized`. Resolves when it is here. */
export async function openWhole(
  http: Http,
  address: string,
  file: RemoteFile,
  sized: boolean,
  cache: Cache,
  signal?: AbortSignal,
): Promise<ByteSource> {
  const entry = sized ? await cache.entry(file) : undefined
  if (entry) {
    try {
      if (entry.present.size < Math.ceil(file.size / CHUNK))
        await store(http, address, file.size, entry, signal)
      const { locks } = cache
      return new Download(file, { entry, locks, ...cache.listeners })
    } catch (error) {
      if (!(error instanceof StorageFailed)) throw error
      cache.failed(error)
    }
  }
  const tooLarge = () => tooLargeWhole(address, sized ? file.size : undefined, LONGEST_IN_MEMORY)
  if (sized && file.size > LONGEST_IN_MEMORY) throw tooLarge()
  let parts: Uint8Array<ArrayBuffer>[] = []
  await http.stream(address, { signal, cache: 'no-store' }, () => {
    let length = 0
    parts = []
    return (part) => {
      length += part.length
      if (length > LONGEST_IN_MEMORY) throw tooLarge()
      parts.push(part.slice())
    }
  })
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer())
  if (file.sha256) {
    const found = hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
    if (found !== file.sha256) throw wrongDigest(file.name, file.sha256, found)
  }
  return memorySource(file.name, bytes)
}

/** Writes a body of `size` bytes to storage chunk by chunk. StorageFailed when it does not fit: the rest goes too. */
async function store(
  http: Http,
  address: string,
  size: number,
  entry: StoredEntry,
  signal?: AbortSignal,
): Promise<void> {
  let total = 0
  try {
    await http.stream(address, { signal, cache: 'no-store' }, () => {
      total = 0
      let chunk = new Uint8Array(0)
      let filled = 0
      return async (part) => {
        if (total + part.length > size) throw wrongLength(address, size)
        for (let at = 0; at < part.length; ) {
          if (filled === 0) chunk = new Uint8Array(Math.min(CHUNK, size - total))
          const taken = part.subarray(at, at + chunk.length - filled)
          chunk.set(taken, filled)
          at += taken.length
          filled += taken.length
          total += taken.length
          if (filled < chunk.length) continue
          const { failed } = await entry.put(Math.floor((total - 1) / CHUNK), chunk)
          if (failed) throw failed
          filled = 0
        }
      }
    })
  } catch (error) {
    if (error instanceof StorageFailed) await entry.delete()
    throw error
  }
  if (total < size) throw incomplete(address, total, size)
}
