// What the readers hold and believe: deflated members stream, Fortran panels are bounded, false claims are refused.
import { deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { elementCount } from '../../src/formats/array.ts'
import { crc32 } from '../../src/formats/crc32.ts'
import { readFortran } from '../../src/formats/fortran.ts'
import { openNpy } from '../../src/formats/npy.ts'
import { readNpz } from '../../src/formats/npz.ts'
import { readSafetensors } from '../../src/formats/safetensors.ts'
import { readShardedSafetensors } from '../../src/formats/safetensors-shards.ts'
import { type ByteSource, memorySource } from '../../src/lib/byte-source.ts'
import { npyFile, npyFloat32, npzFile, safetensorsFile } from '../support/array-files.ts'
import { bytesEqual } from '../support/sae-behaviour.ts'

interface Watched extends ByteSource {
  reads: [number, number][]
}

function watched(name: string, bytes: Uint8Array<ArrayBuffer>): Watched {
  const source = memorySource(name, bytes)
  const reads: [number, number][] = []
  return {
    ...source,
    reads,
    read: (offset, length, signal) => {
      reads.push([offset, length])
      return source.read(offset, length, signal)
    },
  }
}

const totalOf = ({ reads }: Watched): number => reads.reduce((sum, [, length]) => sum + length, 0)
const refusal = (detail: RegExp | string): object => ({
  name: 'UserError',
  detail: typeof detail === 'string' ? expect.stringContaining(detail) : expect.stringMatching(detail),
})

/** Numbers that deflate makes little of. */
function noise(count: number): Float32Array<ArrayBuffer> {
  let state = 7
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return state / 2 ** 31
  })
}

describe('a deflated member', () => {
  const values = noise(600_000)
  const file = npzFile({ x: npyFloat32([600, 1000], values) }, 6)

  test('is inflated once when it is read in order, and again from its start when it is not', async () => {
    const source = watched('x.npz', file)
    const x = (await readNpz(source)).get('x')
    for (let row = 0; row < 600; row += 100) {
      const block = await x?.readFloat32(row * 1000, 100_000)
      expect(block && bytesEqual(block, values.subarray(row * 1000, row * 1000 + 100_000))).toBe(true)
    }
    expect(totalOf(source)).toBeLessThan(file.length + 10_000)
    expect(Math.max(...source.reads.map(([, length]) => length))).toBeLessThanOrEqual(1 << 20)
    expect(await x?.readFloat32(5000, 3)).toEqual(values.slice(5000, 5003))
    expect(totalOf(source)).toBeLessThan(file.length + (1 << 20) + 10_000)
  })

  test('answers reads that overlap in time', async () => {
    const x = (await readNpz(memorySource('x.npz', file))).get('x')
    const rows = [300, 3, 599, 4, 0]
    const found = await Promise.all(rows.map((row) => x?.readFloat32(row * 1000, 1000)))
    for (const [i, row] of rows.entries())
      expect(found[i]).toEqual(values.slice(row * 1000, row * 1000 + 1000))
  })

  test('goes on after a read that was cancelled', async () => {
    const x = (await readNpz(memorySource('x.npz', file))).get('x')
    const abort = new AbortController()
    const reading = x?.readFloat32(0, 600_000, abort.signal)
    abort.abort()
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
    const whole = await x?.readFloat32(0, 600_000)
    expect(whole && bytesEqual(whole, values)).toBe(true)
  })

  test('with a wrong byte, checksum or length is refused before its last number is given', async () => {
    const whole = async (bytes: Uint8Array<ArrayBuffer>): Promise<unknown> => {
      const x = (await readNpz(memorySource('x.npz', bytes))).get('x')
      return x?.readFloat32(0, 600_000)
    }
    await expect(whole(file.with(file.length >> 1, file[file.length >> 1] ^ 16))).rejects.toMatchObject(
      refusal(/compressed member "x.npy" is damaged/),
    )
    const directory = file.length - 22 - 46 - 5
    // Checksum and size stand in both headers; the local ones begin at 14.
    for (const [field, detail] of [
      [0, 'checksum'],
      [8, /longer than the directory says|needs/],
    ] as const) {
      const wrong = file.slice()
      wrong[14 + field] ^= 1
      wrong[directory + 16 + field] ^= 1
      await expect(whole(wrong)).rejects.toMatchObject(refusal(detail))
    }
  })

  test('that claims more than it can hold is refused before anything is inflated', async () => {
    const bomb = npzFile({ x: npyFloat32([10], new Float32Array(10)) }, 6)
    const view = new DataView(bomb.buffer)
    const directory = bomb.length - 22 - 46 - 5
    for (const at of [22, directory + 24]) view.setUint32(at, 4_000_000_000, true)
    await expect(readNpz(memorySource('x.npz', bomb))).rejects.toMatchObject(refusal('cannot hold so many'))
  })
})

