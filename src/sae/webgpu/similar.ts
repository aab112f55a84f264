// The decoder rows nearest to one of them by cosine, found on the GPU range by range: k pairs are read back.
import { BufferGroup, readBack } from '../../gpu/buffers.ts'
import { computePipeline } from '../../gpu/pipelines.ts'
import { multiplyRows, uploadVectors } from '../../gpu/row-products.ts'
import { underScope } from '../../gpu/scope.ts'
import { uniformBytes } from '../../gpu/uniforms.ts'
import { norm } from '../../lib/vector.ts'
import type { Ranked } from '../sae.ts'
import type { Precision } from './kernels.ts'
import type { Lists } from './lists.ts'
import {
  addTopKPass,
  emptyLists,
  TOP_K_LISTS_PARAMS,
  TOP_K_SCORES_PARAMS,
  topKListsKernel,
  topKScoresKernel,
} from './top-k.ts'
import type { DecoderRange } from './weights.ts'

/** Scores of which one workgroup finds the k largest. */
const SEGMENT = 4096

export interface SimilarInput {
  /** Rows of W_dec, all of them over all ranges; a range is needed only until the next is asked for. */
  ranges: AsyncIterable<DecoderRange> | Iterable<DecoderRange>
  precision: Precision
  dSae: number
  /** Row f as it is stored, [dOut] */
  row: Float32Array
  f: number
}

/** What is best of the ranges so far. */
interface Running {
  entries: GPUBuffer
  count: number
  group: BufferGroup
}

/**
 * The k features (fewer where there are not as many others) whose decoder rows have the largest cosine with row f, f
 * itself left out. A row of zeros has cosine 0 with all.
 */
export async function similarOnGpu(
  device: GPUDevice,
  { ranges, precision, dSae, row, f }: SimilarInput,
  k: number,
  signal?: AbortSignal,
): Promise<Ranked> {
  const wanted = Math.min(k, dSae - 1)
  if (wanted < 1) return { indices: new Uint32Array(), values: new Float32Array() }
  const group = new BufferGroup(device)
  let running: Running | undefined
  try {
    const length = norm(row)
    const direction = row.map((value) => (length > 0 ? value / length : 0))
    const vectors = await underScope(device, 'Comparing decoder rows', () =>
      uploadVectors(direction, row.length, group),
    )
    for await (const range of ranges) {
      signal?.throwIfAborted()
      const passing = new BufferGroup(device)
      try {
        const scores = await underScope(device, 'Comparing decoder rows', () =>
          passing.create('cosines', 4 * range.features, GPUBufferUsage.STORAGE),
        )
        const rows = { matrix: range.decoder, rows: range.features, storage: precision }
        await multiplyRows(device, rows, vectors, { buffer: scores, stride: range.features, first: 0 }, true)
        const next = await merge(device, { ...range, scores, leftOut: f }, wanted, running, passing)
        running?.group.destroy()
        running = next
      } finally {
        passing.destroy()
      }
    }
    return running
      ? await readRanked(device, running)
      : { indices: new Uint32Array(), values: new Float32Array() }
  } finally {
    running?.group.destroy()
    group.destroy()
  }
}

interface ScoredRange {
  scores: GPUBuffer
  first: number
  features: number
  leftOut: number
}

/** The k best of the range's segments, then of those and the best so far. */
async function merge(
  device: GPUDevice,
  { scores, first, features, leftOut }: ScoredRange,
  k: number,
  before: Running | undefined,
  passing: BufferGroup,
): Promise<Running> {
  const ofScores = await computePipeline(device, topKScoresKernel())
  const ofLists = await computePipeline(device, topKListsKernel())
  const group = new BufferGroup(device)
  try {
    return await underScope(device, 'Comparing decoder rows', () => {
      const { UNIFORM, STORAGE } = GPUBufferUsage
      // Segments are no shorter than k, so that only the last one gives fewer than k, and all lie without gaps.
      const segment = Math.max(SEGMENT, k)
      const segments = Math.ceil(features / segment)
      const fromRange = (segments - 1) * k + Math.min(k, features - (segments - 1) * segment)
      const total = fromRange + (before?.count ?? 0)
      const candidates: Lists = { ...emptyLists(segments + 1, k, passing), rows: segments }
      const best = emptyLists(1, k, group)
      const scoresParams = { k, segment, length: features, first, leftOut }
      const listsParams = { k, capacity: total }
      const commands = device.createCommandEncoder({ label: 'similar' })
      addTopKPass(
        device,
        commands,
        ofScores,
        passing.upload('segment params', uniformBytes(TOP_K_SCORES_PARAMS, scoresParams), UNIFORM),
        candidates,
        [scores],
        passing,
      )
      if (before) {
        commands.copyBufferToBuffer(before.entries, 0, candidates.entries, 8 * fromRange, 8 * before.count)
      }
      addTopKPass(
        device,
        commands,
        ofLists,
        passing.upload('merge params', uniformBytes(TOP_K_LISTS_PARAMS, listsParams), UNIFORM),
        best,
        [passing.upload('candidate count', Uint32Array.of(total), STORAGE), candidates.entries],
        passing,
      )
      device.queue.submit([commands.finish()])
      return { entries: best.entries, count: Math.min(k, total), group }
    })
  } catch (error) {
    group.destroy()
    throw error
  }
}

async function readRanked(device: GPUDevice, { entries, count }: Running): Promise<Ranked> {
  const bytes = await readBack(device, [{ buffer: entries, offset: 0, bytes: 8 * count }])
  const words = new Uint32Array(bytes)
  const floats = new Float32Array(bytes)
  return {
    indices: Uint32Array.from({ length: count }, (_, i) => words[2 * i + 1]),
    values: Float32Array.from({ length: count }, (_, i) => floats[2 * i]),
  }
}
