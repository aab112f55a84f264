// Which shape of the encode kernel an adapter is quickest with: a short measurement on made-up weights.
import { BufferGroup } from '../../gpu/buffers.ts'
import type { Gpu } from '../../gpu/device.ts'
import { bindBuffers, computePipeline } from '../../gpu/pipelines.ts'
import { underScope } from '../../gpu/scope.ts'
import { uniformBytes } from '../../gpu/uniforms.ts'
import { type BatchTile, ENCODE_PARAMS, type EncodeTiles, encodeKernel, type GemvTile } from './kernels.ts'

/** Sound everywhere; measured on SwiftShader, by the arithmetic of registers and bandwidth on hardware. */
export function defaultTiles({ software, device }: Gpu): EncodeTiles {
  if (!software) {
    return { gemv: { lanes: 32, slices: 8, columns: 1 }, batch: { shape: 'shared', tokens: 8, columns: 1 } }
  }
  const shape = device.features.has('subgroups') ? 'quad' : 'direct'
  return { gemv: { lanes: 16, slices: 1, columns: 4 }, batch: { shape, tokens: 16, columns: 2 } }
}

const GEMV_CANDIDATES: readonly GemvTile[] = [
  { lanes: 16, slices: 1, columns: 4 },
  { lanes: 64, slices: 1, columns: 1 },
  { lanes: 64, slices: 4, columns: 1 },
  { lanes: 32, slices: 8, columns: 1 },
  { lanes: 16, slices: 16, columns: 1 },
]

const BATCH_CANDIDATES: readonly BatchTile[] = [
  { shape: 'direct', tokens: 8, columns: 1 },
  { shape: 'direct', tokens: 8, columns: 2 },
  { shape: 'direct', tokens: 16, columns: 1 },
  { shape: 'direct', tokens: 16, columns: 2 },
  { shape: 'quad', tokens: 8, columns: 2 },
  { shape: 'quad', tokens: 16, columns: 2 },
  { shape: 'shared', tokens: 4, columns: 1 },
  { shape: 'shared', tokens: 4, columns: 2 },
  { shape: 'shared', tokens: 8, columns: 1 },
  { shape: 'shared', tokens: 8, columns: 2 },
]

/** Whether these shapes are of those tried here (all fit the least limits of WebGPU) and the adapter has their features. */
export function tilesFit({ gemv, batch }: EncodeTiles, { device }: Gpu): boolean {
  const tried = (candidates: readonly object[], tile: object): boolean =>
    candidates.some((candidate) => JSON.stringify(candidate) === JSON.stringify(tile))
  if (!tried(GEMV_CANDIDATES, gemv) || !tried(BATCH_CANDIDATES, batch)) return false
  return batch.shape !== 'quad' || device.features.has('subgroups')
}

/** Every shape there is, for tests that compile and run them all. */
export const ALL_TILES: readonly EncodeTiles[] = Array.from(
  { length: Math.max(GEMV_CANDIDATES.length, BATCH_CANDIDATES.length) },
  (_, i) => ({
    gemv: GEMV_CANDIDATES[i % GEMV_CANDIDATES.length],
    batch: BATCH_CANDIDATES[i % BATCH_CANDIDATES.length],
  }),
)

interface TileTiming<Tile> {
  tile: Tile
  /** Of the best of a few runs. */
  milliseconds: number
}

export interface Tuning {
  tiles: EncodeTiles
  gemv: TileTiming<GemvTile>[]
  batch: TileTiming<BatchTile>[]
}

/** Gemma 2 2B's width; the features are few on software adapters, and enough to fill a GPU elsewhere. */
const D_IN = 2304
const FEATURES = { software: 1024, hardware: 16_384 }
const GEMV_ROWS = 1
const BATCH_ROWS = 64
const REPEATS = 3

/** Measures the candidates: half a second to two on SwiftShader, less on a GPU. */
export async function tuneEncode(gpu: Gpu, signal?: AbortSignal): Promise<Tuning> {
  const { device } = gpu
  const features = FEATURES[gpu.software ? 'software' : 'hardware']
  const standard = defaultTiles(gpu)
  const group = new BufferGroup(device)
  try {
    const { STORAGE, COPY_DST, UNIFORM } = GPUBufferUsage
    const buffers = await underScope(device, 'Tuning', () => ({
      x: group.create('x', 4 * D_IN * BATCH_ROWS, STORAGE),
      rowOf: group.upload(
        'rowOf',
        Uint32Array.from({ length: 2 * BATCH_ROWS }, (_, i) => (i % 2 ? 0 : i / 2)),
        STORAGE,
      ),
      // Zeros take as long to multiply as anything else, and are never active.
      weights: group.create('weights', 4 * D_IN * features, STORAGE),
      gate: group.create('gate', 8 * features, STORAGE),
      counts: group.create('counts', 4 * BATCH_ROWS, STORAGE | COPY_DST),
      entries: group.create('entries', 8, STORAGE),
    }))
    const time = async (tiles: EncodeTiles, rows: number): Promise<number> => {
      const kernel = encodeKernel(rows, tiles, 'f32')
      const pipeline = await computePipeline(device, kernel.source)
      let best = Number.POSITIVE_INFINITY
      for (let run = 0; run < REPEATS; run++) {
        signal?.throwIfAborted()
        const started = performance.now()
        await underScope(device, 'Tuning', () => {
          const params = {
            rows,
            dIn4: D_IN / 4,
            features4: features / 4,
            features,
            firstFeature: 0,
            capacity: 0,
          }
          const uniform = group.upload('params', uniformBytes(ENCODE_PARAMS, params), UNIFORM)
          const resources = [
            uniform,
            buffers.x,
            buffers.rowOf,
            buffers.weights,
            buffers.gate,
            buffers.counts,
            buffers.entries,
          ]
          const commands = device.createCommandEncoder({ label: 'tuning' })
          const pass = commands.beginComputePass({ label: 'tuning' })
          pass.setPipeline(pipeline)
          const bound = resources.map((buffer) => ({ buffer }))
          pass.setBindGroup(0, bindBuffers(device, pipeline, bound))
          pass.dispatchWorkgroups(Math.ceil(features / 4 / kernel.columns), Math.ceil(rows / kernel.rows))
          pass.end()
          device.queue.submit([commands.finish()])
        })
        await device.queue.onSubmittedWorkDone()
        best = Math.min(best, performance.now() - started)
      }
      return best
    }
    const gemv: TileTiming<GemvTile>[] = []
    for (const tile of GEMV_CANDIDATES) {
      gemv.push({ tile, milliseconds: await time({ ...standard, gemv: tile }, GEMV_ROWS) })
    }
    const batch: TileTiming<BatchTile>[] = []
    for (const tile of BATCH_CANDIDATES) {
      const tiles = { ...standard, batch: tile }
      if (tilesFit(tiles, gpu)) batch.push({ tile, milliseconds: await time(tiles, BATCH_ROWS) })
    }
    return { tiles: { gemv: quickest(gemv), batch: quickest(batch) }, gemv, batch }
  } finally {
    group.destroy()
  }
}

function quickest<Tile>(timings: readonly TileTiming<Tile>[]): Tile {
  return timings.reduce((best, timing) => (timing.milliseconds < best.milliseconds ? timing : best)).tile
}
