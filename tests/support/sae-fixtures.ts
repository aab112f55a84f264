// SAEs from files with answers made elsewhere (numpy, float64): the reference SAE in its three file formats, and
// the bundled SAEs on a sequence of 100 tokens. The same tests on every backend.
import { describe, expect, test } from 'vitest'
import type { ArrayFile } from '../../src/formats/array.ts'
import { openNpy } from '../../src/formats/npy.ts'
import { readNpz } from '../../src/formats/npz.ts'
import { readSafetensors } from '../../src/formats/safetensors.ts'
import { memorySource } from '../../src/lib/byte-source.ts'
import { meanL0, type SparseRows } from '../../src/lib/sparse-rows.ts'
import { foldDecoderBias } from '../../src/sae/fold.ts'
import { fractionOfVarianceUnexplained } from '../../src/sae/metrics.ts'
import { type Backend, bytesEqual, cpu, expectSameFeatures, expectSameRows } from './sae-behaviour.ts'
import { makeCase, saeFile } from './sae-cases.ts'

/** Bytes of a file the test server has, by path: /reference/…, /hub/…, /tests/fixtures/…; undefined where absent. */
export type ReadFile = (path: string) => Promise<Uint8Array<ArrayBuffer> | undefined>

interface ReferenceAnswer {
  d_in: number
  d_sae: number
  d_out: number
  tokens: number
  active: { indices: number[]; values: number[] }[]
  l0: number[]
  fvu_without_row0: number
  reconstruction: number[][]
}

interface DemoAnswer {
  source: string
  repo: string
  path: string
  hookIn: string
  hookOut: string
  l0: number
  fvu: number
  active: [number, number][][]
}

const REFERENCE_FILES = [
  'jumprelu-a/params.npz',
  'jumprelu-a-saelens/sae_weights.safetensors',
  'jumprelu-a-scope2/params.safetensors',
]

export function describeSaeFixtures(backend: Backend, readFile: ReadFile): void {
  describe(`${backend.name}: SAEs from files`, () => {
    test.for(REFERENCE_FILES)('%s answers as numpy does', async (path, { skip }) => {
      const bytes = (await readFile(`/reference/sae/${path}`)) ?? skip('REFERENCE_DATA is absent')
      const answer = await json<ReferenceAnswer>(readFile, '/reference/sae/jumprelu-a/expected.json')
      const raw = await required(readFile, '/reference/sae/jumprelu-a/activations.npy')
      const npy = await openNpy(memorySource('activations.npy', raw), 'x', 0, raw.length)
      const x = await npy.readFloat32(0, answer.tokens * answer.d_in)

      const sae = await backend.open(await openArrays(path, bytes), path)
      expect([sae.dIn, sae.dSae, sae.dOut]).toEqual([answer.d_in, answer.d_sae, answer.d_out])
      const sparse = await sae.encode(cpu(x, answer.tokens, answer.d_in))
      expectSameFeatures(sparse, toSparse(answer.active.map(zip), answer.d_sae))
      const y = await sae.decode(sparse)
      expectSameRows(y, answer.reconstruction.flat(), answer.tokens)
      const counted = answer.l0.slice(1)
      expect(meanL0(sparse)).toBeCloseTo(counted.reduce((a, b) => a + b) / counted.length, 9)
      const fvu = fractionOfVarianceUnexplained(x, y, answer.tokens, answer.d_out)
      expect(Math.abs(fvu / answer.fvu_without_row0 - 1)).toBeLessThan(1e-5)
      sae.dispose()
    })

    test('the three formats give the same bytes', async ({ skip }) => {
      const found: SparseRows[] = []
      for (const path of REFERENCE_FILES) {
        const bytes = (await readFile(`/reference/sae/${path}`)) ?? skip('REFERENCE_DATA is absent')
        const raw = await required(readFile, '/reference/sae/jumprelu-a/activations.npy')
        const npy = await openNpy(memorySource('activations.npy', raw), 'x', 0, raw.length)
        const [rows, width] = npy.shape
        const sae = await backend.open(await openArrays(path, bytes), path)
        found.push(await sae.encode(cpu(await npy.readFloat32(0, rows * width), rows, width)))
        sae.dispose()
      }
      const [first, ...others] = found
      expect(first.indices.length).toBeGreaterThan(1000)
      for (const other of others) {
        for (const part of ['rowPtr', 'indices', 'values'] as const)
          expect(bytesEqual(other[part], first[part]), part).toBe(true)
      }
    })

    test('an SAE that subtracts b_dec from its input answers so when that is folded', async () => {
      const { arrays, x, expected, reconstruction } = makeCase({
        ...{ dIn: 77, dSae: 1003, dOut: 77, rows: 17, active: 'some' },
      })
      const { dIn, dSae, bEnc, bDec, wEnc } = arrays
      // The case's own b_enc, as a file of an SAE that subtracts has it.
      const unfolded = Float64Array.from(bEnc)
      for (let i = 0; i < dIn; i++) {
        for (let f = 0; f < dSae; f++) unfolded[f] += bDec[i] * wEnc[i * dSae + f]
      }
      expect(Math.max(...unfolded.map((value, f) => Math.abs(value - bEnc[f])))).toBeGreaterThan(0.1)
      const file = saeFile({ ...arrays, bEnc: Float32Array.from(unfolded) })
      const sae = await backend.open(foldDecoderBias(file, 'folded'), 'folded')
      const sparse = await sae.encode(cpu(x, 17, dIn))
      expectSameFeatures(sparse, expected)
      expectSameRows(await sae.decode(sparse), [...reconstruction], 17)
      sae.dispose()
    })

    test('the bundled SAEs answer as numpy does', async () => {
      const answers = await json<DemoAnswer[]>(readFile, '/tests/fixtures/demo/sae_expected.json')
      expect(answers.length).toBeGreaterThanOrEqual(4)
      const raw = await required(readFile, '/tests/fixtures/demo/activations.safetensors')
      const activations = await readSafetensors(memorySource('activations', raw))
      for (const answer of answers) {
        const x = await activation(activations, answer.hookIn)
        const target = await activation(activations, answer.hookOut)
        const file = await required(readFile, `/hub/${answer.repo}/${answer.path}`)
        const sae = await backend.open(await openArrays(answer.path, file), answer.source)
        const sparse = await sae.encode(cpu(x.data, x.rows, x.width))
        expectNearlySameFeatures(sparse, toSparse(answer.active, sae.dSae), sae.threshold)
        const fvu = fractionOfVarianceUnexplained(target.data, await sae.decode(sparse), x.rows, sae.dOut)
        expect(Math.abs(fvu - answer.fvu), `${answer.source}: FVU`).toBeLessThan(1e-4)
        expect(Math.abs(meanL0(sparse) - answer.l0), `${answer.source}: L0`).toBeLessThan(0.05)
        sae.dispose()
      }
    }, 120_000)
  })
}

