// The map of the open source's features: computed by a worker of its own from decoder rows read in blocks, and kept in
// the browser, so that it is computed once.
import { proxy, releaseProxy, transfer, wrap } from 'comlink'
import { get, set } from 'idb-keyval'
import { UserError } from '../lib/errors.ts'
import { hex } from '../lib/hex.ts'
import type { OnProgress } from '../lib/progress.ts'
import { sampleOf, seededRandom } from '../lib/random.ts'
import { findArrays, readSae, readSaeShape } from '../sae/weights.ts'
import type { MapComputing, MapSettings } from './map.worker.ts'
import type { FeatureMap } from './map-results.ts'
import type { SaeFiles } from './sae-files.ts'
import type { TaskContext } from './tasks.ts'

/** What maps are kept under begins with this; then come `LAYOUT`, the source, and a print of its vectors. */
export const MAP_KEY = 'map '
/** Grows when the same source would get another map. */
const LAYOUT = 1
const SETTINGS = { seed: 20_240_814, neighbours: 12, minDist: 0.05 }
/** Few points have time to settle, as umap-learn gives them. */
const epochsFor = (points: number): number => (points <= 10_000 ? 500 : 200)
/** The library that places the points; a test compares it with the installed one. */
export const MAP_LIBRARY = 'umap-js 1.4.0'
/** Most features on a map: beyond, the search for neighbours takes minutes. */
const MOST = 32_768
/** Fewer features than this have no map. */
const FEWEST = 4

/** What computes, somewhere else; `end` stops it at whatever it is. */
export interface MapHelper {
  begin(room: number, width: number, seed: number): Promise<void>
  add(rows: Float32Array<ArrayBuffer>): Promise<void>
  compute(settings: MapSettings, onProgress: OnProgress): Promise<ReturnType<MapComputing['compute']>>
  end(): void
}

/** Where maps are kept between visits. */
export interface MapStore {
  get(key: string): Promise<FeatureMap | undefined>
  set(key: string, map: FeatureMap): Promise<void>
}

interface MapPlaces {
  start(): MapHelper
  store: MapStore
}

const browserStore: MapStore = { get: (key) => get(key), set: (key, map) => set(key, map) }

/**
 * The map of `files`, remembered or computed now; in the same browser the same for the same source. Rejects with a
 * UserError where it has too few features, and with an AbortError on the context's signal.
 */
export async function featureMapOf(
  files: Pick<SaeFiles, 'arrays' | 'path' | 'activation' | 'repo' | 'source'>,
  { signal, onProgress }: TaskContext,
  { start, store }: MapPlaces = { start: startHelper, store: browserStore },
): Promise<FeatureMap> {
  const key = await keyOf(files, signal)
  // Storage that is blocked: it is computed again next time.
  const remembered = await store.get(key).catch(() => undefined)
  if (isMap(remembered)) return remembered
  const helper = start()
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  aborted.catch(() => undefined)
  try {
    const map = await Promise.race([compute(files, helper, signal, onProgress), aborted])
    await store.set(key, map).catch(() => undefined)
    return map
  } finally {
    helper.end()
  }
}

/** Whether what was kept has the arrays of a map: an earlier version may have written something else. */
export function isMap(kept: unknown): kept is FeatureMap {
  if (typeof kept !== 'object' || kept === null) return false
  const { features, places, parameters, trust }: Partial<FeatureMap> = kept
  const arrays = features instanceof Uint32Array && places instanceof Float32Array
  return arrays && places.length === 2 * features.length && parameters !== undefined && trust !== undefined
}

async function compute(
  { arrays, path, activation }: Pick<SaeFiles, 'arrays' | 'path' | 'activation'>,
  helper: MapHelper,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<FeatureMap> {
  const began = performance.now()
  const { dSae, dOut } = readSaeShape(arrays, path)
  const sample = sampleOf(dSae, MOST, seededRandom(SETTINGS.seed))
  const features = new Uint32Array(sample.length)
  let count = 0
  let next = 0
  // Only the helper holds the rows, in 8 bits. Rows of zeros have no direction.
  await helper.begin(sample.length, dOut, SETTINGS.seed)
  const decoderRows = async (
    block: Float32Array<ArrayBuffer>,
    first: number,
    rows: number,
  ): Promise<void> => {
    const taken = new Float32Array(rows * dOut)
    let filled = 0
    for (; next < sample.length && sample[next] < first + rows; next += 1) {
      const from = (sample[next] - first) * dOut
      const row = block.subarray(from, from + dOut)
      if (row.every((value) => value === 0)) continue
      taken.set(row, filled * dOut)
      features[count] = sample[next]
      filled += 1
      count += 1
    }
    if (filled > 0) await helper.add(taken.slice(0, filled * dOut))
  }
  const reading: OnProgress = (progress) => onProgress({ ...progress, label: 'Reading decoder directions' })
  await readSae(arrays, path, { decoderRows }, { activation, signal, onProgress: reading })
  if (count < FEWEST) {
    throw new UserError({
      title: 'There is no map of so few features.',
      detail: `${path} has ${count} features with a direction; a map takes ${FEWEST}.`,
      remedy: 'Look at the list of its features.',
    })
  }
  const settings = { ...SETTINGS, epochs: epochsFor(count) }
  const { places, searchWidth, trust } = await helper.compute(settings, onProgress)
  return {
    ...{ features: features.slice(0, count), places, dSae },
    ...{ zero: sample.length - count, sampled: dSae > sample.length },
    parameters: { ...settings, width: dOut, searchWidth, library: MAP_LIBRARY },
    ...{ trust, milliseconds: performance.now() - began, made: Date.now() },
  }
}

function startHelper(): MapHelper {
  const worker = new Worker(new URL('./map.worker.ts', import.meta.url), { type: 'module', name: 'map' })
  const computing = wrap<MapComputing>(worker)
  const failed = new Promise<never>((_, reject) => {
    worker.addEventListener('error', ({ message }) => reject(new Error(`The map failed: ${message}`)))
  })
  failed.catch(() => undefined)
  return {
    begin: (room, width, seed) => Promise.race([computing.begin(room, width, seed), failed]),
    add: (rows) => Promise.race([computing.add(transfer(rows, [rows.buffer])), failed]),
    compute: (settings, onProgress) => Promise.race([computing.compute(settings, proxy(onProgress)), failed]),
    end: () => {
      computing[releaseProxy]()
      worker.terminate()
    },
  }
}

/** Names the source, however its file is called elsewhere: two vectors of it tell apart what has the same name. */
async function keyOf(
  { arrays, path, repo, source }: Pick<SaeFiles, 'arrays' | 'path' | 'repo' | 'source'>,
  signal: AbortSignal,
): Promise<string> {
  const { dSae, dOut } = readSaeShape(arrays, path)
  const { b_enc, b_dec } = findArrays(arrays, path)
  const [encoder, decoder] = await Promise.all([
    b_enc.readFloat32(0, dSae, signal),
    b_dec.readFloat32(0, dOut, signal),
  ])
  const both = new Float32Array(dSae + dOut)
  both.set(encoder)
  both.set(decoder, dSae)
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', both))
  const print = hex(hash.subarray(0, 8))
  return `${MAP_KEY}${LAYOUT} ${repo}/${path} ${source} ${print}`
}
