// Reads the arrays of an .npz by range: the zip's central directory first, then each member where it lies.
// numpy.savez stores its members as they are, numpy.savez_compressed deflates them.
import type { ByteSource } from '../lib/byte-source.ts'
import { UserError } from '../lib/errors.ts'
import type { ArrayEntry } from './array.ts'
import { UnreadType, unreadableEntry } from './entries.ts'
import { inflatedMember } from './inflated.ts'
import { openNpy } from './npy.ts'
import { brokenZip, locateMember, readZipDirectory, type ZipMember } from './zip.ts'

const STORED = 0
const DEFLATED = 8
/** Names of other methods, APPNOTE section 4.4.5. */
const METHODS: Readonly<Record<number, string>> = {
  6: 'implode',
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'XZ',
  98: 'PPMd',
}
/** Members opened at the same time. */
const AT_ONCE = 16
const MAX_MEMBERS = 10_000
const SUFFIX = '.npy'

/**
 * Opens every array of an .npz without reading their data. Names come without ".npy". An array of a type that is
 * not read is there and refuses to be read, unless there are only such.
 */
export async function readNpz(source: ByteSource, signal?: AbortSignal): Promise<Map<string, ArrayEntry>> {
  const members = await readZipDirectory(source, signal)
  if (members.length > MAX_MEMBERS)
    throw brokenZip(source, `It has ${members.length} members; ${MAX_MEMBERS} at most are opened.`)
  const arrays = new Map<string, ArrayEntry>()
  let readable = 0
  let unread: UnreadType | undefined
  for (let first = 0; first < members.length; first += AT_ONCE) {
    const opening = members.slice(first, first + AT_ONCE).map((member) => openMember(source, member, signal))
    for (const opened of await Promise.all(opening)) {
      if (!opened) continue
      if (opened instanceof UnreadType) unread = opened
      else readable++
      const entry = opened instanceof UnreadType ? unreadableEntry(opened) : opened
      arrays.set(entry.name, entry)
    }
  }
  if (arrays.size === 0) throw brokenZip(source, 'It holds no .npy arrays.')
  if (unread && readable === 0) throw unread
  return arrays
}

/** The array, or why it cannot be read where that is its type alone; undefined for a member that is no array. */
async function openMember(
  source: ByteSource,
  member: ZipMember,
  signal?: AbortSignal,
): Promise<ArrayEntry | UnreadType | undefined> {
  const { method, name, size, compressed } = member
  const dataOffset = await locateMember(source, member, signal)
  if (!name.endsWith(SUFFIX)) return undefined
  if (method !== STORED && method !== DEFLATED) {
    throw new UserError({
      title: `${source.name} is compressed in a way that is not read.`,
      detail: `Its member "${name}" uses zip method ${method} (${METHODS[method] ?? 'unknown'}).`,
      remedy: 'Write it with numpy.savez or numpy.savez_compressed.',
    })
  }
  if (method === STORED && compressed !== size)
    throw brokenZip(source, `"${name}" is stored in ${compressed} bytes, and claims ${size}.`)
  const array = name.slice(0, -SUFFIX.length)
  try {
    return await (method === DEFLATED
      ? openNpy(inflatedMember(source, member, dataOffset), array, 0, size, signal)
      : openNpy(source, array, dataOffset, size, signal))
  } catch (error) {
    if (error instanceof UnreadType) return error
    throw error
  }
}
