// Reads columns of a stretch of rows out of a Parquet file by ranges, validated where they enter.
import { type FileMetaData, parquetMetadataAsync, parquetRead } from 'hyparquet'
import type { ByteSource } from '../lib/byte-source.ts'
import { UserError } from '../lib/errors.ts'
import type { ColumnKind, Columns } from './parquet-write.ts'

interface Decoded {
  int32: Int32Array
  float: Float32Array
  double: Float64Array
  string: string[]
  'int32-list': number[][]
}

export type Read<C extends Columns> = { [K in keyof C]: Decoded[C[K]] }

/** What is read of the end of a file at first: its index of pages lies there, too. */
const TAIL = 1 << 17

type RangeRead = (start: number, end: number) => Promise<ArrayBuffer>

interface RangeFile {
  byteLength: number
  slice(start: number, end?: number): Promise<ArrayBuffer>
}

export class ParquetIn<C extends Columns> {
  readonly name: string
  readonly rows: number
  readonly #columns: C
  readonly #file: RangeFile
  readonly #metadata: FileMetaData

  private constructor(name: string, columns: C, file: RangeFile, metadata: FileMetaData) {
    this.name = name
    this.rows = Number(metadata.num_rows)
    this.#columns = columns
    this.#file = file
    this.#metadata = metadata
  }

  /** UserError where the file is not Parquet or lacks one of `columns`. */
  static async open<C extends Columns>(
    source: ByteSource,
    columns: C,
    signal?: AbortSignal,
  ): Promise<ParquetIn<C>> {
    const tailStart = Math.max(0, source.size - TAIL)
    const tail = await source.read(tailStart, source.size - tailStart, signal, { alone: true })
    const together = readTogether(source)
    const file = {
      byteLength: source.size,
      slice: async (start: number, end = source.size): Promise<ArrayBuffer> =>
        start >= tailStart ? tail.buffer.slice(start - tailStart, end - tailStart) : together(start, end),
    }
    const metadata = await readable(source.name, () =>
      parquetMetadataAsync(file, { initialFetchSize: Math.min(TAIL, source.size) }),
    )
    const present = new Set(metadata.schema.map(({ name }) => name))
    for (const name of Object.keys(columns)) {
      if (!present.has(name)) throw damaged(source.name, `it has no column "${name}"`)
    }
    return new ParquetIn(source.name, columns, file, metadata)
  }

  /** Rows from `start` to before `end` of some columns. */
  async read<N extends keyof C & string>(
    names: readonly N[],
    start = 0,
    end = this.rows,
  ): Promise<Read<Pick<C, N>>> {
    const length = Math.max(0, end - start)
    const out = Object.fromEntries(names.map((name) => [name, empty(this.#columns[name], length)]))
    const seen = Object.fromEntries(names.map((name) => [name, 0]))
    if (length === 0) return out as Read<Pick<C, N>>
    await readable(this.name, () =>
      parquetRead({
        file: this.#file,
        metadata: this.#metadata,
        columns: [...names],
        rowStart: start,
        rowEnd: end,
        useOffsetIndex: true,
        onChunk: ({ columnName, columnData, rowStart, rowEnd }) => {
          const [from, to] = [Math.max(rowStart, start), Math.min(rowEnd, end)]
          if (from >= to || !(columnName in out)) return
          const into = out[columnName]
          for (let row = from; row < to; row += 1) into[row - start] = columnData[row - rowStart]
          seen[columnName] += to - from
        },
      }),
    )
    for (const name of names) {
      if (seen[name] !== length) throw damaged(this.name, `column "${name}" ends early`)
      check(this.name, name, this.#columns[name], out[name])
    }
    return out as Read<Pick<C, N>>
  }
}

/** Bytes between two ranges that are read along rather than asked for separately. */
const GAP = 1 << 16
/** Promise steps within which the columns of one read ask for their pages. */
const STEPS = 32

/** Reads ranges that are asked for at once, a page of every column, in as few pieces as lie near each other. */
function readTogether(source: ByteSource): RangeRead {
  let waiting: {
    start: number
    end: number
    take(bytes: Promise<Uint8Array<ArrayBuffer>>, from: number): void
  }[] = []
  const flush = async (): Promise<void> => {
    for (let step = 0; step < STEPS; step += 1) await undefined
    const ranges = waiting.sort((a, b) => a.start - b.start)
    waiting = []
    for (let first = 0; first < ranges.length; ) {
      const from = ranges[first].start
      let [end, next] = [ranges[first].end, first + 1]
      while (next < ranges.length && ranges[next].start <= end + GAP) {
        end = Math.max(end, ranges[next].end)
        next += 1
      }
      const bytes = source.read(from, end - from, undefined, { alone: true })
      for (const range of ranges.slice(first, next)) range.take(bytes, from)
      first = next
    }
  }
  return (start, end) =>
    new Promise((resolve, reject) => {
      const take = (bytes: Promise<Uint8Array<ArrayBuffer>>, from: number): void => {
        bytes.then((all) => resolve(all.slice(start - from, end - from).buffer), reject)
      }
      waiting.push({ start, end, take })
      if (waiting.length === 1) void flush()
    })
}

function empty(kind: ColumnKind, length: number): Decoded[ColumnKind] {
  if (kind === 'int32') return new Int32Array(length)
  if (kind === 'float') return new Float32Array(length)
  if (kind === 'double') return new Float64Array(length)
  return new Array(length)
}

/** Numbers are made numbers by their arrays; strings and lists are looked at. */
function check(file: string, column: string, kind: ColumnKind, values: Decoded[ColumnKind]): void {
  if (kind !== 'string' && kind !== 'int32-list') return
  for (const value of values) {
    const right =
      kind === 'string'
        ? typeof value === 'string'
        : Array.isArray(value) && value.every(Number.isSafeInteger)
    if (!right) throw damaged(file, `column "${column}" holds something that is no ${kind}`)
  }
}

async function readable<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof UserError || (error instanceof DOMException && error.name === 'AbortError'))
      throw error
    throw damaged(name, error instanceof Error ? error.message : String(error))
  }
}

/** The error for a file of an index that is not what it should be. */
export function damaged(name: string, why: string): UserError {
  return new UserError({
    title: 'A file of the activation index could not be read.',
    detail: `${name}: ${why}.`,
    remedy: 'Build the index again, or fetch its files once more.',
  })
}
