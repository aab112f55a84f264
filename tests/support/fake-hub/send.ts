// Sends a file of the fake hub: by range or whole, with whatever fault is in force. `onLength` is told how many bytes
// a body without fault would have.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Published } from './content.ts'
import type { Fault } from './faults.ts'

const PIECE = 256 * 1024

type Kind<K extends Fault['kind']> = Extract<Fault, { kind: K }>

export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  { file }: Published,
  etag: string,
  faults: readonly Fault[],
  onLength: (length: number) => void,
): Promise<void> {
  const fault = <K extends Fault['kind']>(kind: K): Kind<K> | undefined =>
    faults.find((one): one is Kind<K> => one.kind === kind)
  const status = fault('status')
  if (fault('refuse')) return void response.destroy()
  if (status) {
    if (status.retryAfter !== undefined) response.setHeader('Retry-After', String(status.retryAfter))
    if (status.code) response.setHeader('X-Error-Code', status.code)
    response.writeHead(status.status).end('{"error":"as asked"}')
    return
  }
  if (fault('html')) {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end('<h1>Please log in</h1>')
    return
  }
  response.setHeader('Content-Type', 'application/octet-stream')
  if (!fault('noEtag')) {
    response.setHeader('ETag', `"${fault('etag')?.etag ?? etag}"`)
    response.setHeader('Last-Modified', 'Thu, 01 Aug 2024 12:00:00 GMT')
  }
  const range = fault('noRange') ? undefined : /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  const from = range ? Number(range[1]) : 0
  const to = range?.[2] ? Math.min(Number(range[2]), file.size - 1) : file.size - 1
  if (from > to) {
    response.writeHead(416, { 'Content-Range': `bytes */${file.size}` }).end()
    return
  }
  const length = to - from + 1
  const sent = Math.min(length, fault('truncate')?.after ?? Number.POSITIVE_INFINITY)
  const extra = fault('long')?.extra ?? 0
  response.setHeader('Content-Length', sent + extra + (fault('overclaim')?.extra ?? 0))
  if (!fault('noRange')) response.setHeader('Accept-Ranges', 'bytes')
  const told = fault('otherPart') ? from + 1 : from
  if (range) response.setHeader('Content-Range', `bytes ${told}-${to}/${file.size}`)
  response.writeHead(range ? 206 : 200)
  if (request.method === 'HEAD') return void response.end()
  onLength(length)

  const stop = fault('cut')?.after ?? fault('stall')?.after ?? Number.POSITIVE_INFINITY
  const flip = fault('flip')?.at
  const pace = fault('slow')?.bytesPerSecond
  for (let at = 0; at < sent; at += PIECE) {
    const count = Math.min(PIECE, sent - at, stop - at)
    if (count > 0) {
      const piece = file.read(from + at, count)
      if (flip !== undefined && flip >= from + at && flip < from + at + count) {
        const copy = Buffer.from(piece)
        copy[flip - from - at] ^= 1
        await write(response, copy)
      } else await write(response, piece)
      if (pace) await sleep((count / pace) * 1000)
    }
    if (at + PIECE >= stop) {
      if (fault('cut')) {
        // What was written is to arrive before the connection ends.
        await sleep(30)
        response.destroy()
      }
      return
    }
    if (response.destroyed) return
  }
  if (extra > 0) await write(response, Buffer.alloc(extra))
  if (fault('overclaim')) {
    await sleep(30)
    response.destroy()
  } else response.end()
}

function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed || response.write(bytes)) return resolve()
    const done = (): void => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
}
