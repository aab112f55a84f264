// The maps that were computed here, as the storage page lists and deletes them.
import { delMany, entries } from 'idb-keyval'
import type { StoredFile } from '../lib/storage-state.ts'
import { isMap, MAP_KEY } from './feature-map.ts'

const PREFIX = 'map:'

export const isStoredMap = (key: string): boolean => key.startsWith(PREFIX)

/** One row for each; none where the browser gives no storage. */
export async function storedMaps(): Promise<StoredFile[]> {
  return (await keptEntries()).flatMap(([key, map]): StoredFile[] => {
    if (typeof key !== 'string' || !key.startsWith(MAP_KEY)) return []
    const place = key.slice(MAP_KEY.length).split(' ').slice(1, -1).join(' ')
    const common = { key: PREFIX + key, name: `${place}, map of features` }
    // What another version kept: how large it is cannot be said.
    if (!isMap(map)) return [{ ...common, size: 0, present: 0, verified: 'unknown', lastUsed: 0 }]
    const size = map.features.byteLength + map.places.byteLength
    return [{ ...common, size, present: size, verified: 'built', lastUsed: map.made ?? 0 }]
  })
}

async function keptEntries(): Promise<[IDBValidKey, unknown][]> {
  try {
    return await entries()
  } catch {
    // Blocked storage is refused before there is anything to wait for.
    return []
  }
}

export async function deleteMaps(keys: readonly string[]): Promise<void> {
  await delMany(keys.map((key) => key.slice(PREFIX.length)))
}
