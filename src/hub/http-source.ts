// A ByteSource over HTTP for files that lie beside the page: read by range where the server offers it, whole where
// it does not. The browser's own cache keeps them.
import { type ByteSource, checkRange, memorySource } from '../lib/byte-source.ts'
import { Http } from './http.ts'
import { rangedFile } from './remote-file.ts'

/** Fetched on opening; file headers are usually inside, so that they cost no request of their own. */
const HEAD = 64 * 1024

/** Opens an address with one ranged request for its first bytes, which also tells the size. */
export async function openHttpSource(
  url: string,
  http = new Http(),
  signal?: AbortSignal,
): Promise<ByteSource> {
  const name = decodeURIComponent(new URL(url).pathname.split('/').slice(-4).join('/'))
  const first = await http.request(url, { headers: { Range: `bytes=0-${HEAD - 1}` }, signal })
  const size = Number(/^bytes 0-\d+\/(\d+)$/.exec(first.headers.get('Content-Range') ?? '')?.[1])
  if (first.status !== 206 || !Number.isSafeInteger(size)) {
    // No ranges here, or a size the page may not read: only the whole file tells.
    const whole = first.status === 206 ? undefined : await http.body(url, first, signal)
    if (!whole) await first.body?.cancel().catch(() => undefined)
    return memorySource(name, whole ?? (await http.bytes(url, { signal })))
  }
  const unkept = { place: url, version: undefined, revision: undefined, sha256: undefined }
  const file = rangedFile(http, { name, address: url, size, first, cache: 'default', ...unkept })
  const read = async (offset: number, length: number, readSignal?: AbortSignal) => {
    const bytes = new Uint8Array(length)
    if (length > 0) await file.fetch(bytes, offset, readSignal)
    return bytes
  }
  const began = await http.body(url, first, signal)
  const expected = Math.min(HEAD, size)
  const head = began?.length === expected ? began : await read(0, expected, signal)
  return {
    name,
    size,
    async read(offset, length, readSignal) {
      checkRange(name, size, offset, length)
      if (offset + length <= head.length) return head.slice(offset, offset + length)
      return read(offset, length, readSignal)
    },
    async stream(offset, length, onBytes, streamSignal) {
      checkRange(name, size, offset, length)
      const known = head.slice(offset, offset + length)
      if (known.length > 0) await onBytes(known)
      const rest = length - known.length
      if (rest > 0) await file.stream(offset + known.length, rest, onBytes, streamSignal)
    },
  }
}
