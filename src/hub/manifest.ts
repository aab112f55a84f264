// What a stored file's folder says of it, and which of its chunks are there.
import * as v from 'valibot'
import { write } from './opfs.ts'

const MANIFEST = 'manifest.json'
/** Bytes behind a piece: its checksum. */
export const CHECKSUM = 8
/** Ends the names of files that hold a part of a chunk. */
export const PIECE = '.piece'

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const Manifest = v.object({
  version: v.literal(2),
  name: v.string(),
  part: v.optional(v.string()),
  revision: v.optional(v.string()),
  size: count,
  chunk: v.pipe(count, v.minValue(1)),
  verified: v.boolean(),
  lastUsed: count,
})
export type Manifest = v.InferOutput<typeof Manifest>

/** Undefined where there is none that can be read. */
export async function readManifest(folder: FileSystemDirectoryHandle): Promise<Manifest | undefined> {
  try {
    const file = await (await folder.getFileHandle(MANIFEST)).getFile()
    const parsed = v.safeParse(Manifest, JSON.parse(await file.text()))
    return parsed.success ? parsed.output : undefined
  } catch {
    return undefined
  }
}

/** Whether a folder has a manifest that this version cannot read. One that is being made has an empty one, or none. */
export async function isOfAnotherVersion(folder: FileSystemDirectoryHandle): Promise<boolean> {
  const handle = await folder.getFileHandle(MANIFEST).catch(() => undefined)
  const size = (await handle?.getFile())?.size ?? 0
  return size > 0 && (await readManifest(folder)) === undefined
}

/** Chunks of which a part is there, and the bytes that each takes. */
export async function listPieces(folder: FileSystemDirectoryHandle): Promise<Map<number, number>> {
  const pieces = new Map<number, number>()
  for await (const [name, handle] of folder.entries()) {
    if (!name.endsWith(PIECE) || !isFile(handle)) continue
    pieces.set(Number.parseInt(name, 10), Math.max(0, (await handle.getFile()).size - CHECKSUM))
  }
  return pieces
}

/** Bytes of a folder's files, whatever they are, and when the last was written. */
export async function footprint(
  folder: FileSystemDirectoryHandle,
): Promise<{ size: number; lastUsed: number }> {
  let [size, lastUsed] = [0, 0]
  for await (const handle of folder.values()) {
    if (!isFile(handle)) continue
    const file = await handle.getFile()
    size += file.size
    lastUsed = Math.max(lastUsed, file.lastModified)
  }
  return { size, lastUsed }
}

/** StorageFailed when it cannot be written. */
export function writeManifest(folder: FileSystemDirectoryHandle, manifest: Manifest): Promise<void> {
  return write(folder, MANIFEST, new Blob([JSON.stringify(manifest)]))
}

function isFile(handle: FileSystemHandle): handle is FileSystemFileHandle {
  return handle.kind === 'file'
}
