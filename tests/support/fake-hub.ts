// A hub on localhost that answers as huggingface.co does, on two origins: the hub with its API, and the host of
// large files that it redirects to with signed addresses. Tests tell it what is to go wrong, and read its log.
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Plugin } from 'vite'
import { publishedFile, repoPaths } from './fake-hub/content.ts'
import { type Fault, Faults } from './fake-hub/faults.ts'
import { sendFile } from './fake-hub/send.ts'
import { GOOD_TOKEN } from './fake-hub-names.ts'

/** One request, as the log has it. */
export interface LoggedRequest {
  host: 'hub' | 'cdn'
  method: string
  /** Without query. */
  path: string
  range: string | undefined
  authorized: boolean
  /** All that it said: address with query, headers, body; without the authorization that the hub itself is due. */
  said: string
  /** Bytes of the file that were asked for and are there, whether or not all of them went. */
  asked: number
}

interface FakeHubOrigins {
  origin: string
  cdn: string
}

export interface FakeHub extends FakeHubOrigins {
  close(): void
}

const GATED = 'fake/gated'
const EXPOSED =
  'X-Repo-Commit,X-Error-Code,X-Error-Message,ETag,Link,Accept-Ranges,Content-Range,X-Linked-Size,X-Linked-ETag'

class State {
  readonly faults = new Faults()
  log: LoggedRequest[] = []
  /** Whether requests get no answer. */
  stopped = false
  /** Upstream changes so far. */
  salt = 0
  /** Milliseconds that a signed address lives. */
  lifetime = 3_600_000
  cdn = ''

  reset(): void {
    this.faults.clear()
    this.log = []
    this.stopped = false
    this.salt = 0
    this.lifetime = 3_600_000
  }

  commit(repo: string): string {
    return createHash('sha1').update(`${repo} ${this.salt}`).digest('hex')
  }

  sign(path: string, expires: number): string {
    return createHash('sha256').update(`secret ${path} ${expires}`).digest('hex')
  }
}

/** Starts both servers on free ports of localhost; they do not keep the process alive. */
export async function startFakeHub(): Promise<FakeHub> {
  const state = new State()
  const cdn = await listen((request, response) => answerCdn(state, request, response))
  const hub = await listen((request, response) => answerHub(state, request, response))
  state.cdn = cdn.origin
  return {
    origin: hub.origin,
    cdn: cdn.origin,
    close() {
      hub.server.close()
      cdn.server.close()
    },
  }
}

/** Vite plugin: starts a fake hub beside the test server and tells its origins at /fake-hub.json. */
export function fakeHub(): Plugin {
  let started: Promise<FakeHub> | undefined
  return {
    name: 'fake-hub',
    configureServer(server) {
      server.middlewares.use('/fake-hub.json', (_, response) => {
        started ??= startFakeHub()
        started.then(({ origin, cdn }) => {
          response.setHeader('Content-Type', 'application/json')
          response.end(JSON.stringify({ origin, cdn }))
        })
      })
    },
  }
}

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>

function listen(answer: Answer): Promise<{ server: Server; origin: string }> {
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => response.writeHead(500).end(String(error)))
  })
  return new Promise((resolve) => {
    server.listen(0, 'localhost', () => {
      server.unref()
      const address = server.address()
      const port = typeof address === 'object' ? address?.port : undefined
      resolve({ server, origin: `http://localhost:${port}` })
    })
  })
}

async function answerHub(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://hub')
  const path = decodeURIComponent(pathname)
  if (path.startsWith('/_control/')) return control(state, path, request, response)
  const logged = begin(state, 'hub', path, request, response)
  if (!logged) return
  if (path.startsWith('/api/models/'))
    return api(state, logged, path.slice('/api/models/'.length), request, response)
  if (path.startsWith('/files/')) return serve(state, logged, path.slice(1), request, response)

  // Revisions may hold an encoded "/", so the raw path is cut.
  const [owner, repo, route, revision, ...rest] = pathname.slice(1).split('/').map(decodeURIComponent)
  const name = `${owner}/${repo}`
  if (route !== 'resolve' || !repoPaths(name)) return refuse(response, 404, 'RepoNotFound')
  if (gated(name, request, response)) return
  const commit = state.commit(name)
  if (revision !== 'main' && revision !== commit) return refuse(response, 404, 'RevisionNotFound')
  const file = `${name}/${rest.join('/')}`
  const found = publishedFile(file, state.salt)
  if (!found) return refuse(response, 404, 'EntryNotFound')
  response.setHeader('X-Repo-Commit', commit)
  if (!found.large) return serve(state, logged, file, request, response)
  const expires = Date.now() + state.lifetime
  response.setHeader('X-Linked-ETag', `"${found.id}"`)
  response.setHeader('X-Linked-Size', found.file.size)
  const signature = state.sign(`/${file}`, expires)
  response
    .writeHead(302, { Location: `${state.cdn}/${file}?Expires=${expires}&Signature=${signature}` })
    .end()
}

async function answerCdn(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://cdn')
  const path = decodeURIComponent(pathname)
  const logged = begin(state, 'cdn', path, request, response)
  if (!logged) return
  const expires = Number(searchParams.get('Expires'))
  if (expires < Date.now() || searchParams.get('Signature') !== state.sign(path, expires)) {
    response.writeHead(403).end('<Error>Request has expired</Error>')
    return
  }
  await serve(state, logged, path.slice(1), request, response)
}