describe('a zip', () => {
  const file = npzFile({ a: npyFloat32([3], [1, 2, 3]), b: npyFloat32([2], [4, 5]) })
  const directory = new DataView(file.buffer).getUint32(file.length - 6, true)
  const second = directory + 46 + 5

  test.for([
    [
      'an encrypted member',
      [
        [6, 1],
        [directory + 8, 1],
      ],
      /needs a password/,
    ],
    [
      'bzip2',
      [
        [8, 12],
        [directory + 10, 12],
      ],
      /zip method 12 \(bzip2\)/,
    ],
    [
      'Zstandard',
      [
        [8, 93],
        [directory + 10, 93],
      ],
      /zip method 93 \(Zstandard\)/,
    ],
    [
      'two members in one place',
      [
        [second + 42, 0],
        [second + 43, 0],
      ],
      /runs into what lies behind/,
    ],
    ['another name in the member', [[30, 0x63]], /says other than the directory/],
    ['another method in the member', [[8, 8]], /says other than the directory/],
    ['two members of one name', [[second + 46, 0x61]], /same name/],
    [
      'too many entries',
      [
        [file.length - 12, 200],
        [file.length - 14, 200],
      ],
      /claims 200 entries/,
    ],
    [
      'too few entries',
      [
        [file.length - 12, 1],
        [file.length - 14, 1],
      ],
      /51 bytes too many/,
    ],
    ['a directory beyond the file', [[file.length - 4, 200]], /Its directory claims/],
    ['a disk of several', [[file.length - 18, 1]], /several files/],
  ] as const)('with %s is refused', async ([, changes, detail]) => {
    const wrong = file.slice()
    for (const [at, value] of changes) wrong[at] = value
    await expect(readNpz(memorySource('x.npz', wrong))).rejects.toMatchObject(refusal(detail))
  })

  test('written to a pipe has its sizes behind the data, and is read', async () => {
    const npy = npyFloat32([3], [1, 2, 3])
    const data = deflateRawSync(npy)
    const fields = new DataView(new ArrayBuffer(12))
    fields.setUint32(0, crc32(0, npy), true)
    fields.setUint32(4, data.length, true)
    fields.setUint32(8, npy.length, true)
    const known = new Uint8Array(fields.buffer)
    const none = new Uint8Array(12)
    const head = [20, 0, 8, 0, 8, 0, 0, 0, 0, 0]
    const name = [...new TextEncoder().encode('x.npy')]
    const local = [
      0x50,
      0x4b,
      3,
      4,
      ...head,
      ...none,
      5,
      0,
      0,
      0,
      ...name,
      ...data,
      0x50,
      0x4b,
      7,
      8,
      ...known,
    ]
    const central = [0x50, 0x4b, 1, 2, 20, 0, ...head, ...known, 5, 0, ...new Uint8Array(16), ...name]
    const end = new DataView(new ArrayBuffer(22))
    end.setUint32(0, 0x06054b50, true)
    for (const at of [8, 10]) end.setUint16(at, 1, true)
    end.setUint32(12, central.length, true)
    end.setUint32(16, local.length, true)
    const zip = Uint8Array.from([...local, ...central, ...new Uint8Array(end.buffer)])
    const x = (await readNpz(memorySource('x.npz', zip))).get('x')
    expect([...((await x?.readFloat32(0, 3)) ?? [])]).toEqual([1, 2, 3])
  })
})