/** What storing the weights as float16 may change on the bundled SAEs: little, and no more than stated here. */
export function describeFloat16Fidelity(float16: Backend, exact: Backend, readFile: ReadFile): void {
  // Binary16 rounds a weight by 2^-11 at most; a pre-activation is a sum of 128 such products, so its error is some
  // 2^-11 of the norms' product, and values near their threshold are a small part of that: 1e-3 in the mean.
  test('float16 weights change active values by less than 1e-3 and hardly any active set', async () => {
    const answers = await json<DemoAnswer[]>(readFile, '/tests/fixtures/demo/sae_expected.json')
    const raw = await required(readFile, '/tests/fixtures/demo/activations.safetensors')
    const activations = await readSafetensors(memorySource('activations', raw))
    for (const { source, repo, path, hookIn } of answers) {
      const { data, rows, width } = await activation(activations, hookIn)
      const file = await required(readFile, `/hub/${repo}/${path}`)
      const found: SparseRows[] = []
      for (const backend of [exact, float16]) {
        const sae = await backend.open(await openArrays(path, file), source)
        found.push(await sae.encode(cpu(data, rows, width)))
        sae.dispose()
      }
      let [jaccard, error, common] = [0, 0, 0]
      for (let t = 0; t < rows; t++) {
        const [a, b] = found.map((sparse) => rowMap(sparse, t))
        const both = [...a.keys()].filter((f) => b.has(f))
        jaccard += both.length / (a.size + b.size - both.length) / rows
        for (const f of both) error += Math.abs((b.get(f) ?? 0) / (a.get(f) ?? 0) - 1)
        common += both.length
      }
      expect(jaccard, `${source}: Jaccard`).toBeGreaterThan(0.99)
      expect(error / common, `${source}: mean relative error`).toBeLessThan(1e-3)
      expect(error, `${source}: float16 was in use`).toBeGreaterThan(0)
    }
  }, 120_000)
}

/**
 * Equal active sets and values within 1e-5, but for entries within 1e-5 of their threshold: trained SAEs on real
 * activations have some, and which side of it float32 lands on is chance.
 */
function expectNearlySameFeatures(found: SparseRows, expected: SparseRows, threshold: Float32Array): void {
  expect(found.rows).toBe(expected.rows)
  const wrong: string[] = []
  for (let t = 0; t < found.rows; t++) {
    const [left, right] = [rowMap(found, t), rowMap(expected, t)]
    for (const f of new Set([...left.keys(), ...right.keys()])) {
      const [value, wanted] = [left.get(f), right.get(f)]
      const one = value ?? wanted ?? Number.NaN
      const error = value !== undefined && wanted !== undefined ? value / wanted - 1 : one / threshold[f] - 1
      if (!(Math.abs(error) <= 1e-5)) wrong.push(`token ${t}, feature ${f}: ${value} for ${wanted}`)
    }
  }
  expect(wrong).toEqual([])
}

function rowMap(sparse: SparseRows, row: number): Map<number, number> {
  const map = new Map<number, number>()
  for (let i = sparse.rowPtr[row]; i < sparse.rowPtr[row + 1]; i++)
    map.set(sparse.indices[i], sparse.values[i])
  return map
}

function zip({ indices, values }: { indices: number[]; values: number[] }): [number, number][] {
  return indices.map((index, i) => [index, values[i]])
}

function toSparse(rows: [number, number][][], width: number): SparseRows {
  const rowPtr = new Uint32Array(rows.length + 1)
  rows.forEach((row, t) => {
    rowPtr[t + 1] = rowPtr[t] + row.length
  })
  const entries = rows.flat()
  return {
    rows: rows.length,
    width,
    rowPtr,
    indices: Uint32Array.from(entries, ([index]) => index),
    values: Float32Array.from(entries, ([, value]) => value),
  }
}

async function activation(file: ArrayFile, hook: string) {
  const entry = file.get(hook)
  if (!entry) throw new Error(`The fixture has no ${hook}.`)
  const [rows, width] = entry.shape
  return { rows, width, data: await entry.readFloat32(0, rows * width) }
}

function openArrays(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<ArrayFile> {
  const source = memorySource(path, bytes)
  return path.endsWith('.npz') ? readNpz(source) : readSafetensors(source)
}

async function required(readFile: ReadFile, path: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readFile(path)
  if (!bytes) throw new Error(`${path} is missing.`)
  return bytes
}

async function json<T>(readFile: ReadFile, path: string): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await required(readFile, path)))
}
