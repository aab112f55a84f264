import { expect, test } from 'vitest'
import type { ArrayEntry, ArrayFile } from '../../src/formats/array.ts'
import type { Progress } from '../../src/lib/progress.ts'
import type { Activation } from '../../src/sae/activation.ts'
import { openSae } from '../../src/sae/sae.ts'
import { readSae, readSaeShape } from '../../src/sae/weights.ts'
import { floatEntry } from '../support/float-entry.ts'
import { bytesEqual } from '../support/sae-behaviour.ts'
import { entry, makeCase, type SaeArrays, saeFile } from '../support/sae-cases.ts'

const arrays = makeCase({ dIn: 3, dSae: 5, dOut: 2, rows: 1, active: 'some' }).arrays
const noSinks = { encoderRows: () => {}, decoderRows: () => {} }

/** The file with some arrays changed, or left out. */
function changed(changes: Record<string, ArrayEntry | undefined>): ArrayFile {
  const file = new Map(saeFile(arrays))
  for (const [name, array] of Object.entries(changes)) {
    if (array) file.set(name, array)
    else file.delete(name)
  }
  return file
}

function refusal(detail: RegExp): object {
  return { name: 'UserError', title: expect.stringContaining('x.npz'), detail: expect.stringMatching(detail) }
}

test('shapes come from the header, with upper- and lower-case names', () => {
  const shape = { dIn: 3, dSae: 5, dOut: 2, hasSkip: false }
  expect(readSaeShape(saeFile(arrays), 'x.npz')).toEqual(shape)
  const lower = new Map([...saeFile(arrays)].map(([name, array]) => [name.toLowerCase(), array]))
  expect(readSaeShape(lower, 'x.npz')).toEqual(shape)
})

test.each([
  ['a missing array', changed({ b_dec: undefined }), /b_dec missing.*W_enc, W_dec, b_enc, threshold/],
  [
    'an affine skip of another shape',
    changed({ affine_skip_connection: entry('affine_skip_connection', [2, 3], new Float32Array(6)) }),
    /affine_skip_connection \[2, 3\].*\[3, 2\]/,
  ],
  [
    'a matrix of three dimensions',
    changed({ W_enc: entry('W_enc', [3, 5, 1], arrays.wEnc) }),
    /W_enc \[3, 5, 1\]/,
  ],
  ['an empty matrix', changed({ W_enc: entry('W_enc', [3, 0], new Float32Array(0)) }), /W_enc \[3, 0\]/],
  [
    'a transposed decoder',
    changed({ W_dec: entry('W_dec', [2, 5], arrays.wDec) }),
    /W_dec \[2, 5\].*W_enc \[3, 5\].*\[5, 5\]/,
  ],
  [
    'a bias of another length',
    changed({ b_enc: entry('b_enc', [4], arrays.bEnc) }),
    /b_enc \[4\].*W_enc \[3, 5\]/,
  ],
  ['a b_dec of d_sae', changed({ b_dec: entry('b_dec', [5], arrays.bEnc) }), /b_dec \[5\].*W_dec \[5, 2\]/],
])('%s is refused with both shapes', (_, file, detail) => {
  let error: unknown
  try {
    readSaeShape(file, 'x.npz')
  } catch (thrown) {
    error = thrown
  }
  expect(error).toMatchObject(refusal(detail))
})

test.each([
  ['a threshold of zero', { threshold: Float32Array.of(1, 1, 0, 1, 1) }, /threshold\[2\] is 0/],
  ['a negative threshold', { threshold: Float32Array.of(1, 1, 1, 1, -2) }, /threshold\[4\] is -2/],
  ['a NaN threshold', { threshold: Float32Array.of(1, Number.NaN, 1, 1, 1) }, /threshold\[1\] is NaN/],
  ['an infinite bias', { bDec: Float32Array.of(1, Infinity) }, /b_dec\[1\] is Infinity/],
  ['a NaN in W_enc', { wEnc: arrays.wEnc.with(7, Number.NaN) }, /W_enc\[1, 2\] is NaN/],
  ['an infinity in W_dec', { wDec: arrays.wDec.with(9, -Infinity) }, /W_dec\[4, 1\] is -Infinity/],
] satisfies [string, Partial<SaeArrays>, RegExp][])(
  '%s is refused with its place',
  async (_, change, detail) => {
    const file = saeFile({ ...arrays, ...change })
    await expect(readSae(file, 'x.npz', noSinks)).rejects.toMatchObject(refusal(detail))
    await expect(openSae(file, 'x.npz', { kind: 'reference' })).rejects.toMatchObject(refusal(detail))
  },
)

const noThreshold = changed({ threshold: undefined })
const one = changed({ threshold: entry('threshold', [1], Float32Array.of(0.25)) })