describe('an array in Fortran order', () => {
  const shape = [700, 900]
  const bytes = new Uint8Array(noise(elementCount(shape)).buffer)
  const wanted = (at: number): number => {
    const [row, column] = [Math.floor(at / 900), at % 900]
    return new Float32Array(bytes.buffer)[column * 700 + row]
  }

  test('passes by once for each panel, which is all that is held', async () => {
    const source = watched('x', bytes)
    const panel = 100 * 900 * 4
    const read = readFortran(source, 0, shape, 4, panel)
    for (let row = 0; row < 700; row += 50) {
      const block = new Float32Array((await read(row * 900, 50 * 900)).buffer)
      for (let i = 0; i < block.length; i += 331) expect(block[i]).toBe(wanted(row * 900 + i))
    }
    expect(totalOf(source)).toBeLessThanOrEqual(7 * bytes.length)
    expect(Math.max(...source.reads.map(([, length]) => length))).toBeLessThanOrEqual(1 << 20)
  })

  test('of few columns is not read whole for a few rows', async () => {
    const tall = new Uint8Array(noise(2 * 500_000).buffer)
    const source = watched('x', tall)
    const read = readFortran(source, 0, [500_000, 2], 4, 8 * 1000)
    const found = new Float32Array((await read(2 * 123_456, 20)).buffer)
    const all = new Float32Array(tall.buffer)
    expect([...found]).toEqual(
      Array.from({ length: 20 }, (_, i) => all[(i % 2) * 500_000 + 123_456 + (i >> 1)]),
    )
    expect(totalOf(source)).toBeLessThanOrEqual(8 * 1000)
  })
})

describe('an .npy header', () => {
  const open = (header: string, bytes = 8): Promise<unknown> => {
    const file = Uint8Array.from(npyFile(header, new Uint8Array(bytes)))
    return openNpy(memorySource('x.npy', file), 'x', 0, file.length)
  }

  test.for([
    `{"shape": (2,), 'fortran_order': False, "descr": "<f4"}`,
    `{ 'descr':'=f4','fortran_order':True ,'shape':( 2L , ),}`,
    `{'descr': 'f4', 'fortran_order': False, 'shape': (1, 2, 1)}`,
  ])('%s is understood', async (header) => {
    expect(await open(header)).toMatchObject({ name: 'x' })
  })

  test.for([
    [`{'descr': '<f4', 'fortran_order': False, 'shape': (2), }`, 'not what numpy writes'],
    [`{'descr': '<f4', 'fortran_order': False, }`, 'not what numpy writes'],
    [`{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,), }`, 'not what numpy writes'],
    [`{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1, }`, 'not what numpy writes'],
    [`{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }`, 'not what numpy writes'],
    [`{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } + 1`, 'not what numpy writes'],
    [`{'descr': '<f4', 'fortran_order': 0, 'shape': (2,), }`, 'not what numpy writes'],
    [`{'descr': '<f4', 'fortran_order': False, 'shape': (9007199254740993, 3), }`, 'too large'],
    [`{'descr': '<f4', 'fortran_order': False, 'shape': (${'1, '.repeat(65)}), }`, '65 axes'],
    [`{'descr': '<f16', 'fortran_order': False, 'shape': (2,), }`, '"<f16" is floats of another size'],
    [`{'descr': '<U0', 'fortran_order': False, 'shape': (1000000000000,), }`, '"<U0"'],
    [`{'descr': '__proto__', 'fortran_order': False, 'shape': (2,), }`, '__proto__'],
    [`{'descr': [('a', '<f4'), 'fortran_order': False, 'shape': (2,), }`, 'not what numpy writes'],
  ] as const)('%s is refused', async ([header, detail]) => {
    await expect(open(header)).rejects.toMatchObject(refusal(detail))
  })

  test('of a version or a length that is not known is refused', async () => {
    const file = Uint8Array.from(npyFloat32([2], [1, 2]))
    const wrong = (at: number, value: number): Promise<unknown> =>
      openNpy(memorySource('x', file.with(at, value)), 'x', 0, file.length)
    await expect(wrong(6, 4)).rejects.toMatchObject(refusal('version is 4.0'))
    await expect(wrong(9, 255)).rejects.toMatchObject(refusal(/header claims 65\d\d\d bytes/))
  })
})

