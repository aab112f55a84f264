// A ByteSource over HTTP: ranges where the server offers them, the whole file where it does not.
import type { ByteSource } from '../lib/byte-source.ts'
import { isAbort, UserError } from '../lib/errors.ts'

/** Bytes received over HTTP since the page opened, for the progress line and the first-visit figure. */
export interface Received {
  bytes: number
}

/** The server says there is no such file; callers for which a file is optional go on without it. */
export class MissingFile extends UserError {}

/** Fetched on opening; file headers are usually inside, so that they cost no request of their own. */
const HEAD = 64 * 1024

/** Opens an address with one ranged request for its first bytes, which also tells the size. */
export async function openHttpSource(
  url: string,
  received?: Received,
  signal?: AbortSignal,
): Promise<ByteSource> {
  const response = await request(url, `bytes=0-${HEAD - 1}`, signal)
  const name = decodeURIComponent(new URL(url).pathname.split('/').slice(-4).join('/'))
  const size = Number(/^bytes 0-\d+\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '')?.[1])
  if (response.status !== 206 || !Number.isSafeInteger(size)) {
    // No ranges here, or a size the page may not read: only the whole file tells.
    if (response.status !== 206) return wholeFile(name, await readBody(response, url, undefined, received))
    await response.body?.cancel()
    return wholeFile(name, await fetchBytes(url, received, signal))
  }
  const head = await readBody(response, url, Math.min(HEAD, size), received)
  return {
    name,
    size,
    async read(offset, length, readSignal) {
      if (offset < 0 || offset + length > size) {
        throw new RangeError(`${name}: bytes ${offset} to ${offset + length} of ${size}`)
      }
      if (offset + length <= head.length) return head.slice(offset, offset + length)
      const answer = await request(url, `bytes=${offset}-${offset + length - 1}`, readSignal)
      const body = await readBody(answer, url, answer.status === 206 ? length : size, received)
      return answer.status === 206 ? body : body.slice(offset, offset + length)
    },
  }
}

/** Fetches a small file whole. Rejects with a UserError naming the address. */
export async function fetchBytes(
  url: string,
  received?: Received,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  return readBody(await request(url, undefined, signal), url, undefined, received)
}

async function request(url: string, range: string | undefined, signal?: AbortSignal): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, range ? { headers: { Range: range }, signal } : { signal })
  } catch (error) {
    if (isAbort(error)) throw error
    throw new UserError(
      {
        title: 'A file could not be fetched.',
        detail: `No answer from ${url}.`,
        remedy:
          'Check the connection and the address; a server elsewhere must also allow requests from other sites (CORS).',
      },
      { cause: error },
    )
  }
  // Hosts with a fallback page answer 200 and HTML where the file should be.
  const page = response.ok && response.headers.get('Content-Type')?.startsWith('text/html')
  if (response.status === 404 || page) {
    await response.body?.cancel()
    throw new MissingFile({
      title: 'There is no such file.',
      detail: `${url} answered ${page ? 'with an HTML page' : '404'}.`,
      remedy: 'Check the name and the revision.',
    })
  }
  if (!response.ok) {
    throw new UserError({
      title: 'A file could not be fetched.',
      detail: `${url} answered ${response.status} ${response.statusText}.`,
      remedy: 'Try again later.',
    })
  }
  return response
}

async function readBody(
  response: Response,
  url: string,
  expected: number | undefined,
  received?: Received,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(await response.arrayBuffer())
  if (received) received.bytes += bytes.byteLength
  if (expected !== undefined && bytes.byteLength !== expected) {
    throw new UserError({
      title: 'A file arrived incomplete.',
      detail: `${url} sent ${bytes.byteLength} bytes where ${expected} were asked for.`,
      remedy: 'Try again.',
    })
  }
  return bytes
}

function wholeFile(name: string, bytes: Uint8Array<ArrayBuffer>): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    read: async (offset, length) => bytes.slice(offset, offset + length),
  }
}
