// One layer, run by the page's own graph and by the one with fused attention, on the same weights and tokens.
import type { InferenceSession, Tensor } from 'onnxruntime-web'
import { requestGpu } from '../../../../src/gpu/device.ts'
import { type GemmaConfig, hookWidth } from '../../../../src/model/config.ts'
import { BLOCK_INPUTS, buildBlockGraph } from '../../../../src/model/graph.ts'
import { createGpuSession, createWasmSession, loadOrt, type Ort } from '../../../../src/model/ort.ts'
import { attentionMask, rotaryTable } from '../../../../src/model/rotary.ts'
import type { Effort } from '../../cases.ts'
import { normals } from '../../data.ts'
import type { LayerCase, LayerGraph, PrefillAnswer } from '../../model-cases.ts'
import { buildFusedGraph, FUSED_INPUTS } from './fused.ts'
import { layerWeights, oneLayer, type PlacedTensor, placedTensors } from './layer.ts'

const OUTPUT = 'hook_resid_post'
/** Of the residual stream's made-up numbers. */
const SEED = 11

/** Times every graph asked for, and compares what they give. */
export async function prefill(
  { configJson, backend, precision, tokens }: LayerCase,
  graphs: readonly LayerGraph[],
  effort: Effort,
): Promise<PrefillAnswer> {
  const config = oneLayer(configJson, tokens)
  const tensors = await placedTensors(config, layerWeights(config), precision)
  const gpu = backend === 'webgpu' ? await requestGpu() : undefined
  if (backend === 'webgpu' && !gpu) throw new Error('This browser has no WebGPU adapter.')
  const ort = await loadOrt(backend)
  const fixed = gpu ? onGpu(ort, gpu.device, tensors) : {}
  const opened: Opened[] = []
  for (const graph of graphs) {
    const bytes = graphOf(graph, config, precision, gpu ? 'input' : 'external')
    const files = tensors.map(({ name, bytes: data }) => ({ path: name, data }))
    const session = gpu
      ? await createGpuSession(ort, bytes, gpu.device)
      : await createWasmSession(ort, bytes, files)
    opened.push({ graph, session, feeds: { ...fixed, ...feedsOf(graph, ort, config, tokens) } })
  }
  const { times, outputs } = await inTurns(opened, effort)
  const [fused, ours] = [outputs.get('fused'), outputs.get('ours, no cap')]
  const expected = tokens * hookWidth(config, OUTPUT)
  for (const [graph, { length }] of outputs) {
    if (length !== expected) throw new Error(`${graph} gave ${length} numbers, not ${expected}`)
  }
  return {
    times,
    apart: fused && ours ? apart(fused, ours) : undefined,
    hidden: config.hiddenSize,
    adapter: gpu?.name ?? 'CPU',
  }
}

interface Opened {
  graph: LayerGraph
  session: InferenceSession
  feeds: Record<string, Tensor>
}

/** Round by round, one run of each graph: what else the machine does falls on all. The first round is not counted. */
async function inTurns(
  opened: readonly Opened[],
  { repetitions, cap }: Effort,
): Promise<{ times: PrefillAnswer['times']; outputs: Map<LayerGraph, Float32Array> }> {
  const times: PrefillAnswer['times'] = {}
  const outputs = new Map<LayerGraph, Float32Array>()
  const begun = performance.now()
  for (let round = 0; round <= repetitions; round += 1) {
    if (round > 1 && performance.now() - begun > cap) break
    for (const { graph, session, feeds } of opened) {
      const started = performance.now()
      outputs.set(graph, await run(session, feeds))
      if (round > 0) times[graph] = [...(times[graph] ?? []), performance.now() - started]
    }
  }
  return { times, outputs }
}

async function run(session: InferenceSession, feeds: Record<string, Tensor>): Promise<Float32Array> {
  const { [OUTPUT]: output } = await session.run(feeds, [OUTPUT])
  const data = await output.getData()
  output.dispose()
  if (!(data instanceof Float32Array)) throw new Error('onnxruntime gave no float32')
  return data
}

function graphOf(
  graph: LayerGraph,
  config: GemmaConfig,
  precision: LayerCase['precision'],
  weights: 'input' | 'external',
): Uint8Array {
  if (graph === 'fused') return buildFusedGraph(config, { weights, precision })
  const asked = graph === 'ours' ? config : { ...config, attnLogitSoftcapping: undefined }
  return buildBlockGraph(asked, { until: OUTPUT, weights, precision })
}

/** What a graph is fed beside its weights, with a made-up residual stream; no window. */
export function feedsOf(
  graph: LayerGraph,
  ort: Ort,
  config: GemmaConfig,
  tokens: number,
): Record<string, Tensor> {
  const { hiddenSize, headDim, layers } = config
  const tensor = (data: Float32Array<ArrayBuffer>, width: number): Tensor =>
    new ort.Tensor('float32', data, [tokens, width])
  const residual = tensor(normals(SEED, 0, tokens * hiddenSize, 1), hiddenSize)
  const { cos, signedSin } = rotaryTable(tokens, headDim, layers[0].ropeTheta)
  if (graph === 'fused') {
    const half = headDim / 2
    return {
      [FUSED_INPUTS.residual]: residual,
      [FUSED_INPUTS.cos]: tensor(lastHalves(cos, half), half),
      [FUSED_INPUTS.sin]: tensor(lastHalves(signedSin, half), half),
    }
  }
  return {
    [BLOCK_INPUTS.residual]: residual,
    [BLOCK_INPUTS.cos]: tensor(cos, headDim),
    [BLOCK_INPUTS.sin]: tensor(signedSin, headDim),
    [BLOCK_INPUTS.mask]: tensor(attentionMask(tokens), tokens),
  }
}

/** The second half of every row: the one whose sines are not negated. */
function lastHalves(rows: Float32Array<ArrayBuffer>, half: number): Float32Array<ArrayBuffer> {
  return rows.filter((_, i) => i % (2 * half) >= half)
}

function onGpu(ort: Ort, device: GPUDevice, tensors: readonly PlacedTensor[]): Record<string, Tensor> {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC
  return Object.fromEntries(
    tensors.map(({ name, bytes, type, dims }) => {
      const buffer = device.createBuffer({ size: bytes.length, usage })
      device.queue.writeBuffer(buffer, 0, bytes)
      return [name, ort.Tensor.fromGpuBuffer(buffer, { dataType: type, dims })]
    }),
  )
}

/** Largest |difference| / largest |value|. */
function apart(a: Float32Array, b: Float32Array): number {
  let [difference, value] = [0, 0]
  for (let i = 0; i < a.length; i += 1) {
    difference = Math.max(difference, Math.abs(a[i] - b[i]))
    value = Math.max(value, Math.abs(b[i]))
  }
  return difference / value
}