describe('safetensors', () => {
  const tensor = (begin: number, dtype = 'F32', bytes = 8): object => ({
    ...{
      dtype,
      shape: [bytes / (dtype === 'I64' ? 8 : dtype === 'F32' ? 4 : 1)],
      data_offsets: [begin, begin + bytes],
    },
  })

  test('gives whole numbers, and names types it does not read', async () => {
    const data = new Uint8Array(24)
    new BigInt64Array(data.buffer, 0, 1)[0] = -5n
    data.set([1, 0], 8)
    const header = { ids: tensor(0, 'I64'), mask: tensor(8, 'BOOL'), small: tensor(16, 'F8_E4M3') }
    const file = await readSafetensors(memorySource('x', safetensorsFile(header, data)))
    expect(await file.get('ids')?.readFloat64(0, 1)).toEqual(Float64Array.of(-5))
    expect(await file.get('mask')?.readFloat32(0, 2)).toEqual(Float32Array.of(1, 0))
    await expect(file.get('small')?.readFloat32(0, 1)).rejects.toMatchObject(refusal('F8_E4M3'))
  })

  test.for([
    [
      `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`,
    ],
    [`{"a":{"dtype":"F32","dtype":"I32","shape":[1],"data_offsets":[0,4]}}`],
  ])('%s names something twice and is refused', async ([text]) => {
    const body = new TextEncoder().encode(text)
    const file = new Uint8Array(8 + body.length + 4)
    new DataView(file.buffer).setBigUint64(0, BigInt(body.length), true)
    file.set(body, 8)
    await expect(readSafetensors(memorySource('x', file))).rejects.toMatchObject(refusal('twice'))
  })

  test('in shards are one file, and must be what their index says', async () => {
    const shard = (name: string, value: number): Uint8Array<ArrayBuffer> =>
      safetensorsFile({ [name]: tensor(0) }, new Uint8Array(Float32Array.of(value, value + 1).buffer))
    const files = new Map([
      ['model-00001-of-00002.safetensors', shard('a', 1)],
      ['model-00002-of-00002.safetensors', shard('b', 3)],
    ])
    const [one, two] = files.keys()
    const open = (weight_map: unknown): Promise<Map<string, { readFloat32: unknown }>> =>
      readShardedSafetensors(
        async (file) => memorySource(file, files.get(file) ?? new Uint8Array(0)),
        { metadata: { total_size: 16 }, weight_map },
        'model.safetensors.index.json',
      )
    const model = await readShardedSafetensors(
      async (file) => memorySource(file, files.get(file) ?? new Uint8Array(0)),
      { weight_map: { a: one, b: two } },
      'index',
    )
    expect(await model.get('b')?.readFloat32(0, 2)).toEqual(Float32Array.of(3, 4))
    await expect(open({ a: one, b: one })).rejects.toMatchObject(refusal('puts "b" into'))
    await expect(open({ a: two, b: two })).rejects.toMatchObject(refusal(/"a" into|does not hold/))
    await expect(open({ a: one })).resolves.toHaveProperty('size', 1)
    await expect(open({ a: one, c: two })).rejects.toMatchObject(
      refusal('holds "b", which the index does not name'),
    )
    await expect(open({ a: '../secret.safetensors' })).rejects.toMatchObject(refusal('weight_map.a'))
    await expect(open({})).rejects.toMatchObject(refusal('no tensor'))
    await expect(open(undefined)).rejects.toMatchObject({ name: 'UserError' })
  })
})
