// One layer of real shapes at every precision, on both backends: how far each hook is from float32 on wasm, and what
// that changes in the features of a made-up SAE of 16k.
import { requestGpu } from '../../../../src/gpu/device.ts'
import type { HookSite } from '../../../../src/lib/hook.ts'
import { WEIGHT_PRECISIONS, type WeightPrecision } from '../../../../src/lib/weight-precision.ts'
import { type GemmaConfig, hookWidth } from '../../../../src/model/config.ts'
import { EmbeddingRows } from '../../../../src/model/embedding-rows.ts'
import { openModel } from '../../../../src/model/forward.ts'
import { BLOCK_INPUTS, buildBlockGraph, SITES } from '../../../../src/model/graph.ts'
import { createWasmSession, loadOrt } from '../../../../src/model/ort.ts'
import { openSae, type Sae } from '../../../../src/sae/sae.ts'
import { virtualSae } from '../../data.ts'
import type { Backend, HookError } from '../../model-cases.ts'
import { Agreement } from '../agreement.ts'
import { layerWeights, oneLayer, placedTensors } from './layer.ts'
import { feedsOf } from './prefill.ts'

const FEATURES = 16_384

type BySite = ReadonlyMap<HookSite, Float32Array>

/**
 * `tokens` by backend: the later ones of wasm see the earlier and not the other way round, so that fewer tokens on
 * WebGPU are the first rows of the same text.
 */
export async function layerPrecision(
  configJson: unknown,
  tokens: Readonly<Record<Backend, number>>,
): Promise<HookError[]> {
  const config = oneLayer(configJson, tokens.wasm)
  const gpu = await requestGpu()
  const exact = await exactOnWasm(config, tokens.wasm)
  const features = new Features(exact, config)
  const errors: HookError[] = []
  for (const backend of ['wasm', 'webgpu'] as const) {
    for (const weights of WEIGHT_PRECISIONS) {
      if (backend === 'wasm' && weights === 'f32') continue
      if (backend === 'webgpu' && (!gpu || (weights === 'f16' && !gpu.device.features.has('shader-f16'))))
        continue
      const rough = await activations(
        config,
        weights,
        tokens[backend],
        backend === 'webgpu' ? gpu?.device : undefined,
      )
      for (const site of SITES) {
        const [a, b] = [exact.get(site), rough.get(site)]
        if (!a || !b) throw new Error(`${site} was not computed`)
        const agreement = backend === 'wasm' ? await features.compare(site, b) : undefined
        errors.push({ backend, weights, site, error: distance(b, a), features: agreement })
      }
    }
  }
  features.dispose()
  return errors
}

/** In a session of its own: the page refuses to hand so large a layer to WebAssembly in float32. */
async function exactOnWasm(config: GemmaConfig, tokens: number): Promise<BySite> {
  const weights = layerWeights(config)
  const ort = await loadOrt('wasm')
  const graph = buildBlockGraph(config, { until: 'hook_resid_post', weights: 'external', precision: 'f32' })
  const tensors = await placedTensors(config, weights, 'f32')
  const files = tensors.map(({ name, bytes }) => ({ path: name, data: bytes }))
  const session = await createWasmSession(ort, graph, files)
  const embedded = await new EmbeddingRows({ config, weights }).gather(idsOf(tokens))
  const residual = new ort.Tensor('float32', embedded, [tokens, config.hiddenSize])
  const feeds = { ...feedsOf('ours', ort, config, tokens), [BLOCK_INPUTS.residual]: residual }
  const outputs = await session.run(feeds, [...SITES])
  const values = await Promise.all(
    SITES.map(async (site): Promise<[HookSite, Float32Array]> => {
      const data = await outputs[site].getData()
      if (!(data instanceof Float32Array)) throw new Error('onnxruntime gave no float32')
      return [site, data]
    }),
  )
  await session.release()
  return new Map(values)
}

/** The made-up text: every word once. */
function idsOf(tokens: number): number[] {
  return Array.from({ length: tokens }, (_, id) => id)
}

/** Activations of the made-up text at every site; with a device on WebGPU. */
async function activations(
  config: GemmaConfig,
  precision: WeightPrecision,
  tokens: number,
  device?: GPUDevice,
): Promise<BySite> {
  const backend = device ? 'webgpu' : 'wasm'
  const model = openModel({ config, weights: layerWeights(config), backend, device, precision })
  const hooks = SITES.map((site) => `blocks.0.${site}` as const)
  const outputs = await model.forward(idsOf(tokens), hooks)
  const values = new Map<HookSite, Float32Array>()
  for (const [at, hook] of hooks.entries()) {
    const output = outputs.get(hook)
    if (!output) throw new Error(`${hook} was not computed`)
    values.set(SITES[at], output.location === 'gpu' ? await output.download() : output.data)
    if (output.location === 'gpu') output.release()
  }
  model.dispose()
  return values
}

/** ‖actual − expected‖ / ‖expected‖ over the rows that both have. */
function distance(actual: Float32Array, expected: Float32Array): number {
  let [difference, length] = [0, 0]
  for (let i = 0; i < actual.length; i += 1) {
    difference += (actual[i] - expected[i]) ** 2
    length += expected[i] ** 2
  }
  return Math.sqrt(difference / length)
}

/** Features at float32 and of rounded weights, both of rows divided by the root mean square of float32's. */
class Features {
  readonly #exact: BySite
  readonly #config: GemmaConfig
  readonly #saes = new Map<number, Promise<Sae>>()

  constructor(exact: BySite, config: GemmaConfig) {
    this.#exact = exact
    this.#config = config
  }

  /** Undefined at the one site whose SAEs, transcoders, read something else than they write. */
  async compare(site: HookSite, rough: Float32Array): Promise<HookError['features']> {
    const exact = this.#exact.get(site)
    if (site === 'ln2.hook_normalized' || !exact) return undefined
    const width = hookWidth(this.#config, site)
    const rows = exact.length / width
    const sae = await this.#sae(width)
    const encode = (values: Float32Array) =>
      sae.encode({ location: 'cpu', rows, width, data: levelled(values, exact, width) })
    const agreement = new Agreement()
    agreement.add(await encode(exact), await encode(rough), [])
    return agreement.result()
  }

  dispose(): void {
    for (const opened of this.#saes.values()) void opened.then((sae) => sae.dispose())
  }

  #sae(dIn: number): Promise<Sae> {
    const opened =
      this.#saes.get(dIn) ?? openSae(virtualSae({ dIn, dSae: FEATURES }), 'made up', { kind: 'wasm' })
    this.#saes.set(dIn, opened)
    return opened
  }
}

function levelled(values: Float32Array, exact: Float32Array, width: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length)
  for (let row = 0; row < values.length; row += width) {
    let squares = 0
    for (let i = row; i < row + width; i += 1) squares += exact[i] ** 2
    const level = Math.sqrt(squares / width)
    for (let i = row; i < row + width; i += 1) out[i] = values[i] / level
  }
  return out
}
