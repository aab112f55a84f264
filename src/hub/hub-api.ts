// What a hub says of a repository: the commit a revision means, sizes and hashes of files, folders' contents.
// Routes as huggingface.co has them; a plain mirror has only /{repo}/resolve/…, which is enough.
import * as v from 'valibot'
import { isAbort, Unreachable } from '../lib/errors.ts'
import type { Http } from './http.ts'
import { MissingFile, RefusedRequest } from './http-errors.ts'
import { readKnownRepo, writeKnownRepo } from './known-repos.ts'

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
  /** Folders all of whose files are known. */
  readonly #folders = new Set<string>()
  readonly #onUnreachable: (commit: string) => void
  #commit: Promise<string | undefined> | undefined
  /** Whether all that is known is from an earlier visit. */
  #remembered = false

  /** `onUnreachable` is told when the hub does not answer and what it told last is used, with the commit it named. */
  constructor(
    http: Http,
    repo: string,
    revision: string,
    onUnreachable: (commit: string) => void = () => undefined,
  ) {
    this.repo = repo
    this.revision = revision
    this.endpoint = http.endpoint
    this.#http = http
    this.#onUnreachable = onUnreachable
  }

  /** The commit, asked for once; undefined where the host has no API. That of the last visit without a connection. */
  commit(signal?: AbortSignal): Promise<string | undefined> {
    this.#commit ??= this.#ask(`revision/${encodeURIComponent(this.revision)}`, RevisionInfo, { signal })
      .then((info) => info?.sha)
      .catch((error: unknown) => this.#rememberedCommit(error))
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
    if (this.#remembered && this.#folders.has(path.slice(0, path.lastIndexOf('/') + 1))) return undefined
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
    void this.#remember(commit)
    return this.#files.get(path)
  }

  /** Paths of the files in a folder ("" or ending in "/"), from that folder; undefined where it cannot be listed. */
  async list(folder: string, signal?: AbortSignal): Promise<string[] | undefined> {
    const commit = await this.commit(signal)
    if (!commit) return undefined
    if (this.#remembered && this.#folders.has(folder)) return this.#filesIn(folder)
    const inside = folder.split('/').map(encodeURIComponent).join('/').replace(/\/$/, '')
    const entries = await this.#ask(`tree/${commit}${inside && `/${inside}`}`, Entries, { signal })
    const files = entries?.filter((entry) => entry.type === 'file')
    for (const entry of files ?? []) this.#files.set(entry.path, repoFile(entry))
    if (files) this.#folders.add(folder)
    if (files) void this.#remember(commit)
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
    this.#remembered = false
    this.#files.clear()
    this.#folders.clear()
  }

  get #name(): string {
    return `${this.endpoint}/${this.repo}@${this.revision}`
  }

  /** The commit of the last visit; rejects with what went wrong where that was not a missing answer, or none is known. */
  async #rememberedCommit(error: unknown): Promise<string> {
    const known = error instanceof Unreachable ? await readKnownRepo(this.#name) : undefined
    if (!known) throw error
    this.#remembered = true
    for (const { sha256, ...file } of known.files) this.#files.set(file.path, { ...file, sha256 })
    for (const folder of known.folders) this.#folders.add(folder)
    this.#onUnreachable(known.commit)
    return known.commit
  }

  async #remember(commit: string): Promise<void> {
    if (this.#remembered) return
    const files = [...this.#files.values()].filter((file) => file !== undefined)
    await writeKnownRepo(this.#name, { commit, files, folders: [...this.#folders] })
  }

  #filesIn(folder: string): string[] {
    return [...this.#files.values()]
      .filter((file) => file !== undefined)
      .filter(({ path }) => path.startsWith(folder) && !path.slice(folder.length).includes('/'))
      .map(({ path }) => path.slice(folder.length))
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
