import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ArrayFile } from '../../src/formats/array.ts'
import { readNpz } from '../../src/formats/npz.ts'
import { readSafetensors } from '../../src/formats/safetensors.ts'
import { memorySource } from '../../src/lib/byte-source.ts'
import { UserError } from '../../src/lib/errors.ts'
import { npyFile, npyFloat32, npzFile, safetensorsFile } from '../support/array-files.ts'
import { referenceFolder } from '../support/reference-data.ts'

const npz = (bytes: Uint8Array<ArrayBuffer>): Promise<ArrayFile> => readNpz(memorySource('test.npz', bytes))
const safetensors = (bytes: Uint8Array<ArrayBuffer>): Promise<ArrayFile> =>
  readSafetensors(memorySource('test.safetensors', bytes))

async function all(file: ArrayFile, name: string): Promise<number[]> {
  const entry = file.get(name)
  if (!entry) throw new Error(`no array ${name} among ${[...file.keys()].join(', ')}`)
  return [
    ...(await entry.readFloat32(
      0,
      entry.shape.reduce((a, b) => a * b, 1),
    )),
  ]
}

/** The UserError a rejected read gives. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(UserError)
  return error instanceof UserError ? error.detail : ''
}

describe('an .npz', () => {
  test('gives names, shapes and values, whole or in part', async () => {
    const file = await npz(
      npzFile({ W: npyFloat32([2, 3], [1, 2, 3, 4, 5, 6]), b: npyFloat32([2], [-1, 0.5]) }),
    )
    expect([...file.keys()]).toEqual(['W', 'b'])
    expect(file.get('W')?.shape).toEqual([2, 3])
    expect(await all(file, 'W')).toEqual([1, 2, 3, 4, 5, 6])
    expect(await all(file, 'b')).toEqual([-1, 0.5])
    expect([...((await file.get('W')?.readFloat32(2, 3)) ?? [])]).toEqual([3, 4, 5])
  })

  test('reads float16 and float64 as float32, subnormals and infinities included', async () => {
    const halves = new Uint8Array(new Uint16Array([0x3c00, 0xc000, 0x0001, 0x7c00, 0x8000]).buffer)
    const header = (descr: string, n: number): string =>
      `{'descr': '${descr}', 'fortran_order': False, 'shape': (${n},), }`
    const file = await npz(
      npzFile({
        half: npyFile(header('<f2', 5), halves),
        double: npyFile(header('<f8', 2), new Uint8Array(new Float64Array([0.1, -3]).buffer)),
      }),
    )
    expect(await all(file, 'half')).toEqual([1, -2, 2 ** -24, Number.POSITIVE_INFINITY, -0])
    expect(await all(file, 'double')).toEqual([Math.fround(0.1), -3])
  })

  test('is found behind a comment, and read through ZIP64 records', async () => {
    const plain = npzFile({ x: npyFloat32([3], [7, 8, 9]) })
    expect(await all(await npz(withComment(plain, 'a comment')), 'x')).toEqual([7, 8, 9])
    expect(await all(await npz(asZip64(plain)), 'x')).toEqual([7, 8, 9])
  })

  test('is refused, saying why, when it is cut, foreign or inconsistent', async () => {
    const good = npzFile({ x: npyFloat32([64], new Float32Array(64)) })
    expect(await refusal(npz(good.slice(0, good.length - 30)))).toContain('no zip directory')
    expect(await refusal(npz(new TextEncoder().encode('<!doctype html><p>not found')))).toContain(
      'no zip directory',
    )
    expect(await refusal(npz(npzFile({ x: new Uint8Array(40) })))).toContain('magic')
    const wrongShape = npyFile(
      `{'descr': '<f4', 'fortran_order': False, 'shape': (5,), }`,
      new Uint8Array(16),
    )
    expect(await refusal(npz(npzFile({ x: wrongShape })))).toContain('needs 20 bytes, but 16')
  })
})

describe('a safetensors file', () => {
  test('gives F32, F16 and BF16 tensors', async () => {
    const data = new Uint8Array(16)
    new Float32Array(data.buffer, 0, 2).set([1.5, -2])
    new Uint16Array(data.buffer, 8, 2).set([0x3f80, 0xc040])
    new Uint16Array(data.buffer, 12, 2).set([0x3800, 0x4000])
    const header = {
      __metadata__: { format: 'pt' },
      f32: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
      bf16: { dtype: 'BF16', shape: [2, 1], data_offsets: [8, 12] },
      f16: { dtype: 'F16', shape: [2], data_offsets: [12, 16] },
    }
    const file = await safetensors(safetensorsFile(header, data))
    expect(await all(file, 'f32')).toEqual([1.5, -2])
    expect(await all(file, 'bf16')).toEqual([1, -3])
    expect(await all(file, 'f16')).toEqual([0.5, 2])
  })

  test('is refused for holes, overlaps, wrong sizes, unknown types, a wrong end or a wild header', async () => {
    const one = (tensor: object, bytes: number): Promise<string> =>
      refusal(safetensors(safetensorsFile({ x: tensor }, new Uint8Array(bytes))))
    expect(await one({ dtype: 'F32', shape: [2], data_offsets: [4, 12] }, 12)).toContain('hole')
    expect(await one({ dtype: 'F32', shape: [3], data_offsets: [0, 8] }, 8)).toContain('does not fit')
    expect(await one({ dtype: 'F99', shape: [2], data_offsets: [0, 8] }, 8)).toContain('unknown type')
    expect(await one({ dtype: 'F32', shape: [2], data_offsets: [0, 8] }, 12)).toContain('the file has')
    expect(await one({ dtype: 'F32', shape: [-2], data_offsets: [0, 8] }, 8)).toContain('header')
    const overlap = {
      a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
      b: { dtype: 'F32', shape: [2], data_offsets: [4, 12] },
    }
    expect(await refusal(safetensors(safetensorsFile(overlap, new Uint8Array(12))))).toContain('overlap')
    const wild = safetensorsFile({}, new Uint8Array(8))
    new DataView(wild.buffer).setBigUint64(0, 2n ** 60n, true)
    expect(await refusal(safetensors(wild))).toContain('claims')
  })
})

const reference = referenceFolder()

test.skipIf(!reference)(
  'the reference SAE reads the same from params.npz, SAELens and Gemma Scope 2 files',
  async () => {
    const read = (path: string): Uint8Array<ArrayBuffer> =>
      Uint8Array.from(readFileSync(join(reference ?? '', 'sae', path)))
    const scope = await npz(read('jumprelu-a/params.npz'))
    const saelens = await safetensors(read('jumprelu-a-saelens/sae_weights.safetensors'))
    const scope2 = await safetensors(read('jumprelu-a-scope2/params.safetensors'))
    expect(scope.get('W_enc')?.shape).toEqual([96, 640])
    expect(await all(saelens, 'W_enc')).toEqual(await all(scope, 'W_enc'))
    expect(await all(scope2, 'w_dec')).toEqual(await all(scope, 'W_dec'))
    expect(await all(scope2, 'threshold')).toEqual(await all(scope, 'threshold'))
  },
)

function withComment(zip: Uint8Array<ArrayBuffer>, comment: string): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(zip.length + comment.length)
  out.set(zip)
  out.set(new TextEncoder().encode(comment), zip.length)
  new DataView(out.buffer).setUint16(zip.length - 2, comment.length, true)
  return out
}

/** Moves the directory's numbers of a one-member zip into ZIP64 records, as zips over 4 GiB have them. */
function asZip64(zip: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const view = new DataView(zip.buffer)
  const end = zip.length - 22
  const [count, length, offset] = [
    view.getUint16(end + 10, true),
    view.getUint32(end + 12, true),
    view.getUint32(end + 16, true),
  ]
  const extra = new Uint8Array(28)
  const extraView = new DataView(extra.buffer)
  extraView.setUint16(0, 1, true)
  extraView.setUint16(2, 24, true)
  extraView.setBigUint64(4, BigInt(view.getUint32(offset + 24, true)), true)
  extraView.setBigUint64(12, BigInt(view.getUint32(offset + 20, true)), true)
  extraView.setBigUint64(20, BigInt(view.getUint32(offset + 42, true)), true)
  const out = new Uint8Array(offset + length + 28 + 56 + 20 + 22)
  const outView = new DataView(out.buffer)
  out.set(zip.subarray(0, offset + length))
  out.set(extra, offset + length)
  for (const field of [20, 24, 42]) outView.setUint32(offset + field, 0xffffffff, true)
  outView.setUint16(offset + 30, 28, true)
  const end64 = offset + length + 28
  outView.setUint32(end64, 0x06064b50, true)
  for (const field of [24, 32]) outView.setBigUint64(end64 + field, BigInt(count), true)
  outView.setBigUint64(end64 + 40, BigInt(length + 28), true)
  outView.setBigUint64(end64 + 48, BigInt(offset), true)
  outView.setUint32(end64 + 56, 0x07064b50, true)
  outView.setBigUint64(end64 + 64, BigInt(end64), true)
  out.set(zip.subarray(end), end64 + 76)
  for (const field of [8, 10]) outView.setUint16(end64 + 76 + field, 0xffff, true)
  outView.setUint32(end64 + 76 + 12, 0xffffffff, true)
  outView.setUint32(end64 + 76 + 16, 0xffffffff, true)
  return out
}
