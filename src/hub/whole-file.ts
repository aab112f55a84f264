// Files of hosts that do not send parts (no HTTP Range): taken whole, into storage where there is some, into memory
// up to a bound where there is none.
import { type ByteSource, memorySource } from '../lib/byte-source.ts'
import { isAbort } from '../lib/errors.ts'
import type { Cache } from './cache.ts'
import { CHUNK } from './chunks.ts'
import { Download } from './download.ts'
import type { Http } from './http.ts'
import { tooLargeWhole, wrongDigest } from './http-errors.ts'
import type { RemoteFile } from './remote-file.ts'
import { StorageFailed, type StoredEntry } from './store.ts'

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
      if (entry.present.size < Math.ceil(file.size / CHUNK)) await store(http, address, entry, signal)
      return new Download(file, { entry, onStorageFailed: (failure) => cache.failed(failure) })
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
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
    const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
    if (found !== file.sha256) throw wrongDigest(file.name, file.sha256, found)
  }
  return memorySource(file.name, bytes)
}

/** Writes a body to storage chunk by chunk. StorageFailed when it does not fit; the rest is then gone too. */
async function store(http: Http, address: string, entry: StoredEntry, signal?: AbortSignal): Promise<void> {
  try {
    await http.stream(address, { signal, cache: 'no-store' }, (response) => {
      const size = Number(response.headers.get('Content-Length'))
      let chunk = new Uint8Array(Math.min(CHUNK, size))
      let [index, filled] = [0, 0]
      return async (part) => {
        for (let at = 0; at < part.length; ) {
          const taken = part.subarray(at, at + chunk.length - filled)
          chunk.set(taken, filled)
          at += taken.length
          filled += taken.length
          if (filled < chunk.length) continue
          await entry.put(index, chunk)
          index += 1
          filled = 0
          chunk = new Uint8Array(Math.min(CHUNK, size - index * CHUNK))
          if (chunk.length === 0) return
        }
      }
    })
  } catch (error) {
    // A body cut off is begun anew next time, so its chunks are good for nothing only when they cannot be stored.
    if (error instanceof StorageFailed && !isAbort(error)) await entry.delete()
    throw error
  }
}