test.each([
  ['jumprelu without thresholds', noThreshold, { kind: 'jumprelu' }, /no threshold.*jumprelu/],
  ['jumprelu with one threshold', one, { kind: 'jumprelu' }, /threshold \[1\].*\[5\]/],
  ['batchtopk without thresholds', noThreshold, { kind: 'batchtopk' }, /no threshold.*batchtopk/],
] satisfies [string, ArrayFile, Activation, RegExp][])(
  '%s is refused',
  async (_, file, activation, detail) => {
    await expect(readSae(file, 'x.npz', noSinks, { activation })).rejects.toMatchObject(refusal(detail))
  },
)

test.each([
  ['relu', noThreshold, { kind: 'relu' }, [0, 0, 0, 0, 0]],
  ['relu, whatever thresholds there are', saeFile(arrays), { kind: 'relu' }, [0, 0, 0, 0, 0]],
  ['topk', noThreshold, { kind: 'topk', k: 2 }, [0, 0, 0, 0, 0]],
  ['batchtopk', one, { kind: 'batchtopk' }, [0.25, 0.25, 0.25, 0.25, 0.25]],
] satisfies [string, ArrayFile, Activation, number[]][])(
  'the thresholds of %s',
  async (_, file, activation, expected) => {
    const params = await readSae(file, 'x.npz', noSinks, { activation })
    expect(params.activation).toEqual(activation)
    expect([...params.threshold]).toEqual(expected)
  },
)

test('matrices arrive in row order, in blocks of at most 4 MiB, and decoder norms are reported', async () => {
  const [dIn, dSae, dOut] = [70, 20_000, 60]
  const wEnc = Float32Array.from({ length: dIn * dSae }, (_, i) => i % 1000)
  const wDec = new Float32Array(dSae * dOut)
  for (let f = 0; f < dSae; f++) wDec[f * dOut + (f % dOut)] = f === 12_345 ? 3 : f === 777 ? -0.5 : 1
  const ones = new Float32Array(dSae).fill(1)
  const file = saeFile({
    dIn,
    dSae,
    dOut,
    wEnc,
    wDec,
    bEnc: ones,
    bDec: new Float32Array(dOut),
    threshold: ones,
  })

  const received = { enc: new Float32Array(dIn * dSae), dec: new Float32Array(dSae * dOut) }
  const blocks: number[] = []
  const progress: Progress[] = []
  const take = (into: Float32Array, width: number) => (block: Float32Array, first: number, rows: number) => {
    expect(block.length).toBe(rows * width)
    blocks.push(block.byteLength)
    into.set(block, first * width)
  }
  const params = await readSae(
    file,
    'x.npz',
    { encoderRows: take(received.enc, dSae), decoderRows: take(received.dec, dOut) },
    { onProgress: (step) => progress.push(step) },
  )
  expect(bytesEqual(received.enc, wEnc) && bytesEqual(received.dec, wDec)).toBe(true)
  expect(Math.max(...blocks)).toBeLessThanOrEqual(4 << 20)
  expect(blocks.length).toBe(4)
  expect(params.decoderNormRange).toEqual([0.5, 3])
  const last = progress.at(-1)
  expect(last).toMatchObject({ unit: 'bytes', done: last?.total })
  expect(last?.total).toBe(4 * (dIn * dSae + dSae * dOut + 2 * dSae + dOut))
})

test('reading stops when it is cancelled', async () => {
  const controller = new AbortController()
  const reading = readSae(
    saeFile(arrays),
    'x.npz',
    { ...noSinks, encoderRows: () => controller.abort() },
    { signal: controller.signal },
  )
  await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
})

test('an SAE that wasm cannot hold is refused before a byte of it is read', async () => {
  const shape = (name: string, dims: number[]): [string, ArrayEntry] => [
    name,
    floatEntry(name, dims, () => Promise.reject(new Error('must not be read'))),
  ]
  const file: ArrayFile = new Map([
    shape('W_enc', [2304, 262_144]),
    shape('W_dec', [262_144, 2304]),
    shape('b_enc', [262_144]),
    shape('b_dec', [2304]),
    shape('threshold', [262_144]),
  ])
  await expect(openSae(file, 'wide.npz', { kind: 'wasm', wasmModule: emptyModule() })).rejects.toMatchObject({
    name: 'UserError',
    title: 'wide.npz is too large for the wasm backend.',
    detail: expect.stringContaining('4.6 GiB'),
  })
})

test('WebGPU without a GPU is an error a person can read', async () => {
  await expect(openSae(saeFile(arrays), 'x.npz', { kind: 'webgpu' })).rejects.toMatchObject({
    name: 'UserError',
    remedy: expect.stringContaining('wasm'),
  })
})

function emptyModule(): WebAssembly.Module {
  return new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))
}
