// Every source there is, how the list is narrowed, what is stored on this machine, and which hub it comes from.
import type { CatalogueEntry } from '../engine/protocol.ts'
import type { Contact } from '../lib/contact.ts'
import { toUserError, type UserError } from '../lib/errors.ts'
import type { StorageState } from '../lib/storage-state.ts'
import { checkedHub, type HubChoice, keepHubChoice, readHubChoice } from './hub-choice.ts'
import { NO_FILTER, type SourceFilter } from './source-filter.ts'
import type { SourceSort } from './source-sort.ts'
import type { Slice } from './types.ts'

export interface LibrarySlice {
  /** Bundled sources, then the public ones; undefined until `loadLibrary`. */
  library: CatalogueEntry[] | undefined
  libraryError: UserError | undefined
  sourceFilter: SourceFilter
  loadLibrary(): Promise<void>
  setSourceFilter(next: Partial<SourceFilter>): void
  clearSourceFilter(): void
  /** Undefined while the list has its own order: best match first. */
  sourceSort: SourceSort | undefined
  setSourceSort(next: SourceSort | undefined): void

  /** What is stored, as of the last look. */
  storage: StorageState | undefined
  storageError: UserError | undefined
  /** Which hosts the engine asked in this visit, as of the last look. */
  contacts: readonly Contact[]
  /** Why downloads are not kept, until it is put away. */
  storageNotice: string | undefined
  refreshStorage(): Promise<void>
  refreshContacts(): Promise<void>
  deleteStored(keys: string[]): Promise<void>
  dismissStorageNotice(): void

  hub: HubChoice
  hubError: UserError | undefined
  /** Takes a new choice into use and remembers it as far as it says; false with `hubError` when it cannot be used. */
  setHub(choice: HubChoice): Promise<boolean>
}

export const librarySlice: Slice<LibrarySlice> = (set, get, { client, kept }) => {
  const remembered = readHubChoice(kept)
  let looks = 0

  client.onStorageNotice((storageNotice) => set({ storageNotice }))
  client.onChecked(() => {
    // One that looked a moment ago may not have its answer yet.
    if (looks > 0) void get().refreshStorage()
  })
  // Before anything is opened: calls reach the engine in order.
  if (kept?.read('hub') !== undefined) void use(remembered).catch(() => undefined)

  function use({ endpoint, token }: HubChoice): Promise<void> {
    return client.setHub({ endpoint, token: token || undefined })
  }

  /** Shows the newest answer about storage only. */
  async function look(ask: () => Promise<StorageState>): Promise<void> {
    looks += 1
    const own = looks
    try {
      const storage = await ask()
      if (own === looks) set({ storage, storageError: undefined })
    } catch (thrown) {
      if (own === looks) set({ storageError: toUserError(thrown) })
    }
  }

  return {
    library: undefined,
    libraryError: undefined,
    sourceFilter: NO_FILTER,

    loadLibrary: async () => {
      if (get().library) return
      set({ libraryError: undefined })
      try {
        const [bundled, everything] = await Promise.all([get().loadCatalogue(), client.publicCatalogue()])
        set({ library: [...bundled, ...everything] })
      } catch (thrown) {
        set({ libraryError: toUserError(thrown) })
      }
    },

    setSourceFilter: (next) => set(({ sourceFilter }) => ({ sourceFilter: { ...sourceFilter, ...next } })),
    clearSourceFilter: () => set({ sourceFilter: NO_FILTER }),
    sourceSort: undefined,
    setSourceSort: (sourceSort) => set({ sourceSort }),

    storage: undefined,
    storageError: undefined,
    storageNotice: undefined,
    refreshStorage: () => look(() => client.storage()),
    contacts: [],
    refreshContacts: async () => {
      // An engine that cannot answer has asked no host either.
      set({ contacts: await client.contacts().catch(() => []) })
    },
    deleteStored: async (keys) => {
      await look(() => client.deleteStored(keys))
      // The open source's index may have been among them.
      await get().loadIndex({ again: true })
    },
    dismissStorageNotice: () => set({ storageNotice: undefined }),

    hub: remembered,
    hubError: undefined,
    setHub: async (choice) => {
      try {
        const hub = checkedHub(choice)
        await use(hub)
        keepHubChoice(kept, hub)
        set({ hub, hubError: undefined })
        return true
      } catch (thrown) {
        set({ hubError: toUserError(thrown) })
        return false
      }
    },
  }
}
