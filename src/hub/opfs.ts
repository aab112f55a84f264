// Single calls of the browser's private file system (OPFS): patient where answers get lost, and with one error.

declare global {
  /** TypeScript's page library leaves out what only workers have. */
  interface FileSystemSyncAccessHandle {
    read(into: Uint8Array<ArrayBuffer>, options: { at: number }): number
    write(bytes: Uint8Array<ArrayBuffer>, options: { at: number }): number
    getSize(): number
    close(): void
  }
  var FileSystemSyncAccessHandle: { prototype: FileSystemSyncAccessHandle }
  interface FileSystemFileHandle {
    createSyncAccessHandle(options: { mode: string }): Promise<FileSystemSyncAccessHandle>
  }
}

/** Storage could not be written: full, or taken away. */
export class StorageFailed extends Error {
  readonly full: boolean

  constructor(cause: unknown) {
    super('storage failed', { cause })
    this.full = cause instanceof DOMException && cause.name === 'QuotaExceededError'
  }
}

/** Writes a small file whole. StorageFailed when it cannot be. */
export async function write(folder: FileSystemDirectoryHandle, name: string, data: Blob): Promise<void> {
  try {
    // It replaces the file when it is closed: one begun anew beside a silent one does no harm.
    await answered(() => writeOnce(folder, name, data))
  } catch (error) {
    throw new StorageFailed(error)
  }
}

async function writeOnce(folder: FileSystemDirectoryHandle, name: string, data: Blob): Promise<void> {
  const handle = await folder.getFileHandle(name, { create: true })
  const writable = await handle.createWritable()
  try {
    await writable.write(data)
    await writable.close()
  } catch (error) {
    await writable.abort().catch(() => undefined)
    throw error
  }
}

/** What is in a folder, by name; nothing where it was deleted meanwhile. */
export async function entriesOf(folder: FileSystemDirectoryHandle): Promise<Map<string, FileSystemHandle>> {
  return answered(async () => {
    const entries = new Map<string, FileSystemHandle>()
    try {
      for await (const [name, handle] of folder.entries()) entries.set(name, handle)
    } catch (error) {
      if (!isGone(error)) throw error
    }
    return entries
  })
}

/** The files of a folder as they are now, by name; those that were deleted meanwhile are left out. */
export async function filesOf(folder: FileSystemDirectoryHandle): Promise<Map<string, File>> {
  const files = new Map<string, File>()
  for (const [name, handle] of await entriesOf(folder)) {
    if (!isFile(handle)) continue
    try {
      files.set(name, await answered(() => handle.getFile()))
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }
  return files
}

export function isFolder(handle: FileSystemHandle): handle is FileSystemDirectoryHandle {
  return handle.kind === 'directory'
}

function isFile(handle: FileSystemHandle): handle is FileSystemFileHandle {
  return handle.kind === 'file'
}

function isGone(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'NotFoundError'
}

/** Milliseconds after which a storage call is asked again; longer each time. */
const PATIENCE = 1500
const TRIES = 3

/**
 * Chromium now and then loses the answer of a storage call (seen about once in 300 calls on a busy machine, in the
 * page and in workers): asked again, it answers. `onLate` gets an answer that came after all.
 */
export async function answered<T>(ask: () => Promise<T>, onLate?: (answer: T) => void): Promise<T> {
  for (let tries = 1; ; tries++) {
    const asked = ask()
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), PATIENCE * tries)
    })
    const answer = await Promise.race([asked.then((value) => ({ value })), late])
    clearTimeout(timer)
    if (answer) return answer.value
    asked.then(onLate, () => undefined)
    if (tries === TRIES) throw new DOMException('storage does not answer', 'TimeoutError')
  }
}

/**
 * Removes an entry with all that is in it; true when it is gone. False when it is written to just now: handles that
 * were closed a moment ago may still count.
 */
export async function removeWhole(folder: FileSystemDirectoryHandle, name: string): Promise<boolean> {
  for (let tries = 0; tries < 20; tries++) {
    try {
      await answered(() => folder.removeEntry(name, { recursive: true }))
      return true
    } catch (error) {
      if (!(error instanceof DOMException)) throw error
      // It may also be something inside that was gone by then: a file that was just being replaced.
      if (error.name === 'NotFoundError' && !(await isThere(folder, name))) return true
      // In use, or written to while it was being deleted.
      if (!/^(NoModificationAllowed|InvalidModification|NotFound)Error$/.test(error.name)) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  return false
}

async function isThere(folder: FileSystemDirectoryHandle, name: string): Promise<boolean> {
  try {
    await answered(() => folder.getDirectoryHandle(name))
    return true
  } catch (error) {
    return !isGone(error)
  }
}
