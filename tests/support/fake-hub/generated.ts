// Files of the fake hub that are computed where they are asked for: any size, no memory, no disk, and always the
// same bytes, so that a test can say what the right ones are.
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { WEIGHTS_PERIOD, weightsTable } from './weights.ts'

export interface FakeFile {
  size: number
  read(offset: number, length: number): Buffer
}

/** Bytes without pattern at the scale of a chunk; `salt` makes another file. */
export function noiseFile(size: number, salt = 0): FakeFile {
  const table = Buffer.from(weightsTable().buffer)
  return { size, read: (offset, length) => repeated(table, offset + salt * 7919, length) }
}

export function fixedFile(bytes: Buffer): FakeFile {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) }
}

/** SHA-256 of the whole, in pieces. */
export function sha256(file: FakeFile): string {
  const hash = createHash('sha256')
  for (const piece of pieces(file)) hash.update(piece)
  return hash.digest('hex')
}

/** A params.npz in Gemma Scope's shape as numpy.savez writes it: stored members with ZIP64 extras. */
export function scopeFile(dIn: number, dSae: number, salt = 0): FakeFile {
  const shapes: [string, number[]][] = [
    ['W_enc', [dIn, dSae]],
    ['W_dec', [dSae, dIn]],
    ['b_enc', [dSae]],
    ['b_dec', [dIn]],
    ['threshold', [dSae]],
  ]
  const segments: FakeFile[] = []
  const directory: Buffer[] = []
  let at = 0
  const add = (segment: FakeFile): void => {
    segments.push(segment)
    at += segment.size
  }
  for (const [index, [name, shape]] of shapes.entries()) {
    const header = npyHeader(shape)
    const count = shape.reduce((a, b) => a * b, 1)
    const data = weightsSegment(index + 5 * salt, count, name === 'threshold')
    const size = header.length + data.size
    let crc = crc32(header)
    for (const piece of pieces(data)) crc = crc32(piece, crc)
    const file = Buffer.from(`${name}.npy`)
    directory.push(centralRecord(file, crc, size, at))
    add(fixedFile(localRecord(file, crc, size)))
    add(fixedFile(header))
    add(data)
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(shapes.length, 8)
  end.writeUInt16LE(shapes.length, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(at, 16)
  add(fixedFile(Buffer.concat([central, end])))
  return joined(segments)
}

function weightsSegment(tensor: number, count: number, positive: boolean): FakeFile {
  const table = Buffer.from(weightsTable(positive).buffer)
  const start = ((tensor * 104_729) % WEIGHTS_PERIOD) * 4
  return { size: 4 * count, read: (offset, length) => repeated(table, start + offset, length) }
}

/** Bytes `from` and on of a table that repeats without end; a view of the table where they lie in it in one piece. */
export function repeated(table: Buffer, from: number, length: number): Buffer {
  const start = from % table.length
  if (start + length <= table.length) return table.subarray(start, start + length)
  const out = Buffer.allocUnsafe(length)
  for (let done = 0; done < length; ) {
    done += table.copy(out, done, (from + done) % table.length)
  }
  return out
}

/** One file after the other, as one. */
export function joined(segments: readonly FakeFile[]): FakeFile {
  const starts = segments.map(() => 0)
  for (let i = 1; i < segments.length; i++) starts[i] = starts[i - 1] + segments[i - 1].size
  const read = (offset: number, length: number): Buffer => {
    const parts = segments.flatMap((segment, i) => {
      const from = Math.max(offset, starts[i])
      const to = Math.min(offset + length, starts[i] + segment.size)
      return from < to ? [segment.read(from - starts[i], to - from)] : []
    })
    return parts.length === 1 ? parts[0] : Buffer.concat(parts)
  }
  return { size: segments.reduce((sum, { size }) => sum + size, 0), read }
}

function* pieces({ size, read }: FakeFile): Generator<Buffer> {
  const step = 4 * 1024 * 1024
  for (let at = 0; at < size; at += step) yield read(at, Math.min(step, size - at))
}

/** A version 1.0 header of 128 bytes for float32 in C order. */
function npyHeader(shape: number[]): Buffer {
  const dims = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${dims}), }`
  const header = Buffer.alloc(128, ' ')
  header.write('\x93NUMPY\x01\x00', 0, 'latin1')
  header.writeUInt16LE(118, 8)
  header.write(text, 10, 'latin1')
  header.write('\n', 127, 'latin1')
  return header
}

function localRecord(name: Buffer, crc: number, size: number): Buffer {
  const record = Buffer.alloc(30 + name.length + 20)
  record.writeUInt32LE(0x04034b50, 0)
  record.writeUInt16LE(45, 4)
  record.writeUInt32LE(crc, 14)
  record.writeUInt32LE(0xffffffff, 18)
  record.writeUInt32LE(0xffffffff, 22)
  record.writeUInt16LE(name.length, 26)
  record.writeUInt16LE(20, 28)
  name.copy(record, 30)
  const extra = 30 + name.length
  record.writeUInt16LE(1, extra)
  record.writeUInt16LE(16, extra + 2)
  record.writeBigUInt64LE(BigInt(size), extra + 4)
  record.writeBigUInt64LE(BigInt(size), extra + 12)
  return record
}

function centralRecord(name: Buffer, crc: number, size: number, at: number): Buffer {
  const record = Buffer.alloc(46 + name.length)
  record.writeUInt32LE(0x02014b50, 0)
  record.writeUInt16LE(0x032d, 4)
  record.writeUInt16LE(45, 6)
  record.writeUInt32LE(crc, 16)
  record.writeUInt32LE(size, 20)
  record.writeUInt32LE(size, 24)
  record.writeUInt16LE(name.length, 28)
  record.writeUInt32LE(at, 42)
  name.copy(record, 46)
  return record
}
