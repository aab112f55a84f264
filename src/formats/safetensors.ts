// The safetensors header: 8 bytes of length, JSON, then the tensors without holes or overlaps.
// Format: https://huggingface.co/docs/safetensors
import * as v from 'valibot'
import type { ByteSource } from '../lib/byte-source.ts'
import { UserError } from '../lib/errors.ts'
import { type ArrayEntry, elementCount } from './array.ts'
import type { ElementType } from './element-types.ts'
import * as types from './element-types.ts'
import { numberEntry, readInOrder, UnreadType, unreadableEntry } from './entries.ts'

const TYPES: ReadonlyMap<string, ElementType> = new Map([
  ['F16', types.FLOAT16],
  ['BF16', types.BFLOAT16],
  ['F32', types.FLOAT32],
  ['F64', types.FLOAT64],
  ['I8', types.INT8],
  ['I16', types.INT16],
  ['I32', types.INT32],
  ['I64', types.INT64],
  ['U8', types.UINT8],
  ['U16', types.UINT16],
  ['U32', types.UINT32],
  ['U64', types.UINT64],
  ['BOOL', types.BOOL],
])
/** Bytes of the types that may stand in a file without being read here. */
const OTHER_WIDTHS: ReadonlyMap<string, number> = new Map([
  ['F8_E4M3', 1],
  ['F8_E5M2', 1],
  ['F8_E8M0', 1],
  ['C64', 8],
])
/** The format's own limit. */
const MAX_HEADER = 100_000_000
const MAX_RANK = 64

const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const Tensor = v.object({
  dtype: v.string(),
  shape: v.pipe(v.array(size), v.maxLength(MAX_RANK)),
  data_offsets: v.tuple([size, size]),
})
const Metadata = v.record(v.string(), v.string())
const Header = v.record(v.string(), v.unknown())

/** Opens every tensor of a safetensors file without reading their data. */
export async function readSafetensors(
  source: ByteSource,
  signal?: AbortSignal,
): Promise<Map<string, ArrayEntry>> {
  const fail = (detail: string): UserError =>
    new UserError({
      title: `${source.name} is not a readable safetensors file.`,
      detail,
      remedy: 'Check that the download is complete, or write the file again with the safetensors library.',
    })
  const { header, dataStart } = await readHeader(source, fail, signal)
  const arrays = new Map<string, ArrayEntry>()
  const spans: { name: string; begin: number; end: number }[] = []
  for (const [name, tensor] of Object.entries(header)) {
    if (name === '__metadata__') {
      if (!v.is(Metadata, tensor)) throw fail('Its metadata are not strings by name.')
      continue
    }
    const parsed = v.safeParse(Tensor, tensor)
    if (!parsed.success) throw fail(`Its header does not give type, shape and place of tensor "${name}".`)
    const { dtype, shape, data_offsets } = parsed.output
    const [begin, end] = data_offsets
    const type = TYPES.get(dtype)
    const width = type?.bytes ?? OTHER_WIDTHS.get(dtype)
    if (width === undefined) throw fail(`Tensor "${name}" has the unknown type "${dtype}".`)
    if (elementCount(shape) * width !== end - begin) {
      throw fail(`Tensor "${name}", ${dtype} [${shape.join(', ')}], does not fit its ${end - begin} bytes.`)
    }
    spans.push({ name, begin, end })
    const place = { name, shape, dtype }
    arrays.set(
      name,
      type
        ? numberEntry(
            { ...place, ...readInOrder(source, dataStart + begin, width, elementCount(shape)) },
            type,
          )
        : unreadableEntry(new UnreadType(fail(`Tensor "${name}" is ${dtype}, which is not read.`), place)),
    )
  }
  spans.sort((a, b) => a.begin - b.begin || a.end - b.end)
  let at = 0
  for (const span of spans) {
    if (span.begin !== at)
      throw fail(`There is a hole or an overlap before tensor "${span.name}" at byte ${at}.`)
    at = span.end
  }
  if (dataStart + at !== source.size) {
    throw fail(`Its tensors end at byte ${dataStart + at}, but the file has ${source.size} bytes.`)
  }
  return arrays
}

async function readHeader(
  source: ByteSource,
  fail: (detail: string) => UserError,
  signal?: AbortSignal,
): Promise<{ header: Record<string, unknown>; dataStart: number }> {
  if (source.size < 10) throw fail(`It has only ${source.size} bytes.`)
  const prefix = await source.read(0, 8, signal)
  const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true)
  if (length > BigInt(Math.min(MAX_HEADER, source.size - 8))) throw fail(`Its header claims ${length} bytes.`)
  const bytes = await source.read(8, Number(length), signal)
  let json: unknown
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    json = JSON.parse(text)
    // JSON.parse keeps the last of two entries with the same name, other readers the first.
    if (namesIn(text) !== namesOf(json)) throw fail('Its header names something twice.')
  } catch (error) {
    throw error instanceof UserError ? error : fail('Its header is not JSON.')
  }
  if (!v.is(Header, json)) throw fail('Its header does not describe tensors.')
  return { header: json, dataStart: 8 + Number(length) }
}

/** Names written in JSON text: as many as there are colons outside strings. */
function namesIn(text: string): number {
  let names = 0
  for (const [found] of text.matchAll(/"(?:[^"\\]|\\.)*"|:/g)) if (found === ':') names++
  return names
}

function namesOf(json: unknown): number {
  if (typeof json !== 'object' || json === null) return 0
  const inside = Object.values(json).reduce((sum: number, value) => sum + namesOf(value), 0)
  return inside + (Array.isArray(json) ? 0 : Object.keys(json).length)
}
