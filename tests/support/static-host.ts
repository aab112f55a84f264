// A plain static host, as GitHub Pages is one: files of a folder under a path, ranges, no header of the page's own
// choosing and no rewrite rules. It can be given another build, and it can go away.
import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
}

export interface StaticHost {
  /** Where the page is: "http://localhost:40123/a/b/". */
  address: string
  /** What was asked for, with its status: "200 /a/b/index.html". */
  asked: string[]
  /** All that each request said: method, address, headers, and its body where it had one. */
  heard: string[]
  /** Serves another folder from now on. */
  serve(folder: string): void
  /** From now on files whose path ends like this are asked for in vain: nothing comes, and no end either. */
  keepSilentAbout(path: string): void
  /** Refuses connections from now on, also those that are open. */
  goAway(): Promise<void>
}

/** Serves `folder` under `path` (begins and ends with "/") on a free port of this machine. */
export async function staticHost(folder: string, path = '/'): Promise<StaticHost> {
  let served = folder
  let unanswered: string | undefined
  const asked: string[] = []
  const heard: string[] = []
  const server = createServer((request, response) => {
    if (unanswered && request.url?.endsWith(unanswered)) return void asked.push(`--- ${request.url}`)
    const status = answer(served, path, request, response)
    asked.push(`${status} ${request.url}`)
    heard.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`)
    request.on('data', (part: Buffer) => heard.push(`body to ${request.url}: ${part.toString('latin1')}`))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, 'localhost', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    address: `http://localhost:${port}${path}`,
    asked,
    heard,
    serve: (next) => {
      served = next
    },
    keepSilentAbout: (path) => {
      unanswered = path
    },
    goAway: () => close(server),
  }
}

function answer(folder: string, path: string, request: IncomingMessage, response: ServerResponse): number {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')
  const inside = pathname.startsWith(path) ? decodeURIComponent(pathname.slice(path.length)) : undefined
  const file = inside === undefined ? undefined : join(folder, normalize(`/${inside || 'index.html'}`))
  if (!file || !existsSync(file) || !statSync(file).isFile()) {
    response.writeHead(404, { 'Content-Type': 'text/html' }).end('<h1>Not found</h1>')
    return 404
  }
  const { size } = statSync(file)
  const headers = {
    'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'max-age=600',
  }
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  if (range) {
    const from = Number(range[1])
    const to = range[2] ? Math.min(Number(range[2]), size - 1) : size - 1
    response.writeHead(206, {
      ...headers,
      'Content-Range': `bytes ${from}-${to}/${size}`,
      'Content-Length': to - from + 1,
    })
    createReadStream(file, { start: from, end: to }).pipe(response)
    return 206
  }
  response.writeHead(200, { ...headers, 'Content-Length': size })
  createReadStream(file).pipe(response)
  return 200
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
