// A zip's members, from its central directory; sizes and offsets are believed only after checks.
// Format: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12 to 4.3.16 and 4.5.3.
import type { ByteSource } from '../lib/byte-source.ts'
import { UserError } from '../lib/errors.ts'

const END = 0x06054b50
const END64 = 0x06064b50
const END64_LOCATOR = 0x07064b50
const CENTRAL = 0x02014b50
const LOCAL = 0x04034b50
const MARKER32 = 0xffffffff
const MARKER16 = 0xffff
/** End record plus the longest comment it may carry. */
const TAIL = 22 + 0xffff
const SHORT_TAIL = 4096
const MAX_DIRECTORY = 16 * 1024 * 1024
/** Flags: encrypted, sizes behind the data, strongly encrypted, directory encrypted. */
const [ENCRYPTED, SIZES_BEHIND, STRONGLY, MASKED] = [1, 8, 64, 8192]

export interface ZipMember {
  name: string
  /** 0 stored, 8 deflated, … */
  method: number
  flags: number
  crc: number
  compressed: number
  size: number
  localOffset: number
  /** Where what lies behind it begins. */
  limit: number
}

/** Where the directory says that things are. */
interface Directory {
  count: number
  length: number
  offset: number
  /** Where the records behind the directory begin. */
  end: number
}

/**
 * Reads the directory: names in order, none twice, every member before the directory and none over another.
 * UserError for anything else.
 */
export async function readZipDirectory(source: ByteSource, signal?: AbortSignal): Promise<ZipMember[]> {
  const { count, length, offset, end } = await findDirectory(source, signal)
  if (length > MAX_DIRECTORY || offset + length > end || count * 46 > length) {
    throw brokenZip(source, `Its directory claims ${count} entries in ${length} bytes at byte ${offset}.`)
  }
  const bytes = await source.read(offset, length, signal)
  const members = parseDirectory(source, bytes, count)
  if (new Set(members.map(({ name }) => name)).size < members.length) {
    throw brokenZip(source, 'Two of its members have the same name.')
  }
  const inOrder = [...members].sort((a, b) => a.localOffset - b.localOffset)
  inOrder.forEach((member, i) => {
    member.limit = inOrder[i + 1]?.localOffset ?? offset
    if (member.localOffset + 30 + member.compressed > member.limit) throw overlap(source, member)
  })
  return members
}

/** Where the data of `member` begin, from its local header. UserError unless that agrees with the directory. */
export async function locateMember(
  source: ByteSource,
  member: ZipMember,
  signal?: AbortSignal,
): Promise<number> {
  const { name, method, flags, crc, compressed, size, localOffset, limit } = member
  if (flags & (ENCRYPTED | STRONGLY | MASKED)) {
    throw new UserError({
      title: `${source.name} is encrypted.`,
      detail: `Its member "${name}" needs a password.`,
      remedy: 'Write the file again with numpy.savez.',
    })
  }
  const nameBytes = new TextEncoder().encode(name)
  const guess = Math.min(30 + nameBytes.length + 64, source.size - localOffset)
  let bytes = await source.read(localOffset, guess, signal)
  const view = viewOf(bytes)
  if (view.getUint32(0, true) !== LOCAL) throw brokenZip(source, `There is no member at byte ${localOffset}.`)
  const header = 30 + view.getUint16(26, true) + view.getUint16(28, true)
  if (localOffset + header + compressed > limit) throw overlap(source, member)
  if (header > bytes.length) bytes = await source.read(localOffset, header, signal)
  const local: ZipMember = {
    ...readFields(bytes, 6),
    name: decodeName(bytes.subarray(30, 30 + view.getUint16(26, true))),
    ...{ localOffset, limit },
  }
  // Written to a pipe, sizes and checksum stand behind the data and are 0 here.
  const behind = (local.flags & SIZES_BEHIND) !== 0
  if (!behind) applyZip64(source, local, bytes.subarray(30 + view.getUint16(26, true), header))
  const same =
    local.name === name &&
    local.method === method &&
    ((local.flags ^ flags) & (ENCRYPTED | SIZES_BEHIND)) === 0 &&
    (behind || (local.crc === crc && local.compressed === compressed && local.size === size))
  if (!same) throw brokenZip(source, `The header of "${name}" says other than the directory does.`)
  return localOffset + header
}

async function findDirectory(source: ByteSource, signal?: AbortSignal): Promise<Directory> {
  const { tail, tailOffset, at } = await findTail(source, signal)
  const view = viewOf(tail)
  const end = tailOffset + at
  const plain: Directory = {
    count: view.getUint16(at + 10, true),
    length: view.getUint32(at + 12, true),
    offset: view.getUint32(at + 16, true),
    end,
  }
  const [disk, startDisk, countHere] = [4, 6, 8].map((field) => view.getUint16(at + field, true))
  const alone = (disk === 0 && startDisk === 0) || (disk === MARKER16 && startDisk === MARKER16)
  if (!alone || countHere !== plain.count) throw brokenZip(source, 'It is a part of a zip in several files.')
  const { count, length, offset } = plain
  if (count !== MARKER16 && length !== MARKER32 && offset !== MARKER32) return plain
  const large = await readEnd64(source, end - 20, signal)
  const agrees =
    (count === MARKER16 || count === large.count) &&
    (length === MARKER32 || length === large.length) &&
    (offset === MARKER32 || offset === large.offset)
  if (!agrees) throw brokenZip(source, 'Its two end records say different things.')
  return large
}

