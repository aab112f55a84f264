// The browser's storage as the hub uses it: opened when first needed, and done without where it refuses.
import { UserError } from '../lib/errors.ts'
import type { StorageState } from '../lib/storage-state.ts'
import { CHUNK } from './chunks.ts'
import type { HubOptions } from './hub.ts'
import { Locks } from './locks.ts'
import { StorageFailed } from './opfs.ts'
import { PackedCache, type PackedOrigin } from './packed-cache.ts'
import type { RemoteFile } from './remote-file.ts'
import { FileStore, type StoredIdentity } from './store.ts'
import type { StoredEntry } from './stored-entry.ts'
import { keysOf, storedRows } from './stored-rows.ts'

const BLOCKED =
  'This browser gives the page no storage (a private window, or blocked site data): downloads are not kept, and are fetched again next time.'

/** What a download reports. */
export interface DownloadListeners {
  /** Told when storage refuses to take more. */
  onStorageFailed(failure: StorageFailed): void
  /** Told when the file was found to be the one that the hub describes. */
  onChecked(): void
  /** Told when it was found to be another after it had been read: no read succeeds then. */
  onWithdrawn(error: unknown): void
}

type CacheListeners = Required<
  Pick<HubOptions, 'onNotice' | 'onKeeping' | 'onWaiting' | 'onChecked' | 'onWithdrawn'>
>

export class Cache {
  readonly locks: Locks
  /** What downloads report. */
  readonly listeners: DownloadListeners
  readonly #onNotice: (notice: string) => void
  readonly #onKeeping: () => void
  #keeping = false
  #store: Promise<FileStore | undefined> | undefined
  #notice: string | undefined

  constructor({ onNotice, onKeeping, onWaiting, onChecked, onWithdrawn }: CacheListeners) {
    this.locks = new Locks(onWaiting)
    this.listeners = { onStorageFailed: (failure) => this.failed(failure), onChecked, onWithdrawn }
    this.#onNotice = onNotice
    this.#onKeeping = onKeeping
  }

  /** Where a file is kept; undefined where it cannot be, or where no later visit could tell it from another. */
  async entry(file: RemoteFile): Promise<StoredEntry | undefined> {
    const { place, version, name, revision, size } = file
    if (version === undefined) return undefined
    return this.#entry({ place, version, name, revision, size, chunk: CHUNK })
  }

  /** Where weights are kept that were packed from a checkpoint. */
  packed(origin: PackedOrigin): PackedCache {
    return new PackedCache({
      origin,
      usable: async () => {
        const store = await this.#open()
        if (!store) this.#tell(BLOCKED)
        return store !== undefined
      },
      find: async (identity) => (await this.#open())?.find(identity),
      open: (identity) => this.#entry(identity),
      onStorageFailed: (failure) => this.failed(failure),
    })
  }

  async #entry(identity: StoredIdentity): Promise<StoredEntry | undefined> {
    const store = await this.#open()
    if (!store) this.#tell(BLOCKED)
    else if (!this.#keeping) {
      this.#keeping = true
      this.#onKeeping()
    }
    try {
      return await store?.entry(identity)
    } catch (error) {
      if (!(error instanceof StorageFailed)) throw error
      this.failed(error)
      return undefined
    }
  }

  /** The whole file kept of a place, for work without a connection. */
  async whole(place: string) {
    return (await this.#open())?.whole(place)
  }

  failed(failure: StorageFailed): void {
    this.#tell(
      failure.full
        ? 'The browser’s storage is full: downloads go on but are not kept. Delete some under Storage.'
        : 'The browser’s storage refused to keep a download: it goes on but is not kept.',
    )
  }

  async state(): Promise<StorageState> {
    const store = await this.#open()
    const notice = this.#notice ?? (store ? undefined : BLOCKED)
    const { usage = 0, quota = 0 } = await estimate()
    const persisted = (await navigator.storage?.persisted?.().catch(() => false)) ?? false
    return {
      available: store !== undefined,
      notice,
      persisted,
      usage,
      quota,
      files: storedRows((await store?.list()) ?? []),
    }
  }

  async delete(keys: readonly string[]): Promise<void> {
    const store = await this.#open()
    for (const key of keys.flatMap(keysOf)) {
      if ((await store?.delete(key)) !== false) continue
      throw new UserError({
        title: 'A stored file could not be deleted.',
        detail: 'It is being downloaded, here or in another tab.',
        remedy: 'Cancel the download, or wait for its end, and delete it then.',
      })
    }
    // With room again, the next refusal is news.
    this.#notice = undefined
  }

  #open(): Promise<FileStore | undefined> {
    this.#store ??= FileStore.open()
    return this.#store
  }

  #tell(notice: string): void {
    if (this.#notice === notice) return
    this.#notice = notice
    this.#onNotice(notice)
  }
}

async function estimate(): Promise<StorageEstimate> {
  try {
    return await navigator.storage.estimate()
  } catch {
    return {}
  }
}