/** Log and CORS, the same on both hosts; undefined when the request needs no other answer. */
function begin(
  state: State,
  host: 'hub' | 'cdn',
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): LoggedRequest | undefined {
  if (state.stopped) {
    request.socket.destroy()
    return undefined
  }
  response.setHeader('Access-Control-Allow-Origin', '*')
  response.setHeader('Access-Control-Expose-Headers', EXPOSED)
  if (request.method === 'OPTIONS') {
    response.setHeader('Access-Control-Allow-Headers', 'authorization,range,content-type')
    response.setHeader('Access-Control-Allow-Methods', 'GET,HEAD,POST')
    response.writeHead(204).end()
    return undefined
  }
  const { range, authorization } = request.headers
  const authorized = authorization !== undefined
  const told = host === 'hub' ? { ...request.headers, authorization: undefined } : request.headers
  const said = `${request.url} ${JSON.stringify(told)}`
  const logged = { host, method: request.method ?? '', path, range, authorized, said, asked: 0 }
  state.log.push(logged)
  return logged
}

async function serve(
  state: State,
  logged: LoggedRequest,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const found = publishedFile(name, state.salt)
  if (!found) return refuse(response, 404, 'EntryNotFound')
  const faults = state.faults.strike(name)
  if (faults.some(({ kind }) => kind === 'noCors')) response.removeHeader('Access-Control-Allow-Origin')
  if (faults.some(({ kind }) => kind === 'hidden')) response.removeHeader('Access-Control-Expose-Headers')
  const onLength = (length: number): void => {
    logged.asked = length
  }
  await sendFile(request, response, found, found.id.slice(0, 32), faults, onLength)
}

async function api(
  state: State,
  logged: LoggedRequest,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [fault] = state.faults.strike('api')
  if (fault?.kind === 'status') return refuse(response, fault.status)
  if (fault) return void response.destroy()
  const [owner, repo, route, revision, ...rest] = path.split('/')
  const name = `${owner}/${repo}`
  const paths = repoPaths(name)
  if (!paths) return refuse(response, 401, 'RepoNotFound')
  const commit = state.commit(name)
  if (revision !== 'main' && revision !== commit) return refuse(response, 404, 'RevisionNotFound')
  const send = (value: unknown): void => {
    response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify(value))
  }
  if (route === 'revision') return send({ id: name, sha: commit, gated: name === GATED ? 'manual' : false })
  if (route === 'paths-info') {
    const body = await bodyOf(request)
    logged.said += ` ${body}`
    const asked: unknown = JSON.parse(body).paths
    const wanted = Array.isArray(asked) ? asked.filter((one) => typeof one === 'string') : []
    return send(wanted.flatMap((one) => describeFile(state, name, one)))
  }
  if (route !== 'tree') return refuse(response, 404)
  const folder = rest.length > 0 ? `${rest.join('/')}/` : ''
  const inside = paths.filter((one) => one.startsWith(folder))
  if (inside.length === 0) return refuse(response, 404, 'EntryNotFound')
  const files = inside.filter((one) => !one.slice(folder.length).includes('/'))
  const folders = new Set(
    inside.map((one) => one.slice(folder.length).split('/')).flatMap(([top, below]) => (below ? [top] : [])),
  )
  send([
    ...[...folders].map((top) => ({
      type: 'directory',
      oid: state.commit(top),
      size: 0,
      path: folder + top,
    })),
    ...files.flatMap((one) => describeFile(state, name, one)),
  ])
}

function describeFile(state: State, repo: string, path: string): object[] {
  const found = publishedFile(`${repo}/${path}`, state.salt)
  if (!found) return []
  const { size } = found.file
  const hashed = found.id.length === 64
  const lfs = hashed ? { lfs: { oid: found.id, size, pointerSize: 134 } } : {}
  const oid = hashed ? createHash('sha1').update(found.id).digest('hex') : found.id
  return [{ type: 'file', oid, size, path, ...lfs }]
}

/** Answers for a gated repository without the right token. True when it did. */
function gated(repo: string, request: IncomingMessage, response: ServerResponse): boolean {
  if (repo !== GATED || request.headers.authorization === `Bearer ${GOOD_TOKEN}`) return false
  refuse(response, request.headers.authorization ? 403 : 401, 'GatedRepo')
  return true
}

function refuse(response: ServerResponse, status: number, code?: string): void {
  if (code) response.setHeader('X-Error-Code', code)
  response.writeHead(status, { 'Content-Type': 'application/json' }).end('{"error":"refused"}')
}

/** What tests ask of the hub itself: /_control/{reset,fault,clear,update,stop,start,lifetime,log}. */
async function control(
  state: State,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('Access-Control-Allow-Origin', '*')
  response.setHeader('Access-Control-Allow-Headers', 'content-type')
  const body = await bodyOf(request)
  const action = path.slice('/_control/'.length)
  if (action === 'reset') state.reset()
  if (action === 'update') state.salt += 1
  if (action === 'stop' || action === 'start') state.stopped = action === 'stop'
  if (action === 'fault') state.faults.add(JSON.parse(body) as Fault)
  if (action === 'clear') state.faults.clear()
  if (action === 'lifetime') state.lifetime = Number(body)
  response.setHeader('Content-Type', 'application/json')
  response.end(JSON.stringify(state.log))
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts).toString()
}
