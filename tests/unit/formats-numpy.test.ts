// Files as numpy itself writes them: every type, order and compression, and what numpy writes that is not read.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ArrayEntry, ArrayFile } from '../../src/formats/array.ts'
import { elementCount } from '../../src/formats/array.ts'
import { openNpy } from '../../src/formats/npy.ts'
import { readNpz } from '../../src/formats/npz.ts'
import { memorySource } from '../../src/lib/byte-source.ts'
import { findPython, runPython } from '../support/python.ts'

/** Prints what it wrote: file, array, shape, and the elements in C order as strings that Python's repr gives. */
const WRITE = `
import json, sys, numpy as np
folder = sys.argv[1]
rng = np.random.default_rng(5)
arrays = {}
for kind in 'f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8'.split():
    for order in '<>':
        values = rng.normal(0, 30, (3, 4, 5)).astype(order + kind) if kind[0] == 'f' else (
            rng.integers(np.iinfo(kind).min // 4096, np.iinfo(kind).max // 4096 + 9, (3, 4, 5)).astype(order + kind))
        arrays[f'{kind}_{"big" if order == ">" else "little"}'] = values
        arrays[f'{kind}_{"big" if order == ">" else "little"}_fortran'] = np.asfortranarray(values)
arrays['matrix_fortran'] = np.asfortranarray(rng.normal(size=(37, 53)).astype('f4'))
arrays['bool'] = np.array([[True, False], [False, True]])
arrays['scalar'] = np.float32(2.5)
arrays['empty'] = np.zeros((0, 7), 'f4')
arrays['tokens'] = np.array([['<bos>', '\\u2581the', '\\U0001F600'], ['', 'a b', '\\n']])
arrays['tokens_big'] = arrays['tokens'].astype('>U7')
arrays['tokens_fortran'] = np.asfortranarray(arrays['tokens'])
arrays['bytes'] = np.array(['caf\\u00e9'.encode(), b'<pad>', b''])
np.savez(f'{folder}/stored.npz', **arrays)
np.savez_compressed(f'{folder}/deflated.npz', **arrays)
for name, array in arrays.items(): np.save(f'{folder}/{name}.npy', array)
for version in [(1, 0), (2, 0), (3, 0)]:
    with open(f'{folder}/version{version[0]}.npy', 'wb') as f:
        np.lib.format.write_array(f, arrays['f4_little'], version=version)
np.save(f'{folder}/objects.npy', np.array([1, 'x', None], dtype=object), allow_pickle=True)
np.save(f'{folder}/structured.npy', np.zeros(3, [('a', '<f4'), ('b', '<i4', (2,))]))
np.save(f'{folder}/complex.npy', np.zeros(3, 'c8'))
np.save(f'{folder}/dates.npy', np.zeros(3, 'M8[s]'))
np.save(f'{folder}/longs.npy', np.array([2**53 - 1, -(2**53) + 1, 5, 2**53 + 1]))
np.savez(f'{folder}/mixed.npz', x=np.arange(3, dtype='f4'), meta=np.array([{}], dtype=object))
np.savez(f'{folder}/large.npz', W_enc=rng.normal(size=(300, 700)).astype('f4'))
text = lambda x: x.decode() if isinstance(x, bytes) else str(x) if isinstance(x, str) else x.item()
print(json.dumps({name: [list(np.shape(a)), [text(x) for x in np.ravel(a)]] for name, a in arrays.items()}))
`

const Written = v.record(
  v.string(),
  v.tuple([v.array(v.number()), v.array(v.union([v.number(), v.string(), v.boolean()]))]),
)

let folder = ''
let written: v.InferOutput<typeof Written> = {}

beforeAll(() => {
  findPython()
  folder = mkdtempSync(join(tmpdir(), 'featurescope-numpy-'))
  written = v.parse(Written, JSON.parse(runPython(WRITE, [folder])))
}, 300_000)

afterAll(() => rmSync(folder, { recursive: true }))

const bytesOf = (name: string): Uint8Array<ArrayBuffer> => Uint8Array.from(readFileSync(join(folder, name)))
const npz = (name: string): Promise<ArrayFile> => readNpz(memorySource(name, bytesOf(name)))
const npy = (name: string): Promise<ArrayEntry> => {
  const bytes = bytesOf(name)
  return openNpy(memorySource(name, bytes), name.replace('.npy', ''), 0, bytes.length)
}

