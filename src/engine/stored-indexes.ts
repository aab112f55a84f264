// What was computed here as the storage page lists and deletes it: indexes, finished ones and those that were stopped,
// and maps.
import * as v from 'valibot'
import { parseManifest } from '../activation-index/manifest.ts'
import { readJson } from '../activation-index/store.ts'
import { footprint } from '../hub/manifest.ts'
import { entriesOf, isFolder, removeWhole } from '../hub/opfs.ts'
import { UserError } from '../lib/errors.ts'
import type { StorageState, StoredFile } from '../lib/storage-state.ts'
import { indexesFolder, lockOf, OpfsFolder } from './index-store.ts'
import { deleteMaps, isStoredMap, storedMaps } from './stored-maps.ts'

const PREFIX = 'index:'

/** What a stopped build says of itself: see `fingerprintOf` and `IndexBuilder`. */
const Building = v.object({ fingerprint: v.string() })
const Head = v.looseObject({
  model: v.string(),
  source: v.string(),
  corpus: v.looseObject({ name: v.string() }),
})

const isIndexKey = (key: string): boolean => key.startsWith(PREFIX)

export const isResultKey = (key: string): boolean => isIndexKey(key) || isStoredMap(key)

/** What is stored, the indexes and maps made here among it. */
export async function withResults(state: StorageState): Promise<StorageState> {
  return { ...state, files: [...state.files, ...(await storedIndexes()), ...(await storedMaps())] }
}

/** Deletes those of `keys` that are indexes or maps; true when an index was among them. UserError as below. */
export async function deleteResults(keys: readonly string[]): Promise<boolean> {
  const maps = keys.filter(isStoredMap)
  if (maps.length > 0) await deleteMaps(maps)
  const indexes = keys.filter(isIndexKey)
  if (indexes.length > 0) await deleteIndexes(indexes)
  return indexes.length > 0
}

/** One row for each corpus of each source; none where the browser gives no storage. */
async function storedIndexes(): Promise<StoredFile[]> {
  const rows: StoredFile[] = []
  const all = await indexesFolder().catch(() => undefined)
  if (!all) return rows
  for (const [source, folder] of await entriesOf(all)) {
    if (!isFolder(folder)) continue
    for (const [corpus, files] of await entriesOf(folder)) {
      if (isFolder(files)) rows.push(await rowOf(`${PREFIX}${source}/${corpus}`, files))
    }
  }
  return rows
}

/** UserError where one is being built. */
async function deleteIndexes(keys: readonly string[]): Promise<void> {
  const all = await indexesFolder()
  for (const key of keys) {
    const [source, corpus] = key.slice(PREFIX.length).split('/')
    const done = await navigator.locks.request(lockOf(source), { ifAvailable: true }, async (lock) => {
      if (!lock) return false
      const folder = await all.getDirectoryHandle(source).catch(() => undefined)
      return !folder || removeWhole(folder, corpus)
    })
    if (done) continue
    throw new UserError({
      title: 'A stored index could not be deleted.',
      detail: 'It is being built, here or in another tab.',
      remedy: 'Cancel building, or wait for its end, and delete it then.',
    })
  }
}

async function rowOf(key: string, folder: FileSystemDirectoryHandle): Promise<StoredFile> {
  const { size, lastUsed } = await footprint(folder)
  const name = await nameOf(new OpfsFolder(folder))
  return { key, name, size, present: size, verified: 'built', lastUsed }
}

async function nameOf(files: OpfsFolder): Promise<string> {
  const manifest = await readJson(files, 'manifest.json')
  try {
    if (manifest !== undefined) return told(parseManifest(manifest, 'manifest.json'), 'index')
    const { fingerprint } = v.parse(Building, await readJson(files, 'building.json'))
    return told(v.parse(v.looseTuple([Head]), JSON.parse(fingerprint))[0], 'unfinished index')
  } catch {
    return 'an index that was not finished'
  }
}

function told({ model, source, corpus }: v.InferOutput<typeof Head>, what: string): string {
  return `${model}/${source}, ${what} of ${corpus.name}`
}
