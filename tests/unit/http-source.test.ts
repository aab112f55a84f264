import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { bundledFolder } from '../../src/hub/file-set.ts'
import { Http, retryAfter } from '../../src/hub/http.ts'
import { MissingFile } from '../../src/hub/http-errors.ts'
import { openHttpSource } from '../../src/hub/http-source.ts'
import { UserError } from '../../src/lib/errors.ts'

const BYTES = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251)
const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

function serve(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handler)
  servers.push(server)
  return new Promise((resolve) => {
    server.listen(0, 'localhost', () =>
      resolve(`http://localhost:${(server.address() as AddressInfo).port}/a/b.bin`),
    )
  })
}

/** Answers ranges as a static host does. */
function ranged(request: IncomingMessage, response: ServerResponse): void {
  const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
  if (!match) {
    response.end(BYTES)
    return
  }
  const from = Number(match[1])
  const to = Math.min(Number(match[2]), BYTES.length - 1)
  response.writeHead(206, { 'Content-Range': `bytes ${from}-${to}/${BYTES.length}` })
  response.end(BYTES.subarray(from, to + 1))
}

describe('a file over HTTP', () => {
  test('is read by range, and only the bytes asked for travel', async () => {
    const http = new Http()
    const source = await openHttpSource(await serve(ranged), http)
    expect(source.size).toBe(100_000)
    expect([...(await source.read(90_000, 4))]).toEqual([...BYTES.subarray(90_000, 90_004)])
    expect(http.received.bytes).toBe(64 * 1024 + 4)
  })

  test('is read where bodies lend no buffer, as in Safari before 26.4', async () => {
    const { getReader } = ReadableStream.prototype
    const asked = vi.spyOn(ReadableStream.prototype, 'getReader').mockImplementation(function (
      this: ReadableStream,
      ...options: unknown[]
    ) {
      if (options.length > 0) throw new TypeError('This stream gives no such reader.')
      return Reflect.apply(getReader, this, [])
    })
    try {
      const source = await openHttpSource(await serve(ranged), new Http())
      expect([...(await source.read(20_000, 60_000))]).toEqual([...BYTES.subarray(20_000, 80_000)])
      expect(asked).toHaveBeenCalledWith({ mode: 'byob' })
    } finally {
      asked.mockRestore()
    }
  })

  test('is read whole, once, from a host without ranges', async () => {
    let requests = 0
    const url = await serve((_, response) => {
      requests += 1
      response.end(BYTES)
    })
    const source = await openHttpSource(url)
    expect([...(await source.read(99_998, 2))]).toEqual([...BYTES.subarray(99_998)])
    await source.read(0, 10)
    expect(requests).toBe(1)
  })

  test('that is missing, or a page instead, is "no such file"; in a folder it is just not there', async () => {
    const missing = await serve((_, response) => response.writeHead(404).end())
    const page = await serve((_, response) =>
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<p>hello'),
    )
    for (const url of [missing, page]) {
      await expect(openHttpSource(url)).rejects.toBeInstanceOf(MissingFile)
      expect(await bundledFolder(new URL('.', url).href, new Http()).text('b.bin')).toBeUndefined()
    }
  })

  test('gives a UserError when the host fails, sends too little, or is not there', async () => {
    const quick = new Http({ firstDelay: 1 })
    const failing = await serve((_, response) => response.writeHead(503).end())
    await expect(openHttpSource(failing, quick)).rejects.toThrow('503')
    const short = await openHttpSource(
      await serve((request, response) => {
        const first = request.headers.range?.startsWith('bytes=0-')
        response.writeHead(206, { 'Content-Range': `${request.headers.range?.replace('=', ' ')}/100000` })
        response.end(BYTES.subarray(0, first ? 65_536 : 0))
      }),
      quick,
    )
    await expect(short.read(70_000, 10)).rejects.toThrow('sent 0 bytes where 10')
    await expect(openHttpSource('http://localhost:1/none.bin', quick)).rejects.toBeInstanceOf(UserError)
  })

  test('is streamed: what came with the opening is not fetched again, and a cut goes on from the byte reached', async () => {
    const asked: (string | undefined)[] = []
    const url = await serve((request, response) => {
      asked.push(request.headers.range)
      if (asked.length !== 2) return ranged(request, response)
      response.writeHead(206, { 'Content-Range': 'bytes 65536-99999/100000', 'Content-Length': 34_464 })
      response.write(BYTES.subarray(65_536, 70_000))
      setTimeout(() => response.destroy(), 50)
    })
    const source = await openHttpSource(url, new Http({ firstDelay: 1 }))
    const found: number[] = []
    await source.stream?.(60_000, 40_000, (part) => {
      found.push(...part)
    })
    expect(found).toEqual([...BYTES.subarray(60_000)])
    expect(asked.slice(0, 2)).toEqual(['bytes=0-65535', 'bytes=65536-99999'])
    expect(asked.length).toBe(3)
    const inside: number[] = []
    await source.stream?.(10, 5, (part) => {
      inside.push(...part)
    })
    expect(inside).toEqual([...BYTES.subarray(10, 15)])
    expect(asked.length).toBe(3)
  })

  test('may be taken slowly: only the host’s silence ends a connection', async () => {
    let requests = 0
    const url = await serve((request, response) => {
      requests += 1
      ranged(request, response)
    })
    const source = await openHttpSource(url, new Http({ silence: 400, firstDelay: 1 }))
    let got = 0
    await source.stream?.(0, 100_000, async (part) => {
      await new Promise((resolve) => setTimeout(resolve, 900))
      got += part.length
    })
    expect(got).toBe(100_000)
    expect(requests).toBe(2)
  })

  test('waits as long as the host asks: seconds or a date', () => {
    const now = Date.parse('2024-08-01T12:00:00Z')
    expect(retryAfter('7', now)).toBe(7000)
    expect(retryAfter('Thu, 01 Aug 2024 12:00:30 GMT', now)).toBe(30_000)
    expect(retryAfter('Thu, 01 Aug 2024 11:00:00 GMT', now)).toBe(0)
    expect(retryAfter('soon', now)).toBeUndefined()
    expect(retryAfter(null)).toBeUndefined()
  })
})