async function expectAsWritten(entry: ArrayEntry | undefined, name: string): Promise<void> {
  const [shape, values] = written[name]
  if (!entry) throw new Error(`${name} is not there`)
  expect(entry.shape, name).toEqual(shape)
  const count = elementCount(shape)
  if (typeof values[0] === 'string') {
    expect(await entry.readStrings?.(0, count), name).toEqual(values)
    expect(await entry.readStrings?.(1, count - 1), name).toEqual(values.slice(1))
    return
  }
  const numbers = values.map(Number)
  expect([...(await entry.readFloat64(0, count))], name).toEqual(numbers)
  expect([...(await entry.readFloat32(0, count))], name).toEqual(numbers.map(Math.fround))
  if (count < 3) return
  expect([...(await entry.readFloat64(2, count - 3))], name).toEqual(numbers.slice(2, -1))
}

describe('arrays written by numpy', () => {
  test.for(['stored.npz', 'deflated.npz'])('%s reads as it was written', async (file) => {
    const arrays = await npz(file)
    expect([...arrays.keys()].sort()).toEqual(Object.keys(written).sort())
    expect(arrays.size).toBe(52)
    for (const name of Object.keys(written)) await expectAsWritten(arrays.get(name), name)
  })

  test('each .npy reads as it was written, in versions 1.0 to 3.0', async () => {
    for (const name of Object.keys(written)) await expectAsWritten(await npy(`${name}.npy`), name)
    for (const version of [1, 2, 3]) await expectAsWritten(await npy(`version${version}.npy`), 'f4_little')
  })

  test('numpy.savez gives ZIP64 extras and unaligned data, which are read where they lie', async () => {
    const bytes = bytesOf('large.npz')
    const view = new DataView(bytes.buffer)
    expect(view.getUint16(28, true)).toBe(20)
    const reads: [number, number][] = []
    const source = memorySource('large.npz', bytes)
    const entry = (
      await readNpz({
        ...source,
        read: (offset, length, signal) => {
          reads.push([offset, length])
          return source.read(offset, length, signal)
        },
      })
    ).get('W_enc')
    expect(reads.reduce((sum, [, length]) => sum + length, 0)).toBeLessThan(6000)
    reads.length = 0
    const row = await entry?.readFloat32(700, 700)
    expect(reads).toEqual([[187 + 700 * 4, 2800]])
    expect(row).toEqual(new Float32Array(bytes.slice(187 + 2800, 187 + 5600).buffer))
  })
})

describe('what numpy writes and the page does not read', () => {
  test.for([
    ['objects.npy', /"\|O" is Python objects, stored as a pickle/],
    ['structured.npy', /\[\('a', '<f4'\), \('b', '<i4', \(2,\)\)\]/],
    ['complex.npy', /"<c8" is complex numbers/],
    ['dates.npy', /"<M8\[s\]" is dates/],
  ] as const)('%s is refused by its type', async ([file, detail]) => {
    await expect(npy(file)).rejects.toMatchObject({
      name: 'UserError',
      detail: expect.stringMatching(detail),
    })
  })

  test('an array of objects among others refuses only itself', async () => {
    const arrays = await npz('mixed.npz')
    expect([...((await arrays.get('x')?.readFloat32(0, 3)) ?? [])]).toEqual([0, 1, 2])
    expect(arrays.get('meta')).toMatchObject({ dtype: '|O', shape: [1] })
    await expect(arrays.get('meta')?.readFloat32(0, 1)).rejects.toMatchObject({
      detail: expect.stringContaining('pickle'),
    })
  })

  test('whole numbers that float64 cannot hold are refused, not rounded', async () => {
    const longs = await npy('longs.npy')
    expect([...(await longs.readFloat64(0, 3))]).toEqual([2 ** 53 - 1, -(2 ** 53) + 1, 5])
    await expect(longs.readFloat64(0, 4)).rejects.toMatchObject({
      name: 'UserError',
      detail: expect.stringContaining('Element 3'),
    })
  })

  test('text is not taken for numbers', async () => {
    const tokens = await npy('tokens.npy')
    await expect(tokens.readFloat32(0, 1)).rejects.toMatchObject({ title: 'The array "tokens" holds text.' })
  })
})
