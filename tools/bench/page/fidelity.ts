// What storing the weights in fewer bits does to the answers: float16 as the WebGPU backend stores it, int8 with one
// scale a feature as it would be stored, both against float32.
import type { ArrayEntry, ArrayFile } from '../../../src/formats/array.ts'
import { readNpz } from '../../../src/formats/npz.ts'
import { readSafetensors } from '../../../src/formats/safetensors.ts'
import type { Gpu } from '../../../src/gpu/device.ts'
import type { Activations } from '../../../src/lib/activations.ts'
import { memorySource } from '../../../src/lib/byte-source.ts'
import { meanL0, type SparseRows } from '../../../src/lib/sparse-rows.ts'
import { fractionOfVarianceUnexplained } from '../../../src/sae/metrics.ts'
import { openSae, type Sae } from '../../../src/sae/sae.ts'
import activationsUrl from '../../../tests/fixtures/demo/activations.safetensors?url'
import answersUrl from '../../../tests/fixtures/demo/sae_expected.json?url'
import type { FidelityRow } from '../cases.ts'
import { activations, type Shape, virtualSae } from '../data.ts'

interface Sample {
  source: string
  file: ArrayFile
  x: Activations & { location: 'cpu' }
  /** What the decoder should give, [rows, dOut]. */
  target: Float32Array
}

/** The bundled SAEs on the hundred tokens of tests/fixtures/demo. */
export async function fidelityBundled(gpu: Gpu): Promise<FidelityRow[]> {
  const answers: { source: string; repo: string; path: string; hookIn: string; hookOut: string }[] = await (
    await fetch(answersUrl)
  ).json()
  const raw = await bytesOf(activationsUrl)
  const hooks = await readSafetensors(memorySource('activations', raw))
  const rows: FidelityRow[] = []
  for (const { source, repo, path, hookIn, hookOut } of answers) {
    const bytes = await bytesOf(`/hub/${repo}/${path}`)
    const file = await readNpz(memorySource(path, bytes))
    const [x, y] = [await whole(hooks, hookIn), await whole(hooks, hookOut)]
    const sample: Sample = {
      source,
      file,
      x: { location: 'cpu', rows: x.shape[0], width: x.shape[1], data: x.data },
      target: y.data,
    }
    rows.push(...(await compareStorages(gpu, sample)))
  }
  return rows
}

/** Made-up weights of a real size, with a first token as far out as <bos> is in a real residual stream. */
export async function fidelitySynthetic(gpu: Gpu, shape: Shape): Promise<FidelityRow[]> {
  const data = activations(shape)
  // One dimension alone carries most of the norm of <bos>: hundreds of standard deviations of the others.
  data[shape.dIn >> 1] = 400
  const x = { location: 'cpu' as const, rows: shape.tokens, width: shape.dIn, data }
  const sample = {
    source: `synthetic ${shape.dIn} × ${shape.dSae}`,
    file: virtualSae(shape),
    x,
    target: data,
  }
  return compareStorages(gpu, sample)
}

async function compareStorages(gpu: Gpu, sample: Sample): Promise<FidelityRow[]> {
  const exact = await answerOf(await openSae(sample.file, sample.source, { kind: 'wasm' }), sample)
  const float16 = await openSae(sample.file, sample.source, { kind: 'webgpu', gpu, precision: 'f16' })
  const int8 = await openSae(await toInt8(sample.file), sample.source, { kind: 'wasm' })
  return [
    compare(sample, 'float16', exact, await answerOf(float16, sample)),
    compare(sample, 'int8', exact, await answerOf(int8, sample)),
  ]
}

interface Answer {
  sparse: SparseRows
  fvu: number
}

async function answerOf(sae: Sae, { x, target }: Sample): Promise<Answer> {
  const sparse = await sae.encode(x)
  const y = await sae.decode(sparse, { x })
  const fvu = fractionOfVarianceUnexplained(target, y, x.rows, sae.dOut)
  sae.dispose()
  return { sparse, fvu }
}

function compare(
  { source, x }: Sample,
  storage: FidelityRow['storage'],
  exact: Answer,
  stored: Answer,
): FidelityRow {
  let [error, worstError, common, changed, jaccard] = [0, 0, 0, 0, 0]
  for (let t = 0; t < x.rows; t++) {
    const a = rowOf(exact.sparse, t)
    const b = rowOf(stored.sparse, t)
    let both = 0
    for (const [f, value] of a) {
      const other = b.get(f)
      if (other === undefined) continue
      both += 1
      error += Math.abs(other - value) / value
      worstError = Math.max(worstError, Math.abs(other - value) / value)
    }
    const either = a.size + b.size - both
    common += both
    changed += either - both
    jaccard += either === 0 ? 1 : both / either
  }
  return {
    ...{ source, storage, tokens: x.rows, l0: meanL0(exact.sparse) },
    ...{ meanError: error / common, worstError, jaccard: jaccard / x.rows },
    changed: changed / exact.sparse.indices.length,
    ...{ fvu: exact.fvu, fvuStored: stored.fvu },
  }
}

function rowOf({ rowPtr, indices, values }: SparseRows, t: number): Map<number, number> {
  const row = new Map<number, number>()
  for (let i = rowPtr[t]; i < rowPtr[t + 1]; i++) row.set(indices[i], values[i])
  return row
}

/** The file with both matrices rounded to 127 steps of each feature's largest weight. */
async function toInt8(file: ArrayFile): Promise<ArrayFile> {
  const changed = new Map(file)
  for (const [name, entry] of file) {
    if (entry.shape.length !== 2 || !/^w_(enc|dec)$/i.test(name)) continue
    const [rows, width] = entry.shape
    const data = await entry.readFloat32(0, rows * width)
    const features = /enc/i.test(name) ? width : rows
    const largest = new Float32Array(features)
    const featureAt = (i: number): number => (features === width ? i % width : Math.floor(i / width))
    for (let i = 0; i < data.length; i++) {
      const f = featureAt(i)
      largest[f] = Math.max(largest[f], Math.abs(data[i]))
    }
    for (let i = 0; i < data.length; i++) {
      const step = largest[featureAt(i)] / 127
      data[i] = step > 0 ? Math.round(data[i] / step) * step : 0
    }
    const readFloat32: ArrayEntry['readFloat32'] = async (first, count) => data.slice(first, first + count)
    changed.set(name, { ...entry, readFloat32 })
  }
  return changed
}

async function whole(
  file: ArrayFile,
  name: string,
): Promise<{ shape: readonly number[]; data: Float32Array }> {
  const entry = file.get(name)
  if (!entry) throw new Error(`There is no ${name}.`)
  return { shape: entry.shape, data: await entry.readFloat32(0, entry.shape[0] * entry.shape[1]) }
}

async function bytesOf(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(path)
  if (!response.ok) throw new Error(`${path} answered ${response.status}.`)
  return new Uint8Array(await response.arrayBuffer())
}
