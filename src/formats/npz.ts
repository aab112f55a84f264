// Reads the arrays of an .npz by range: the zip's central directory first, then each member where it lies.
// numpy.savez writes STORED members with ZIP64 extras; sizes and offsets are believed only after checks.
// Format: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12 to 4.3.16 and 4.5.3.
import type { ByteSource } from '../lib/byte-source.ts'
import { UserError } from '../lib/errors.ts'
import type { ArrayEntry } from './array.ts'
import { openNpy } from './npy.ts'

const END = 0x06054b50
const END64 = 0x06064b50
const END64_LOCATOR = 0x07064b50
const CENTRAL = 0x02014b50
const LOCAL = 0x04034b50
const STORED = 0
const MARKER32 = 0xffffffff
const MARKER16 = 0xffff
/** End record plus the longest comment it may carry. */
const TAIL = 22 + 0xffff
const SHORT_TAIL = 4096
const MAX_DIRECTORY = 16 * 1024 * 1024

interface Member {
  name: string
  method: number
  compressed: number
  size: number
  localOffset: number
}

/** Opens every array of an .npz without reading their data. Names come without ".npy". */
export async function readNpz(source: ByteSource, signal?: AbortSignal): Promise<Map<string, ArrayEntry>> {
  const members = (await readDirectory(source, signal)).filter(({ name }) => name.endsWith('.npy'))
  const opened = await Promise.all(members.map((member) => openMember(source, member, signal)))
  const arrays = new Map(opened.map((entry) => [entry.name, entry]))
  if (arrays.size < opened.length) throw broken(source, 'Two of its members have the same name.')
  if (arrays.size === 0) throw broken(source, 'It holds no .npy arrays.')
  return arrays
}

async function openMember(source: ByteSource, member: Member, signal?: AbortSignal): Promise<ArrayEntry> {
  if (member.method !== STORED || member.compressed !== member.size) {
    throw new UserError({
      title: `${source.name} is compressed.`,
      detail: `Its member "${member.name}" is stored with zip method ${member.method}; only uncompressed members are read.`,
      remedy: 'Write it with numpy.savez instead of numpy.savez_compressed.',
    })
  }
  const view = viewOf(await source.read(member.localOffset, 30, signal))
  if (view.getUint32(0, true) !== LOCAL)
    throw broken(source, `No member header at byte ${member.localOffset}.`)
  const dataOffset = member.localOffset + 30 + view.getUint16(26, true) + view.getUint16(28, true)
  if (dataOffset + member.size > source.size) {
    throw broken(source, `Member "${member.name}" runs past the file's end.`)
  }
  return openNpy(source, member.name.slice(0, -4), dataOffset, member.size, signal)
}

async function readDirectory(source: ByteSource, signal?: AbortSignal): Promise<Member[]> {
  const { tail, tailOffset, end } = await findTail(source, signal)
  const view = viewOf(tail)
  let count = view.getUint16(end + 10, true)
  let length = view.getUint32(end + 12, true)
  let offset = view.getUint32(end + 16, true)
  if (count === MARKER16 || length === MARKER32 || offset === MARKER32) {
    const record = await readEnd64(source, tailOffset + end - 20, signal)
    count = record.count
    length = record.length
    offset = record.offset
  }
  if (length > MAX_DIRECTORY || offset + length > source.size) {
    throw broken(source, `Its directory claims ${length} bytes at byte ${offset}.`)
  }
  const bytes = await source.read(offset, length, signal)
  return parseDirectory(source, bytes, count)
}

/** numpy writes no comment, so the end record is the last thing in the file; only foreign zips need the long look. */
async function findTail(source: ByteSource, signal?: AbortSignal) {
  for (const longest of [SHORT_TAIL, TAIL]) {
    const tailLength = Math.min(longest, source.size)
    const tailOffset = source.size - tailLength
    const tail = await source.read(tailOffset, tailLength, signal)
    const end = findEnd(tail)
    if (end !== undefined) return { tail, tailOffset, end }
  }
  throw broken(source, 'It has no zip directory at its end: it is cut short, or it is not an .npz.')
}