/** numpy writes no comment, so the end record is the last thing in the file; only foreign zips need the long look. */
async function findTail(source: ByteSource, signal?: AbortSignal) {
  for (const longest of [SHORT_TAIL, TAIL]) {
    const length = Math.min(longest, source.size)
    const tailOffset = source.size - length
    const tail = await source.read(tailOffset, length, signal)
    const at = findEnd(tail)
    if (at !== undefined) return { tail, tailOffset, at }
    if (length === source.size) break
  }
  throw brokenZip(source, 'It has no zip directory at its end: it is cut short, or it is not an .npz.')
}

function findEnd(tail: Uint8Array<ArrayBuffer>): number | undefined {
  const view = viewOf(tail)
  for (let at = tail.length - 22; at >= 0; at--) {
    if (view.getUint32(at, true) === END && view.getUint16(at + 20, true) === tail.length - at - 22) return at
  }
  return undefined
}

async function readEnd64(source: ByteSource, locatorAt: number, signal?: AbortSignal): Promise<Directory> {
  if (locatorAt < 56) throw brokenZip(source, 'Its ZIP64 directory is missing.')
  const locator = viewOf(await source.read(locatorAt, 20, signal))
  if (locator.getUint32(0, true) !== END64_LOCATOR) throw brokenZip(source, 'Its ZIP64 directory is missing.')
  const at = safeNumber(source, locator.getBigUint64(8, true))
  if (at + 56 > locatorAt) throw brokenZip(source, `Its ZIP64 directory is said to be at byte ${at}.`)
  const record = viewOf(await source.read(at, 56, signal))
  if (record.getUint32(0, true) !== END64) throw brokenZip(source, `No ZIP64 directory at byte ${at}.`)
  const [here, count, length, offset] = [24, 32, 40, 48].map((field) =>
    safeNumber(source, record.getBigUint64(field, true)),
  )
  if (here !== count) throw brokenZip(source, 'It is a part of a zip in several files.')
  return { count, length, offset, end: at }
}

function parseDirectory(source: ByteSource, bytes: Uint8Array<ArrayBuffer>, count: number): ZipMember[] {
  const view = viewOf(bytes)
  const members: ZipMember[] = []
  let at = 0
  for (let i = 0; i < count; i++) {
    const damaged = brokenZip(source, `Entry ${i} of its directory is damaged.`)
    if (at + 46 > bytes.length || view.getUint32(at, true) !== CENTRAL) throw damaged
    const nameEnd = at + 46 + view.getUint16(at + 28, true)
    const extraEnd = nameEnd + view.getUint16(at + 30, true)
    const next = extraEnd + view.getUint16(at + 32, true)
    if (next > bytes.length) throw damaged
    const member: ZipMember = {
      ...readFields(bytes, at + 8),
      name: decodeName(bytes.subarray(at + 46, nameEnd)),
      localOffset: view.getUint32(at + 42, true),
      limit: 0,
    }
    applyZip64(source, member, bytes.subarray(nameEnd, extraEnd))
    members.push(member)
    at = next
  }
  if (at !== bytes.length) throw brokenZip(source, `Its directory has ${bytes.length - at} bytes too many.`)
  return members
}

/** The fields that a local header and an entry of the directory have in the same order, from the flags on. */
function readFields(bytes: Uint8Array<ArrayBuffer>, at: number) {
  const view = viewOf(bytes)
  return {
    flags: view.getUint16(at, true),
    method: view.getUint16(at + 2, true),
    crc: view.getUint32(at + 8, true),
    compressed: view.getUint32(at + 12, true),
    size: view.getUint32(at + 16, true),
  }
}

/** Replaces the 32-bit markers by the 64-bit numbers of extra field 1, which come in this order. */
function applyZip64(source: ByteSource, member: ZipMember, extra: Uint8Array<ArrayBuffer>): void {
  const view = viewOf(extra)
  const cut = brokenZip(source, `The extra fields of "${member.name}" are cut off.`)
  let at = 0
  while (at + 4 <= extra.length) {
    const id = view.getUint16(at, true)
    const end = at + 4 + view.getUint16(at + 2, true)
    if (end > extra.length) throw cut
    let field = at + 4
    const take = (): number => {
      field += 8
      if (field > end) throw cut
      return safeNumber(source, view.getBigUint64(field - 8, true))
    }
    if (id === 1) {
      if (member.size === MARKER32) member.size = take()
      if (member.compressed === MARKER32) member.compressed = take()
      if (member.localOffset === MARKER32) member.localOffset = take()
      return
    }
    at = end
  }
}

function safeNumber(source: ByteSource, value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw brokenZip(source, `It claims a size of ${value} bytes.`)
  return Number(value)
}

function decodeName(bytes: Uint8Array<ArrayBuffer>): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

function viewOf(bytes: Uint8Array<ArrayBuffer>): DataView<ArrayBuffer> {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function overlap(source: ByteSource, { name, localOffset }: ZipMember): UserError {
  return brokenZip(source, `Member "${name}" at byte ${localOffset} runs into what lies behind it.`)
}

export function brokenZip(source: ByteSource, detail: string): UserError {
  return new UserError({
    title: `${source.name} is not a readable .npz file.`,
    detail,
    remedy: 'Check that the download is complete, or write the file again with numpy.savez.',
  })
}
