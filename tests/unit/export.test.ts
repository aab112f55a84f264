// Exported files: what is in them, and that our own readers find the same numbers again.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openNpy } from '../../src/formats/npy.ts'
import { readNpz } from '../../src/formats/npz.ts'
import { readSafetensors } from '../../src/formats/safetensors.ts'
import { featuresNpz } from '../../src/formats/write-features.ts'
import { type WrittenArray, writeNpy, writeNpz } from '../../src/formats/write-npz.ts'
import { writeSafetensors } from '../../src/formats/write-safetensors.ts'
import { memorySource } from '../../src/lib/byte-source.ts'
import {
  type ExportedRun,
  exportName,
  featuresCsv,
  featuresJson,
  shortFloat32,
} from '../../src/lib/export-features.ts'

const FEATURES = {
  rows: 3,
  width: 4096,
  rowPtr: Uint32Array.of(0, 1, 1, 3),
  indices: Uint32Array.of(7, 0, 4095),
  values: Float32Array.of(1.5, 0.1, 123456.789),
}

const RUN: ExportedRun = {
  model: 'gemma-2-mini',
  source: '3-miniscope-res-4k',
  origin: 'model',
  text: 'a b',
  hookIn: 'blocks.3.hook_resid_post',
  hookOut: 'blocks.3.hook_resid_post',
  ids: [2, 5, 6],
  tokens: ['<bos>', 'a', '▁b'],
  spans: [
    { first: 0, count: 1, text: '<bos>', special: true },
    { first: 1, count: 1, text: 'a', special: false },
    { first: 2, count: 1, text: ' b', special: false },
  ],
  features: FEATURES,
  l0: 1,
  fvu: 0.25,
}

describe('JSON', () => {
  test('says what it is and lists [feature, activation] by token', () => {
    expect(JSON.parse(featuresJson(RUN))).toMatchObject({
      model: 'gemma-2-mini',
      source: '3-miniscope-res-4k',
      hook: 'blocks.3.hook_resid_post',
      activations_from: 'the model',
      text: 'a b',
      tokens: ['<bos>', 'a', '▁b'],
      ids: [2, 5, 6],
      n_features: 4096,
      l0: 1,
      fvu: 0.25,
      activations: [
        [[7, 1.5]],
        [],
        [
          [0, 0.1],
          [4095, 123456.79],
        ],
      ],
    })
  })

  test('of a file’s activations names file, array and sequence; what is not known is null', () => {
    const origin = { file: 'dump.npz', array: 'acts', dtype: '<f4', sequence: 1 }
    const given = { ...RUN, origin, text: undefined, hookIn: undefined, fvu: Number.NaN, ids: [] }
    expect(JSON.parse(featuresJson(given))).toMatchObject({
      ...{ text: null, hook: null, fvu: null, ids: [] },
      activations_from: origin,
    })
  })
})

describe('CSV', () => {
  const withTexts = (...texts: string[]): string[] => {
    const spans = texts.map((text, first) => ({ first, count: 1, text, special: false }))
    return featuresCsv({ ...RUN, spans }).split('\r\n')
  }

  test('has a line an activation', () => {
    expect(featuresCsv(RUN)).toBe(
      'position,token,feature,activation\r\n0,"<bos>",7,1.5\r\n2," b",0,0.1\r\n2," b",4095,123456.79\r\n',
    )
  })

  test('doubles quotes, keeps commas and line ends inside them', () => {
    expect(withTexts('say "x",\n')[1]).toBe('0,"say ""x"",\n",7,1.5')
  })

  test.for(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('makes no formula of %j', (text) => {
    expect(withTexts(text)[1]).toBe(`0,"'${text}",7,1.5`)
  })

  test('gives every byte of a character that takes several tokens its own position', () => {
    const spans = [{ first: 0, count: 3, text: '€', special: false }]
    const lines = featuresCsv({ ...RUN, spans }).split('\r\n')
    expect(lines.slice(1, 4)).toEqual(['0,"€",7,1.5', '2,"€",0,0.1', '2,"€",4095,123456.79'])
  })
})

test('every float32 is written so that it reads back the same', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = shortFloat32(value)
      expect(Math.fround(Number(text))).toBe(value === 0 ? 0 : value)
    }),
    { numRuns: 2000 },
  )
  expect(shortFloat32(Math.fround(0.1))).toBe('0.1')
})

