// What a hub says of a repository: the commit a revision means, sizes and hashes of files, folders' contents.
// Routes as huggingface.co has them; a plain mirror has only /{repo}/resolve/…, which is enough.
import * as v from 'valibot'
import { isAbort } from '../lib/errors.ts'
import type { Http } from './http.ts'
import { MissingFile, RefusedRequest } from './http-errors.ts'

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const RevisionInfo = v.object({ sha: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/)) })
const Entry = v.object({
  type: v.picklist(['file', 'directory']),
  path: v.string(),
  oid: v.string(),
  size: count,
  lfs: v.nullish(v.object({ oid: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)), size: count })),
})
const Entries = v.array(Entry)

export interface RepoFile {
  path: string
  size: number
  /** Git's id of the blob or, for a large file, its SHA-256. */
  id: string
  sha256: string | undefined
}

/** One revision of a repository, pinned to the commit it meant when it was first asked for. */
export class HubRepo {
  readonly repo: string
  readonly revision: string
  readonly endpoint: string
  readonly #http: Http
  readonly #files = new Map<string, RepoFile | undefined>()
  #commit: Promise<string | undefined> | undefined

  constructor(http: Http, repo: string, revision: string) {
    this.repo = repo
    this.revision = revision
    this.endpoint = http.endpoint
    this.#http = http
  }

  /** The commit, asked for once; undefined where the host has no API. */
  commit(signal?: AbortSignal): Promise<string | undefined> {
    this.#commit ??= this.#ask(`revision/${encodeURIComponent(this.revision)}`, RevisionInfo, { signal })
      .then((info) => info?.sha)
      .catch((error) => {
        this.#commit = undefined
        throw error
      })
    return this.#commit
  }

  /** What the hub tells of a file; undefined when it has none of this name, 'unknown' where it has no API. */
  async file(path: string, signal?: AbortSignal): Promise<RepoFile | undefined | 'unknown'> {
    const commit = await this.commit(signal)
    if (!commit) return 'unknown'
    if (this.#files.has(path)) return this.#files.get(path)
    const body = JSON.stringify({ paths: [path], expand: false })
    const headers = { 'Content-Type': 'application/json' }
    const entries = await this.#ask(`paths-info/${commit}`, Entries, {
      method: 'POST',
      headers,
      body,
      signal,
    })
    if (!entries) return 'unknown'
    const found = entries.find((entry) => entry.path === path && entry.type === 'file')
    this.#files.set(path, found && repoFile(found))
    return this.#files.get(path)
  }

  /** Paths of the files in a folder ("" or ending in "/"), from that folder; undefined where it cannot be listed. */
  async list(folder: string, signal?: AbortSignal): Promise<string[] | undefined> {
    const commit = await this.commit(signal)
    if (!commit) return undefined
    const inside = folder.split('/').map(encodeURIComponent).join('/').replace(/\/$/, '')
    const entries = await this.#ask(`tree/${commit}${inside && `/${inside}`}`, Entries, { signal })
    const files = entries?.filter((entry) => entry.type === 'file')
    for (const entry of files ?? []) this.#files.set(entry.path, repoFile(entry))
    return files?.map((entry) => entry.path.slice(folder.length))
  }

  /** Where a file is fetched from: at the pinned commit where it is known. */
  async address(path: string, signal?: AbortSignal): Promise<string> {
    const revision = (await this.commit(signal)) ?? this.revision
    const name = path.split('/').map(encodeURIComponent).join('/')
    return `${this.endpoint}/${this.repo}/resolve/${encodeURIComponent(revision)}/${name}`
  }

  /** Asks for the commit and the files anew next time. */
  forget(): void {
    this.#commit = undefined
    this.#files.clear()
  }

  /** An answer of the API; undefined where there is none, or something else than the API answers. */
  async #ask<T>(
    route: string,
    schema: v.GenericSchema<unknown, T>,
    ask: Parameters<Http['bytes']>[1],
  ): Promise<T | undefined> {
    const url = `${this.endpoint}/api/models/${this.repo}/${route}`
    try {
      const bytes = await this.#http.bytes(url, { ...ask, cache: 'no-cache' })
      const parsed = v.safeParse(schema, JSON.parse(new TextDecoder().decode(bytes)))
      return parsed.success ? parsed.output : undefined
    } catch (error) {
      if (isAbort(error)) throw error
      const absent = error instanceof MissingFile || error instanceof SyntaxError
      if (absent || (error instanceof RefusedRequest && [400, 405, 501].includes(error.status)))
        return undefined
      throw error
    }
  }
}

function repoFile({ path, size, oid, lfs }: v.InferOutput<typeof Entry>): RepoFile {
  return { path, size: lfs?.size ?? size, id: lfs?.oid ?? oid, sha256: lfs?.oid }
}
