// What a stored file's folder says of it, and which of its chunks are there.
import * as v from 'valibot'
import { answered, filesOf, write } from './opfs.ts'

const MANIFEST = 'manifest.json'
/** Bytes behind a piece: its checksum. */
export const CHECKSUM = 8
/** How often a manifest is read that others are writing. */
const TRIES = 5
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

/** Undefined where there is none that this version understands. */
export async function readManifest(folder: FileSystemDirectoryHandle): Promise<Manifest | undefined> {
  return understood(await manifestText(folder))
}

/** Whether a folder has a manifest that this version cannot read. One that is being made has an empty one, or none. */
export async function isOfAnotherVersion(folder: FileSystemDirectoryHandle): Promise<boolean> {
  const text = await manifestText(folder)
  return text !== '' && understood(text) === undefined
}

/** Empty where there is none, or it cannot be read. */
async function manifestText(folder: FileSystemDirectoryHandle): Promise<string> {
  for (let tries = 1; ; tries++) {
    try {
      const handle = await answered(() => folder.getFileHandle(MANIFEST))
      const file = await answered(() => handle.getFile())
      return await answered(() => file.text())
    } catch (error) {
      // What was read was replaced meanwhile: it is not to pass for one that is not understood, which would be deleted.
      if (tries === TRIES || !(error instanceof DOMException && error.name === 'NotReadableError')) return ''
    }
  }
}

function understood(text: string): Manifest | undefined {
  try {
    const parsed = v.safeParse(Manifest, JSON.parse(text))
    return parsed.success ? parsed.output : undefined
  } catch {
    return undefined
  }
}

/** Chunks of which a part is there, and the bytes that each takes. */
export async function listPieces(folder: FileSystemDirectoryHandle): Promise<Map<number, number>> {
  const pieces = new Map<number, number>()
  for (const [name, { size }] of await filesOf(folder)) {
    if (name.endsWith(PIECE)) pieces.set(Number.parseInt(name, 10), Math.max(0, size - CHECKSUM))
  }
  return pieces
}

/** Bytes of a folder's files, whatever they are, and when the last was written. */
export async function footprint(
  folder: FileSystemDirectoryHandle,
): Promise<{ size: number; lastUsed: number }> {
  const files = [...(await filesOf(folder)).values()]
  const size = files.reduce((sum, file) => sum + file.size, 0)
  return { size, lastUsed: Math.max(0, ...files.map(({ lastModified }) => lastModified)) }
}

/** StorageFailed when it cannot be written. */
export function writeManifest(folder: FileSystemDirectoryHandle, manifest: Manifest): Promise<void> {
  return write(folder, MANIFEST, new Blob([JSON.stringify(manifest)]))
}
