// Writes Parquet row group by row group into a file that grows: never more than one group is in memory.
import type { SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { FileSink } from './store.ts'

export type ColumnKind = 'int32' | 'float' | 'double' | 'string' | 'int32-list'

/** Columns by name, in file order. */
export type Columns = Readonly<Record<string, ColumnKind>>

type ColumnData =
  | Int32Array
  | Float32Array
  | Float64Array
  | readonly string[]
  | readonly (readonly number[])[]

/** Uncompressed bytes of a page: what is read at least for one feature. */
const PAGE = 1 << 15

export class ParquetOut {
  readonly #sink: FileSink
  readonly #columns: Columns
  readonly #writer: ParquetWriter
  readonly #buffer: ByteWriter

  constructor(sink: FileSink, columns: Columns, code: string) {
    this.#sink = sink
    this.#columns = columns
    this.#buffer = new ByteWriter()
    this.#writer = new ParquetWriter({ writer: this.#buffer, schema: schemaOf(columns), createdBy: code })
  }

  /** One row group; all columns have the same length. */
  async group(data: Readonly<Record<string, ColumnData>>): Promise<void> {
    const [first] = Object.values(data)
    const rows = first?.length ?? 0
    if (rows === 0) return
    const columnData = Object.entries(this.#columns).map(([name, kind]) => ({
      name,
      data: plain(data[name]),
      ...ENCODING[kind],
    }))
    await this.#writer.write({ columnData, rowGroupSize: rows, pageSize: PAGE })
    await this.#drain()
  }

  async finish(): Promise<void> {
    await this.#writer.finish()
    await this.#drain()
    await this.#sink.close()
  }

  /** Hands over what has been encoded; `offset` goes on counting. */
  async #drain(): Promise<void> {
    const buffer = this.#buffer
    if (buffer.index === 0) return
    const bytes = new Uint8Array(buffer.buffer.slice(0, buffer.index))
    buffer.index = 0
    await this.#sink.write(bytes)
  }
}

const ENCODING = {
  int32: { encoding: 'DELTA_BINARY_PACKED' },
  float: { encoding: 'BYTE_STREAM_SPLIT' },
  double: {},
  string: {},
  'int32-list': {},
} as const

const TYPES = { int32: 'INT32', float: 'FLOAT', double: 'DOUBLE' } as const

function schemaOf(columns: Columns): SchemaElement[] {
  const entries = Object.entries(columns)
  return [
    { name: 'root', num_children: entries.length },
    ...entries.flatMap(([name, kind]): SchemaElement[] => {
      if (kind === 'string') {
        return [{ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' }]
      }
      if (kind !== 'int32-list') return [{ name, type: TYPES[kind], repetition_type: 'REQUIRED' }]
      return [
        { name, repetition_type: 'REQUIRED', num_children: 1, converted_type: 'LIST' },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', type: 'INT32', repetition_type: 'REQUIRED' },
      ]
    }),
  ]
}

/** The writer takes arrays it may slice. */
function plain(data: ColumnData) {
  return ArrayBuffer.isView(data) ? data : [...data]
}
