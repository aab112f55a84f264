// What a page has left behind in the browser, as one text to look for secrets in.

/** All that the browser keeps for this origin: databases, and names and small files of the private file system. */
export async function everythingKept(): Promise<string> {
  const said: string[] = [JSON.stringify({ ...localStorage }), location.href]
  const walk = async (folder: FileSystemDirectoryHandle): Promise<void> => {
    for await (const handle of folder.values()) {
      said.push(handle.name)
      if (handle instanceof FileSystemDirectoryHandle) await walk(handle)
      else if (handle instanceof FileSystemFileHandle) {
        const file = await handle.getFile()
        if (file.size < 64_000) said.push(await file.text())
      }
    }
  }
  await walk(await navigator.storage.getDirectory())
  for (const { name = '' } of await indexedDB.databases()) {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open(name)
      opening.onsuccess = () => resolve(opening.result)
      opening.onerror = () => reject(opening.error)
    })
    for (const store of database.objectStoreNames) {
      const objects = database.transaction(store).objectStore(store)
      for (const asked of [objects.getAllKeys(), objects.getAll()]) {
        await new Promise((resolve) => asked.addEventListener('success', resolve))
        said.push(JSON.stringify(asked.result))
      }
    }
    database.close()
  }
  return said.join('\n')
}
