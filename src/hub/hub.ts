// The one door to bytes: the bundled hub, the public hub or another endpoint, plain addresses, local files.
import type { ByteSource } from '../lib/byte-source.ts'
import type { Contact } from '../lib/contact.ts'
import { Unreachable } from '../lib/errors.ts'
import type { HubSettings } from '../lib/hub-settings.ts'
import type { StorageState } from '../lib/storage-state.ts'
import type { WeightCache } from '../lib/weight-cache.ts'
import { Cache } from './cache.ts'
import { bundledFolder, type FileSet, localFiles } from './file-set.ts'
import { Http, type RequestPolicy } from './http.ts'
import type { Received } from './http-body.ts'
import { HubRepo } from './hub-api.ts'
import { forgetKnownRepos } from './known-repos.ts'
import { packedOrigin } from './packed-cache.ts'
import { BUNDLED_OWNER, parseReference } from './reference.ts'
import { addressFolder, repoFolder } from './remote-folders.ts'
import { startShelf } from './shelf-link.ts'

export interface Located {
  set: FileSet
  /** The file in it that was named, if one was. */
  file: string | undefined
}

export interface HubOptions {
  /** Told why downloads are not kept, or that only what is stored can be read, when that begins. */
  onNotice?: (notice: string) => void
  /** Told when the first download of the session is kept: time to ask the browser not to evict it. */
  onKeeping?: () => void
  /** Told when another tab's download is waited for, and when no longer. */
  onWaiting?: (waiting: boolean) => void
  /** Told when a file in use was found to be the one that the hub describes. */
  onChecked?: () => void
  /** Told when a file in use was found to be another than the hub describes: reading it rejects with `error` now. */
  onWithdrawn?: (error: unknown) => void
  policy?: Partial<RequestPolicy>
}

export class Hub {
  readonly #bundledBase: string
  readonly #onNotice: (notice: string) => void
  readonly #http: Http
  readonly #cache: Cache
  /** Repositories asked for, each pinned to one commit while the page is open. */
  readonly #repos = new Map<string, HubRepo>()

  /** `bundledBase` is the address of the bundled hub, ending in "/". */
  constructor(
    bundledBase: string,
    {
      onNotice = () => undefined,
      onKeeping = () => undefined,
      onWaiting = () => undefined,
      onChecked = () => undefined,
      onWithdrawn = () => undefined,
      policy,
    }: HubOptions = {},
  ) {
    this.#bundledBase = bundledBase
    this.#onNotice = onNotice
    this.#http = new Http(policy)
    this.#cache = new Cache({ onNotice, onKeeping, onWaiting, onChecked, onWithdrawn })
  }

  get received(): Received {
    return this.#http.received
  }

  get contacts(): Contact[] {
    return this.#http.contacts
  }

  /** Another endpoint or token; what is open stays open. */
  configure(settings: HubSettings): void {
    this.#http.configure(settings)
    this.#repos.clear()
  }

  /** A folder of the bundled hub: "" is its root, "featurescope/gemma-2-mini" a repository. */
  bundled(repo: string): FileSet {
    return bundledFolder(new URL(repo && `${repo}/`, this.#bundledBase).href, this.#http)
  }

  /** The root of a repository, bundled or of the endpoint, without listing it. */
  repository(repo: string, revision = 'main'): FileSet {
    if (repo.startsWith(`${BUNDLED_OWNER}/`)) return this.bundled(repo)
    return repoFolder(this.#http, this.#cache, this.#repo(repo, revision), '', undefined)
  }

  /** The folder that a reference, an address or local files mean. UserError for a name that means nothing. */
  async locate(asked: string | readonly File[], signal?: AbortSignal): Promise<Located> {
    if (typeof asked !== 'string') return { set: localFiles(asked), file: undefined }
    const place = parseReference(asked, this.#http.endpoint)
    if (place.kind === 'address' || !place.repo.startsWith(`${BUNDLED_OWNER}/`)) startShelf()
    if (place.kind === 'address') {
      return { set: addressFolder(this.#http, this.#cache, place), file: place.file?.name }
    }
    const { folder, file } = place
    if (place.repo.startsWith(`${BUNDLED_OWNER}/`)) {
      return { set: this.bundled(`${place.repo}/${folder}`.replace(/\/$/, '')), file }
    }
    const repo = this.#repo(place.repo, place.revision)
    // A file's folder is listed too: the SAE's configuration lies beside it under one of several names.
    const paths = await repo.list(folder, signal).catch((error: unknown) => {
      // Without a connection, what is stored can still be opened.
      if (error instanceof Unreachable) return undefined
      throw error
    })
    return { set: repoFolder(this.#http, this.#cache, repo, folder, paths), file }
  }

  /**
   * Where the packed weights of a model are kept whose checkpoint lies in `files`; `format` is the version of their
   * layout. Undefined unless all files are a hub's: local and bundled ones are packed anew each time.
   */
  weightCache(name: string, files: readonly ByteSource[], format: string): WeightCache | undefined {
    const origin = packedOrigin(name, files, format)
    return origin && this.#cache.packed(origin)
  }

  /** One try at a short answer of some host's API: rejects with a Transient for what may be asked again. */
  askOnce(url: string, most: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    return this.#http.once(url, most, signal)
  }

  storage(): Promise<StorageState> {
    return this.#cache.state()
  }

  async deleteStored(keys: readonly string[]): Promise<StorageState> {
    await this.#cache.delete(keys)
    const state = await this.storage()
    // Which repositories were visited is not kept longer than what came from them.
    if (state.files.length === 0) await forgetKnownRepos()
    return state
  }

  #repo(name: string, revision: string): HubRepo {
    const key = `${name}@${revision}`
    const unreachable = (commit: string): void =>
      this.#onNotice(
        `No answer from ${new URL(this.#http.endpoint).host}: ${name} is opened from what is stored here, as it was at commit ${commit.slice(0, 7)}.`,
      )
    const repo = this.#repos.get(key) ?? new HubRepo(this.#http, name, revision, unreachable)
    this.#repos.set(key, repo)
    return repo
  }
}
