// What the page of the model's benchmarks is asked and what it answers; shared by the page and the scripts that drive it.
import type { HookSite } from '../../src/lib/hook.ts'
import type { WeightPrecision } from '../../src/lib/weight-precision.ts'
import type { Effort } from './cases.ts'

export type Backend = 'wasm' | 'webgpu'

/** One layer's shapes: a model's config.json, as published. */
export interface LayerCase {
  configJson: unknown
  backend: Backend
  precision: WeightPrecision
  tokens: number
}

/** `ours` as the page runs it; `ours, no cap` without the soft-cap on scores, which `fused` cannot have. */
export type LayerGraph = 'ours' | 'ours, no cap' | 'fused'

export interface PrefillAnswer {
  /** Milliseconds of each counted run of a graph, its output read back. */
  times: Partial<Record<LayerGraph, number[]>>
  /** Largest |difference| / largest |value| of the fused graph's residual stream and ours without the cap. */
  apart: number | undefined
  /** Width of the residual stream. */
  hidden: number
  adapter: string
}

export interface QuantiseAnswer {
  /** Bytes of the checkpoint's layer. */
  bytes: number
  /** Milliseconds of each repetition: the file's bytes fetched whole, and the layer's tensors streamed, nothing done. */
  fetch: number[]
  read: number[]
  /** Read, packed and placed, by precision; and the same from memory. */
  loaded: Record<WeightPrecision, number[]>
  packed: Record<WeightPrecision, number[]>
}

export interface HookError {
  backend: Backend
  weights: WeightPrecision
  site: HookSite
  /** ‖difference‖ / ‖value‖ against float32 on wasm. */
  error: number
  /** Undefined at sites that no SAE of the residual stream, attention or MLP reads, and for too few tokens. */
  features: FeatureAgreement | undefined
}

export interface FeatureAgreement {
  /** Mean number of active features a token at float32. */
  l0: number
  tokens: number
  /** Of the sets of (token, feature). */
  jaccard: number
  /** Pairs of a token's ten strongest features at float32 that are in the same order, of all such pairs. */
  order: number
  /** Tokens whose strongest feature is the same. */
  sameTop: number
}

/** What a ready choice asks of the network, as the page plans it. */
export interface PlannedChoice {
  name: string
  model: string
  repo: string
  layers: number
  /** What is taken on the CPU where a person chooses nothing. */
  precision: WeightPrecision
  /** Bytes: of the checkpoint, of one token's embedding, of the tokenizer, and of the SAE. */
  download: number
  embeddingRow: number
  tokenizer: number
  sae: number
  features: number
  /** Milliseconds in which the model was opened: headers read, tokenizer fetched and parsed. */
  opening: number
}

/** `window.modelBench`. */
export interface ModelPage {
  prefill(layer: LayerCase, graphs: readonly LayerGraph[], effort: Effort): Promise<PrefillAnswer>
  /** `hub` is the address of the model's safetensors file. */
  quantise(hub: string, configJson: unknown, repetitions: number): Promise<QuantiseAnswer>
  precision(configJson: unknown, tokens: { wasm: number; webgpu: number }): Promise<HookError[]>
  /** Every ready choice on the CPU, from a hub. */
  planned(endpoint: string): Promise<PlannedChoice[]>
  /** Milliseconds of each encode of made-up activations on wasm. */
  encode(dIn: number, dSae: number, tokens: number, effort: Effort): Promise<number[]>
}
