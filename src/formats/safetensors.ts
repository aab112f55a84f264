// The safetensors header: 8 bytes of length, JSON, then the tensors without holes or overlaps.
// Format: https://huggingface.co/docs/safetensors
import * as v from 'valibot'
import type { ByteSource } from '../lib/byte-source.ts'
import { UserError } from '../lib/errors.ts'
import { type ArrayEntry, elementCount } from './array.ts'
import { BFLOAT16, type ElementType, FLOAT16, FLOAT32, FLOAT64 } from './element-types.ts'
import { arrayEntry } from './npy.ts'

const TYPES: Readonly<Record<string, ElementType>> = {
  F16: FLOAT16,
  BF16: BFLOAT16,
  F32: FLOAT32,
  F64: FLOAT64,
}
/** Widths of the types that may stand in a file without being read here. */
const OTHER_WIDTHS: Readonly<Record<string, number>> = {
  I64: 8,
  U64: 8,
  I32: 4,
  U32: 4,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
}
/** The format's own limit. */
const MAX_HEADER = 100_000_000

const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const Tensor = v.object({ dtype: v.string(), shape: v.array(size), data_offsets: v.tuple([size, size]) })
const Header = v.record(v.string(), v.union([Tensor, v.record(v.string(), v.string())]))

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
  if (source.size < 10) throw fail(`It has only ${source.size} bytes.`)
  const prefix = await source.read(0, 8, signal)
  const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true)
  if (length > BigInt(Math.min(MAX_HEADER, source.size - 8))) throw fail(`Its header claims ${length} bytes.`)
  const dataStart = 8 + Number(length)
  const text = new TextDecoder().decode(await source.read(8, Number(length), signal))
  const parsed = v.safeParse(Header, parseJson(text, fail))
  if (!parsed.success) throw fail('Its header does not describe tensors.')

  const arrays = new Map<string, ArrayEntry>()
  const spans: { name: string; begin: number; end: number }[] = []
  for (const [name, tensor] of Object.entries(parsed.output)) {
    if (name === '__metadata__') continue
    const entry = v.safeParse(Tensor, tensor)
    if (!entry.success) throw fail(`Its tensor "${name}" has no type, shape and place.`)
    const { dtype, shape, data_offsets } = entry.output
    const [begin, end] = data_offsets
    const type: ElementType | undefined = TYPES[dtype]
    const width = type?.bytes ?? OTHER_WIDTHS[dtype]
    if (width === undefined) throw fail(`Tensor "${name}" has the unknown type "${dtype}".`)
    if (elementCount(shape) * width !== end - begin) {
      throw fail(`Tensor "${name}", ${dtype} [${shape.join(', ')}], does not fit its ${end - begin} bytes.`)
    }
    spans.push({ name, begin, end })
    if (type) arrays.set(name, arrayEntry(source, name, shape, dtype, type, dataStart + begin))
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

function parseJson(text: string, fail: (detail: string) => UserError): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw fail('Its header is not JSON.')
  }
}