test('files are named after model, source and, for activations, file and sequence', () => {
  expect(exportName(RUN, 'features.csv')).toBe('gemma-2-mini_3-miniscope-res-4k_features.csv')
  const origin = { file: 'my dump.npz', array: 'acts', dtype: '<f4', sequence: 1 }
  expect(exportName({ ...RUN, origin, source: 'a/b.npz' }, 'features.csv')).toBe(
    'my-dump-2_a-b.npz_features.csv',
  )
})

describe('what is written is read again', () => {
  test.for<[string, WrittenArray, number[]]>([
    ['<f4', { shape: [2, 2], data: Float32Array.of(1, -2.5, 3, 0) }, [1, -2.5, 3, 0]],
    ['<f8', { shape: [2], data: Float64Array.of(0.1, 1e300) }, [0.1, 1e300]],
    ['<i4', { shape: [1, 2], data: Int32Array.of(-1, 2 ** 31 - 1) }, [-1, 2 ** 31 - 1]],
    ['<i8', { shape: [], data: BigInt64Array.of(-5n) }, [-5]],
  ])('%s', async ([dtype, array, values]) => {
    const bytes = writeNpy(array)
    const entry = await openNpy(memorySource('a.npy', bytes), 'a', 0, bytes.length)
    expect(entry).toMatchObject({ dtype, shape: array.shape })
    expect([...(await entry.readFloat64(0, values.length))]).toEqual(values)
  })

  test('strings of any length and script', async () => {
    const strings = ['', '<bos>', '▁naïve', '😀', 'a\nb']
    const npz = await readNpz(memorySource('a.npz', writeNpz({ tokens: { shape: [5], strings } })))
    expect(await npz.get('tokens')?.readStrings?.(0, 5)).toEqual(strings)
  })

  test('features as scipy names them', async () => {
    const npz = await readNpz(memorySource('f.npz', featuresNpz(FEATURES, RUN.tokens, RUN.ids)))
    const numbers = async (name: string, count: number) => [
      ...((await npz.get(name)?.readFloat64(0, count)) ?? []),
    ]
    expect(await numbers('indptr', 4)).toEqual([0, 1, 1, 3])
    expect(await numbers('indices', 3)).toEqual([7, 0, 4095])
    expect(await numbers('shape', 2)).toEqual([3, 4096])
    expect(await npz.get('data')?.readFloat32(0, 3)).toEqual(FEATURES.values)
    expect(await npz.get('format')?.readStrings?.(0, 1)).toEqual(['csr'])
    expect(await npz.get('tokens')?.readStrings?.(0, 3)).toEqual(RUN.tokens)
    expect(await numbers('ids', 3)).toEqual([2, 5, 6])
  })

  test('the same features are the same bytes', () => {
    expect(featuresNpz(FEATURES, RUN.tokens, RUN.ids)).toEqual(featuresNpz(FEATURES, RUN.tokens, RUN.ids))
  })

  test('tensors, from parts of larger buffers too', async () => {
    const data = Float32Array.of(9, 1, 2, 3, 4).subarray(1)
    const file = writeSafetensors([{ name: 'x', shape: [2, 2], data }], { note: 'ü' })
    const x = (await readSafetensors(memorySource('x', file))).get('x')
    expect(x?.shape).toEqual([2, 2])
    expect(await x?.readFloat32(0, 4)).toEqual(Float32Array.of(1, 2, 3, 4))
  })
})
