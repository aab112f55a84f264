// Reads an array stored in Fortran order (first axis fastest) as if it were in C order, a panel at a time: the file
// is passed over once for each panel, so that a matrix larger than memory never lies in it whole.
import type { ByteSource } from '../lib/byte-source.ts'
import { serialQueue } from '../lib/serial-queue.ts'
import { elementCount } from './array.ts'
import type { ReadElements } from './entries.ts'

/** Bytes of elements kept in C order, and of one read of the pass over the file that fills them. */
const PANEL = 16 << 20
const PIECE = 1 << 20
/** Unneeded bytes that are read rather than skipped: a request costs more than they do. */
const GAP = 64 << 10

interface Panel {
  first: number
  count: number
  bytes: Uint8Array<ArrayBuffer>
}

/** Elements of `width` bytes of an array of rank ≥ 2 that begins at `offset` of `source`, given in C order. */
export function readFortran(
  source: ByteSource,
  offset: number,
  shape: readonly number[],
  width: number,
  panelBytes = PANEL,
): ReadElements {
  const total = elementCount(shape)
  const rows = shape[0]
  const columns = total / rows
  const inC = columnOrder(shape.slice(1))
  const step = Math.max(1, Math.floor(PIECE / width))
  const inTurn = serialQueue()
  const empty: Panel = { first: 0, count: 0, bytes: new Uint8Array(0) }
  let panel = empty

  /** The panel from element `first` on: one pass over what of the file is needed for it. */
  async function fill(first: number, signal?: AbortSignal): Promise<Panel> {
    const count = Math.min(Math.max(1, Math.floor(panelBytes / width)), total - first)
    const next: Panel = { first, count, bytes: new Uint8Array(count * width) }
    // Runs of neighbours in the file that are needed, three numbers each: column, first row, rows.
    let runs: number[] = []
    let [begin, end] = [0, 0]
    const flush = async (): Promise<void> => {
      if (runs.length === 0) return
      signal?.throwIfAborted()
      const piece = atStart(await source.read(offset + begin * width, (end - begin) * width, signal))
      for (let i = 0; i < runs.length; i += 3) {
        const [column, row, length] = [runs[i], runs[i + 1], runs[i + 2]]
        const target = row * columns + inC(column) - first
        scatter(piece, column * rows + row - begin, length, next.bytes, target, columns, width)
      }
      runs = []
    }
    for (let column = 0; column < columns; column++) {
      const place = inC(column)
      const last = Math.min(rows - 1, Math.floor((first + count - 1 - place) / columns))
      for (let row = Math.max(0, Math.ceil((first - place) / columns)); row <= last; row += step) {
        const length = Math.min(step, last + 1 - row)
        const at = column * rows + row
        const far = (at - end) * width > GAP || (at + length - begin) * width > PIECE
        if (runs.length > 0 && far) await flush()
        if (runs.length === 0) begin = at
        end = at + length
        runs.push(column, row, length)
      }
    }
    await flush()
    return next
  }

  return (first, count, signal) =>
    inTurn(async () => {
      const out = new Uint8Array(count * width)
      for (let at = first; at < first + count; ) {
        if (at < panel.first || at >= panel.first + panel.count) {
          panel = empty
          panel = await fill(at, signal)
        }
        const until = Math.min(first + count, panel.first + panel.count)
        const part = panel.bytes.subarray((at - panel.first) * width, (until - panel.first) * width)
        out.set(part, (at - first) * width)
        at = until
      }
      return out
    })
}

/** C-order index among the columns of the one that is number `column` in the file. */
function columnOrder(shape: readonly number[]): (column: number) => number {
  if (shape.length === 1) return (column) => column
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)))
  return (column) => {
    let rest = column
    let index = 0
    for (let axis = 0; axis < shape.length; axis++) {
      const at = rest % shape[axis]
      rest = (rest - at) / shape[axis]
      index += at * strides[axis]
    }
    return index
  }
}

/** Copies `count` neighbouring elements to every `stride`-th place; both counted in elements of `width` bytes. */
function scatter(
  from: Uint8Array<ArrayBuffer>,
  fromFirst: number,
  count: number,
  to: Uint8Array<ArrayBuffer>,
  toFirst: number,
  stride: number,
  width: number,
): void {
  const unit = width % 4 === 0 ? 4 : width % 2 === 0 ? 2 : 1
  const units = width / unit
  const source = unitsOf(from, unit)
  const target = unitsOf(to, unit)
  for (let i = 0; i < count; i++) {
    const at = (fromFirst + i) * units
    const place = (toFirst + i * stride) * units
    for (let k = 0; k < units; k++) target[place + k] = source[at + k]
  }
}

/** The bytes at the start of a buffer, where words of any size are aligned. */
function atStart(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.byteOffset === 0 ? bytes : bytes.slice()
}

/** The same bytes as words; `bytes` lies at a multiple of `unit`. */
function unitsOf(bytes: Uint8Array<ArrayBuffer>, unit: 1 | 2 | 4): Uint8Array | Uint16Array | Uint32Array {
  if (unit === 1) return bytes
  const { buffer, byteOffset, byteLength } = bytes
  return unit === 4
    ? new Uint32Array(buffer, byteOffset, byteLength / 4)
    : new Uint16Array(buffer, byteOffset, byteLength / 2)
}
