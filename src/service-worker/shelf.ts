// The kept copies of the build's files: each under the hash of what is in it, so that versions share what did not
// change and an answer is never of another version than the page that asks.
import { hex } from '../lib/hex.ts'
import type { KeptBuild } from '../lib/offline.ts'
import { type ListedFile, type Listing, successors } from './listed.ts'

/** Under which the keys of the version in force, and of the one before while that is kept, are remembered. */
const IN_FORCE = 'in-force'

export class Shelf {
  readonly #listing: Listing
  /** Of this copy of the page alone: others may lie beside it on the same origin. */
  readonly #cacheName: string
  readonly #headers: Readonly<Record<string, string>>
  /** Changes with the headers: kept answers carry them. */
  readonly #dress: string
  /** Files whose last ranges were cut from these; a cache gives a file only whole. */
  readonly #cut = new Map<string, Promise<{ body: Blob; headers: Headers }>>()

  constructor(listing: Listing, headers: Readonly<Record<string, string>>) {
    this.#listing = listing
    this.#cacheName = `featurescope ${new URL(listing.base).pathname}`
    this.#headers = headers
    this.#dress = textHash(JSON.stringify(headers))
  }

  /** What an answer of the host becomes: the same, with the headers that the host may not be able to set. */
  dressed(response: Response): Response {
    const headers = new Headers(response.headers)
    for (const [name, value] of Object.entries(this.#headers)) headers.set(name, value)
    // The body is decoded already.
    headers.delete('Content-Encoding')
    headers.delete('Content-Length')
    return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
  }

  async kept(file: ListedFile): Promise<Response | undefined> {
    return (await this.#cache()).match(this.#key(file))
  }

  /** The kept file for cutting ranges out of it. */
  async whole(file: ListedFile): Promise<{ body: Blob; headers: Headers } | undefined> {
    const key = this.#key(file)
    const known = this.#cut.get(key)
    if (known) return known
    const kept = await this.kept(file)
    if (!kept) return undefined
    const reading = kept.blob().then((body) => ({ body, headers: kept.headers }))
    this.#cut.set(key, reading)
    reading.catch(() => this.#cut.delete(key))
    for (const oldest of this.#cut.keys()) {
      if (this.#cut.size <= CUT_AT_ONCE) break
      this.#cut.delete(oldest)
    }
    return reading
  }

  /** Keeps an answer that the page reads too, if it is the file of this version whole. */
  async keep(file: ListedFile, response: Response): Promise<void> {
    const body = await response.arrayBuffer()
    if (!(await isFile(file, body))) return
    await this.#put(file, new Response(body, response))
  }

  /** Fetches a file and keeps it. Rejects when the host does not give what this version has under that name. */
  async fetch(file: ListedFile, signal?: AbortSignal): Promise<void> {
    if (await this.kept(file)) return
    // Names without a hash may be remembered from the version before.
    const response = await fetch(this.#listing.address(file), { cache: 'no-cache', priority: 'low', signal })
    const body = response.ok ? await response.arrayBuffer() : undefined
    if (!body || !(await isFile(file, body))) throw new Error(`${file.path} is not this version's`)
    await this.#put(file, new Response(body, response))
  }

  /** What of the build is kept. */
  async state(): Promise<KeptBuild> {
    const keys = new Set((await (await this.#cache()).keys()).map(({ url }) => url))
    const state: KeptBuild = { files: 0, bytes: 0, missing: 0 }
    for (const file of this.#listing.files) {
      if (keys.has(this.#key(file))) {
        state.files += 1
        state.bytes += file.bytes
      } else if (file.keep !== 'used') state.missing += 1
    }
    return state
  }

  /** Everything a new version needs in order to take the place of what this browser has of the one before. */
  async fetchVersion(): Promise<void> {
    const used = (await (await this.#cache()).keys()).flatMap(({ url }) => {
      const path = new URL(url).searchParams.get('path')
      return path === null ? [] : [path]
    })
    const wanted = new Set([
      ...this.#listing.files.filter(({ keep }) => keep === 'page'),
      ...successors(this.#listing.files, used),
    ])
    for (const file of wanted) await this.fetch(file)
  }

  /**
   * Takes this version into force: what is of no version but it and, `withLast`, the one before is deleted, as long as
   * there is no newer one (`isLatest`).
   */
  async takeForce(withLast: boolean, isLatest: () => boolean): Promise<void> {
    const cache = await this.#cache()
    const own = this.#listing.files.map((file) => this.#key(file))
    const remembered = await cache.match(this.#record())
    const versions: string[][] = remembered ? await remembered.json() : []
    const last = versions.filter((keys) => keys.join() !== own.join()).slice(0, withLast ? 1 : 0)
    const wanted = new Set([this.#record(), ...own, ...last.flat()])
    for (const request of await cache.keys()) {
      if (!isLatest()) return
      if (!wanted.has(request.url)) await cache.delete(request)
    }
    await cache.put(this.#record(), Response.json([own, ...last]))
  }

  #cache(): Promise<Cache> {
    return caches.open(this.#cacheName)
  }

  async #put(file: ListedFile, response: Response): Promise<void> {
    await (await this.#cache()).put(this.#key(file), this.dressed(response))
  }

  #key({ path, hash }: ListedFile): string {
    return `${this.#listing.base}kept?${new URLSearchParams({ path, hash, dress: this.#dress })}`
  }

  #record(): string {
    return `${this.#listing.base}${IN_FORCE}`
  }
}

/** Each may be of some megabytes; an index is read from four files at a time. */
const CUT_AT_ONCE = 6

async function isFile(file: ListedFile, body: ArrayBuffer): Promise<boolean> {
  if (body.byteLength !== file.bytes) return false
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body))
  return hex(digest.subarray(0, 8)) === file.hash
}

/** FNV-1a, 32 bits: tells one set of headers from another. */
function textHash(text: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0).toString(16)
}
