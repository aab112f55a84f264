// What a page has left behind in the browser, as one text to look for secrets in.
import { deepText } from './secrets.ts'

/**
 * All that the browser keeps for this origin: databases with their names, and names and files of the private file
 * system, of large ones both ends. A page is given it together with `textOf`: `keptIn`.
 */
export async function everythingKept(textOf = deepText): Promise<string> {
  const END = 4_000_000
  const said: string[] = [JSON.stringify({ ...localStorage }), location.href]
  const walk = async (folder: FileSystemDirectoryHandle): Promise<void> => {
    for await (const handle of folder.values()) {
      said.push(handle.name)
      if (handle instanceof FileSystemDirectoryHandle) await walk(handle)
      else if (handle instanceof FileSystemFileHandle) {
        const file = await handle.getFile()
        said.push(await textOf(file.slice(0, END)), await textOf(file.slice(Math.max(END, file.size - END))))
      }
    }
  }
  await walk(await navigator.storage.getDirectory())
  for (const { name = '' } of await indexedDB.databases()) {
    said.push(name)
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open(name)
      opening.onsuccess = () => resolve(opening.result)
      opening.onerror = () => reject(opening.error)
    })
    for (const store of database.objectStoreNames) {
      const objects = database.transaction(store).objectStore(store)
      said.push(store, ...objects.indexNames)
      for (const asked of [objects.getAllKeys(), objects.getAll()]) {
        await new Promise((resolve) => asked.addEventListener('success', resolve))
        said.push(await textOf(asked.result))
      }
    }
    database.close()
  }
  return said.join('\n')
}

/** What a page is to evaluate for `everythingKept`. */
export const keptIn = `(${everythingKept})(${deepText})`
