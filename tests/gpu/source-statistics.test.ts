// Statistics of the bundled sources in a real browser, against their definition over the whole matrices.
import { expect, test } from 'vitest'
import { Engine } from '../../src/engine/engine.ts'
import type { CatalogueEntry, Distribution } from '../../src/engine/protocol.ts'
import type { TaskContext } from '../../src/engine/tasks.ts'
import type { ArrayEntry } from '../../src/formats/array.ts'
import { readNpz } from '../../src/formats/npz.ts'
import { memorySource } from '../../src/lib/byte-source.ts'
import type { Progress } from '../../src/lib/progress.ts'

const HUB = new URL('/hub/', location.href).href
const LISTENERS = { onBackends: () => {}, onStorageNotice: () => {} }

const context = (onProgress: TaskContext['onProgress'] = () => {}): TaskContext => ({
  signal: new AbortController().signal,
  onProgress,
})

async function start(): Promise<Engine> {
  const engine = new Engine(HUB, LISTENERS)
  await engine.setBackends({ sae: 'wasm', model: 'wasm', precision: 'f32', gpuBudget: 4e9, weights: 'auto' })
  return engine
}

/** Values of every feature from the whole file, in float64. */
async function plain({ repo, path, width, dIn }: CatalogueEntry) {
  const response = await fetch(`${HUB}${repo}/${path}`)
  const file = await readNpz(memorySource(path, new Uint8Array(await response.arrayBuffer())))
  const whole = async (name: string): Promise<Float32Array> => {
    const array: ArrayEntry | undefined = file.get(name)
    if (!array) throw new Error(`${path} has no ${name}`)
    return array.readFloat32(
      0,
      array.shape.reduce((a, b) => a * b),
    )
  }
  const [wEnc, wDec, threshold] = [await whole('W_enc'), await whole('W_dec'), await whole('threshold')]
  const dOut = wDec.length / width
  const features = Array.from({ length: width }, (_, f) => {
    let [encoder, decoder, dot] = [0, 0, 0]
    for (let k = 0; k < dIn; k++) encoder += wEnc[k * width + f] ** 2
    for (let o = 0; o < dOut; o++) decoder += wDec[f * dOut + o] ** 2
    for (let k = 0; k < Math.min(dIn, dOut); k++) dot += wEnc[k * width + f] * wDec[f * dOut + k]
    return { encoder: Math.sqrt(encoder), decoder: Math.sqrt(decoder), dot }
  })
  return {
    threshold: [...threshold],
    encoderNorm: features.map(({ encoder }) => encoder),
    decoderNorm: features.map(({ decoder }) => decoder),
    cosine: features.map(({ encoder, decoder, dot }) => dot / (encoder * decoder)),
    bytes: 4 * (wEnc.length + wDec.length),
    sameWidth: dIn === dOut,
  }
}

function expectSummary(found: Distribution | undefined, values: number[], what: string): void {
  if (!found) throw new Error(`${what} is missing`)
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const expected = [sorted[0], (sorted[middle - 1] + sorted[middle]) / 2, mean, sorted[sorted.length - 1]]
  const figures = [found.min, found.median, found.mean, found.max]
  for (const [at, figure] of figures.entries()) {
    expect(Math.abs(figure - expected[at]), what).toBeLessThan(1e-12 * Math.max(1, Math.abs(expected[at])))
  }
  const { edges, counts } = found
  expect(counts.length, what).toBeGreaterThanOrEqual(1)
  const counted = counts.map(
    (_, bin) =>
      values.filter((v) => v >= edges[bin] && (v < edges[bin + 1] || bin === counts.length - 1)).length,
  )
  // Sums taken in another order may carry a feature over an edge.
  const moved = counts.reduce((sum, count, bin) => sum + Math.abs(count - counted[bin]), 0)
  expect(moved, what).toBeLessThanOrEqual(counts.length > 1 ? 4 : values.length)
  expect(
    counts.reduce((sum, count) => sum + count, 0),
    what,
  ).toBe(values.length)
}

test('every bundled source has the statistics its file gives by definition, and is read once', async () => {
  const engine = await start()
  const catalogue = await engine.catalogue()
  expect(catalogue.length).toBeGreaterThanOrEqual(4)
  for (const entry of catalogue) {
    await engine.open({ sae: entry.source }, context())
    const seen: Progress[] = []
    const found = await engine.features.statistics(context((progress) => seen.push(progress)))
    const expected = await plain(entry)
    expectSummary(found.threshold, expected.threshold, `${entry.source}: threshold`)
    expectSummary(found.encoderNorm, expected.encoderNorm, `${entry.source}: encoder norm`)
    expectSummary(found.decoderNorm, expected.decoderNorm, `${entry.source}: decoder norm`)
    expect(found.cosine !== undefined).toBe(expected.sameWidth)
    if (found.cosine) expectSummary(found.cosine, expected.cosine, `${entry.source}: cosine`)
    // Trained with its decoder rows kept at length 1.
    expect(Math.max(1 - found.decoderNorm.min, found.decoderNorm.max - 1)).toBeLessThan(1e-5)
    expect(seen.at(-1)).toMatchObject({ done: expected.bytes, total: expected.bytes, unit: 'bytes' })
    const again: Progress[] = []
    expect(await engine.features.statistics(context((progress) => again.push(progress)))).toEqual(found)
    expect(again).toEqual([])
  }
})

test('without an SAE it says so, and a cancelled reading starts anew when it is asked again', async () => {
  const engine = await start()
  await expect((async () => engine.features.statistics(context()))()).rejects.toThrow('No SAE is open')
  const [entry] = await engine.catalogue()
  await engine.open({ sae: entry.source }, context())
  const abort = new AbortController()
  const cancelled = engine.features.statistics({ signal: abort.signal, onProgress: () => abort.abort() })
  await expect(cancelled).rejects.toThrow(/abort/i)
  expect((await engine.features.statistics(context())).threshold.counts.length).toBe(50)
})