function findEnd(tail: Uint8Array<ArrayBuffer>): number | undefined {
  const view = viewOf(tail)
  for (let at = tail.length - 22; at >= 0; at--) {
    if (view.getUint32(at, true) === END && view.getUint16(at + 20, true) === tail.length - at - 22) return at
  }
  return undefined
}

async function readEnd64(source: ByteSource, locatorOffset: number, signal?: AbortSignal) {
  if (locatorOffset < 0) throw broken(source, 'Its ZIP64 directory is missing.')
  const locator = viewOf(await source.read(locatorOffset, 20, signal))
  if (locator.getUint32(0, true) !== END64_LOCATOR) throw broken(source, 'Its ZIP64 directory is missing.')
  const at = safeNumber(source, locator.getBigUint64(8, true))
  if (at + 56 > source.size) throw broken(source, `Its ZIP64 directory is said to be at byte ${at}.`)
  const record = viewOf(await source.read(at, 56, signal))
  if (record.getUint32(0, true) !== END64) throw broken(source, `No ZIP64 directory at byte ${at}.`)
  return {
    count: safeNumber(source, record.getBigUint64(32, true)),
    length: safeNumber(source, record.getBigUint64(40, true)),
    offset: safeNumber(source, record.getBigUint64(48, true)),
  }
}

function parseDirectory(source: ByteSource, bytes: Uint8Array<ArrayBuffer>, count: number): Member[] {
  const view = viewOf(bytes)
  const members: Member[] = []
  let at = 0
  for (let i = 0; i < count; i++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== CENTRAL) {
      throw broken(source, `Entry ${i} of its directory is damaged.`)
    }
    const nameLength = view.getUint16(at + 28, true)
    const extraLength = view.getUint16(at + 30, true)
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true)
    if (next > bytes.length) throw broken(source, `Entry ${i} of its directory is damaged.`)
    const extra = bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength)
    const member: Member = {
      name: new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength)),
      method: view.getUint16(at + 10, true),
      compressed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      localOffset: view.getUint32(at + 42, true),
    }
    applyZip64(source, member, extra)
    if (member.localOffset + 30 + member.compressed > source.size) {
      throw broken(source, `Member "${member.name}" runs past the file's end.`)
    }
    members.push(member)
    at = next
  }
  return members
}

/** Replaces the 32-bit markers by the 64-bit numbers of extra field 1, which come in this order. */
function applyZip64(source: ByteSource, member: Member, extra: Uint8Array<ArrayBuffer>): void {
  const view = viewOf(extra)
  let at = 0
  while (at + 4 <= extra.length) {
    const id = view.getUint16(at, true)
    const end = at + 4 + view.getUint16(at + 2, true)
    let field = at + 4
    const take = (): number => {
      if (field + 8 > Math.min(end, extra.length))
        throw broken(source, `The ZIP64 sizes of "${member.name}" are cut off.`)
      field += 8
      return safeNumber(source, view.getBigUint64(field - 8, true))
    }
    if (id === 1) {
      if (member.size === MARKER32) member.size = take()
      if (member.compressed === MARKER32) member.compressed = take()
      if (member.localOffset === MARKER32) member.localOffset = take()
    }
    at = end
  }
}

function safeNumber(source: ByteSource, value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw broken(source, `It claims a size of ${value} bytes.`)
  return Number(value)
}

function viewOf(bytes: Uint8Array<ArrayBuffer>): DataView<ArrayBuffer> {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function broken(source: ByteSource, detail: string): UserError {
  return new UserError({
    title: `${source.name} is not a readable .npz file.`,
    detail,
    remedy: 'Check that the download is complete, or write the file again with numpy.savez.',
  })
}
