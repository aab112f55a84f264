// Files of a drop, with the folders that were dropped read through to their files.

/** Files a drop may bring: more than any model folder has, far below what would hang the page. */
const MOST = 2000

/** A picked file named by its path in the picked folder: `webkitRelativePath` does not cross the worker's border. */
export function namedByPath(file: File): File {
  return file.webkitRelativePath ? new File([file], file.webkitRelativePath) : file
}

/** All files of a drop; those of folders are named by their path. */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  // Entries must be taken before the first await: the transfer is emptied when the event has been handled.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry())
  const loose = [...transfer.files]
  if (entries.every((entry) => !entry?.isDirectory)) return loose
  const files: File[] = []
  for (const entry of entries) if (entry) await collect(entry, files)
  return files
}

async function collect(entry: FileSystemEntry, into: File[]): Promise<void> {
  if (into.length >= MOST) return
  if (entry instanceof FileSystemFileEntry) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject))
    into.push(new File([file], entry.fullPath.replace(/^\//, '')))
    return
  }
  if (!(entry instanceof FileSystemDirectoryEntry)) return
  const reader = entry.createReader()
  for (;;) {
    // A reader gives its entries in batches, and an empty one at the end.
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject)
    })
    if (batch.length === 0) return
    for (const child of batch) await collect(child, into)
  }
}
