// The SAE on the CPU: weights in wasm linear memory, SIMD kernels, no dense result.
import type { ArrayFile } from '../../formats/array.ts'
import type { Activations } from '../../lib/activations.ts'
import { serialQueue } from '../../lib/serial-queue.ts'
import { cosine } from '../../lib/vector.ts'
import {
  expectFeature,
  expectFiniteRows,
  expectLength,
  expectSkipInput,
  expectSparse,
  expectWidth,
} from '../checks.ts'
import { statisticsOfRows } from '../feature-statistics.ts'
import { Ranking } from '../ranked.ts'
import type { Sae } from '../sae.ts'
import { type ReadOptions, readSae, readSaeShape, type SaeShape } from '../weights.ts'
import { fetchKernels, instantiate } from './kernels.ts'
import { allocate, layOut, PANEL } from './memory.ts'
import { decode, encode, turns, type Wasm } from './run.ts'
import { startThreads, threadsAllowed } from './threads.ts'

/** Rows compared between looks at the clock. */
const TURN_ROWS = 256

/** Opens an SAE on the wasm backend. UserError when it does not fit into 4 GiB. */
export async function openWasmSae(
  file: ArrayFile,
  name: string,
  options: ReadOptions & { wasmModule?: WebAssembly.Module; threads?: number },
): Promise<Sae> {
  const shape = readSaeShape(file, name)
  const wanted = options.wasmModule
    ? 1
    : Math.min(threadsAllowed(), options.threads ?? Number.POSITIVE_INFINITY)
  const layout = layOut(shape, wanted)
  const module = options.wasmModule ?? (await fetchKernels(wanted > 1))
  const memory = allocate(layout.bytes, name, wanted > 1)
  const kernels = await instantiate(module, memory)
  const { dIn, dSae, dOut } = shape
  const { dOutStride } = layout
  const wEnc = new Float32Array(memory.buffer, layout.wEnc, layout.panels * PANEL * dIn)
  const wDec = new Float32Array(memory.buffer, layout.wDec, dSae * dOutStride)
  const skip = new Float32Array(memory.buffer, layout.skip, shape.hasSkip ? dIn * dOutStride : 0)

  const params = await readSae(
    file,
    name,
    {
      encoderRows: (block, first, rows) => fillPanels(wEnc, block, first, rows, shape),
      decoderRows: (block, first, rows) => fillRows(wDec, block, first, rows, dOut, dOutStride),
      skipRows: (block, first, rows) => fillRows(skip, block, first, rows, dOut, dOutStride),
    },
    options,
  )
  const padded = layout.panels * PANEL
  new Float32Array(memory.buffer, layout.bEnc, padded).set(params.bEnc)
  new Float32Array(memory.buffer, layout.threshold, padded)
    .fill(Number.POSITIVE_INFINITY)
    .set(params.threshold)
  new Float32Array(memory.buffer, layout.bDec, dOutStride).set(params.bDec)

  const inTurn = serialQueue()
  const threads = await startThreads(wanted, kernels, module, memory, layout.jobs)
  const state: Wasm = { kernels, memory, layout, params, threads }
  const checked = async (x: Activations): Promise<Float32Array> => {
    expectWidth(x.width, shape)
    const data = x.location === 'cpu' ? x.data : await x.download()
    expectLength(data, x.rows, x.width)
    expectFiniteRows(data, x.rows, x.width)
    return data
  }
  const encodeRows: Sae['encode'] = async (x, signal) => {
    const data = await checked(x)
    return inTurn(() => encode(state, data, x.rows, signal))
  }
  return {
    ...params,
    kind: 'wasm',
    precision: 'f32',
    memory: { bytes: layout.bytes, streamedRanges: 0 },
    encode: encodeRows,
    decode: async (sparse, { x, signal } = {}) => {
      expectSparse(sparse, dSae)
      const input = shape.hasSkip ? await checked(expectSkipInput(x, sparse)) : undefined
      return inTurn(() => decode(state, sparse, input, signal))
    },
    similar: async (f, k, signal) => {
      expectFeature(f, dSae)
      const row = (g: number): Float32Array => wDec.subarray(g * dOutStride, g * dOutStride + dOut)
      const ranking = new Ranking(k)
      const breathe = turns(signal)
      for (let g = 0; g < dSae; g++) {
        if (g % TURN_ROWS === 0) await breathe()
        // A row of zeros points nowhere: its cosine counts as 0.
        if (g !== f) ranking.offer(g, cosine(row(f), row(g)) || 0)
      }
      return ranking.ranked()
    },
    statistics: () => statisticsOfRows(dSae, encodeRows),
    encoderColumn: async (f) => {
      expectFeature(f, dSae)
      const start = Math.floor(f / PANEL) * dIn * PANEL + (f % PANEL)
      return Float32Array.from({ length: dIn }, (_, k) => wEnc[start + k * PANEL])
    },
    decoderRow: async (f) => {
      expectFeature(f, dSae)
      return wDec.slice(f * dOutStride, f * dOutStride + dOut)
    },
    // Memory is returned when the last reference to it goes.
    dispose: () => threads.end(),
  }
}

/** Rows of a matrix [.., dOut] go to rows of dOutStride. */
function fillRows(
  matrix: Float32Array,
  block: Float32Array,
  first: number,
  rows: number,
  dOut: number,
  dOutStride: number,
): void {
  for (let row = 0; row < rows; row++) {
    matrix.set(block.subarray(row * dOut, (row + 1) * dOut), (first + row) * dOutStride)
  }
}

/** Rows of W_enc in file order go to their places in the panels, [panels][dIn][PANEL]. */
function fillPanels(
  panels: Float32Array,
  block: Float32Array,
  first: number,
  rows: number,
  { dIn, dSae }: SaeShape,
): void {
  for (let feature = 0; feature < dSae; feature += PANEL) {
    const width = Math.min(PANEL, dSae - feature)
    let to = feature * dIn + first * PANEL
    let from = feature
    for (let row = 0; row < rows; row++) {
      for (let lane = 0; lane < width; lane++) panels[to + lane] = block[from + lane]
      to += PANEL
      from += dSae
    }
  }
}
