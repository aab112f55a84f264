// Reads one layer of a checkpoint from a hub, with nothing done, and packed at every precision.
import { expose } from 'comlink'
import type { ArrayFile } from '../../../../src/formats/array.ts'
import { elementCount } from '../../../../src/formats/array.ts'
import { readSafetensors } from '../../../../src/formats/safetensors.ts'
import { openHttpSource } from '../../../../src/hub/http-source.ts'
import { atOnce } from '../../../../src/lib/at-once.ts'
import { WEIGHT_PRECISIONS, type WeightPrecision } from '../../../../src/lib/weight-precision.ts'
import { parseGemmaConfig } from '../../../../src/model/config.ts'
import { packedLayer } from '../../../../src/model/packed-layer.ts'
import type { QuantiseAnswer } from '../../model-cases.ts'
import { layerBytesOf, layerWeights, placedTensors, WEIGHTS_AT_ONCE } from './layer.ts'

async function quantise(address: string, configJson: unknown, repetitions: number): Promise<QuantiseAnswer> {
  const config = parseGemmaConfig(configJson)
  const onHub = await readSafetensors(await openHttpSource(address))
  const inMemory = layerWeights(config)
  const bytes = layerBytesOf(config)
  const none = (): Record<WeightPrecision, number[]> => ({ f32: [], f16: [], q8: [], q4: [] })
  const answer: QuantiseAnswer = { bytes, fetch: [], read: [], loaded: none(), packed: none() }
  const entries = packedLayer({ config, weights: onHub }, 0, 'f32').weights.map(({ entry }) => entry)
  // Round by round, so that what else the machine does falls on all of them; the first only warms up.
  for (let round = 0; round <= repetitions; round += 1) {
    const keep = (times: number[], time: number): void => {
      if (round > 0) times.push(time)
    }
    keep(answer.fetch, await timed(() => fetchBytes(address, bytes)))
    keep(
      answer.read,
      await timed(async () => {
        await atOnce(entries, WEIGHTS_AT_ONCE, async (entry, signal) =>
          entry.stream?.(0, elementCount(entry.shape), () => undefined, signal),
        )
      }),
    )
    for (const precision of WEIGHT_PRECISIONS) {
      const load = (weights: ArrayFile) => timed(() => placedTensors(config, weights, precision))
      keep(answer.loaded[precision], await load(onHub))
      keep(answer.packed[precision], await load(inMemory))
    }
  }
  return answer
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

/** As many bytes of the file as the layer has, in one request. */
async function fetchBytes(address: string, bytes: number): Promise<void> {
  const response = await fetch(address, {
    headers: { Range: `bytes=0-${bytes - 1}` },
    cache: 'no-store',
  })
  const { byteLength } = await response.arrayBuffer()
  if (byteLength !== bytes) throw new Error(`${address}: ${byteLength} bytes of ${bytes}`)
}

const api = { quantise }
export type QuantiseWorker = typeof api
expose(api)
