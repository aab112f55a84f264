// What a plan says of real sizes, from shapes alone: bytes to fetch, bytes held, and what is refused with the reason.
import { expect, test } from 'vitest'
import type { ArrayEntry } from '../../src/formats/array.ts'
import type { HookSite } from '../../src/lib/hook.ts'
import { WEIGHT_PRECISIONS, type WeightPrecision } from '../../src/lib/weight-precision.ts'
import { parseGemmaConfig } from '../../src/model/config.ts'
import { type BackendFacts, expectRoom, type Held, planLoad } from '../../src/model/load-plan.ts'
import { packedLayer } from '../../src/model/packed-layer.ts'
import { type BlockWeight, weightsBefore } from '../../src/model/weights.ts'
import { AWKWARD, AWKWARD_3, type ReferenceConfig, tensors } from '../support/gemma-reference.ts'

const GPU: BackendFacts = { backend: 'webgpu', largestBinding: 2 ** 31, float16: true }
const WASM: BackendFacts = { backend: 'wasm' }

/** Layers, hidden, heads, kv heads, head_dim, intermediate, as published. */
const MODELS = {
  'Gemma 2 2B': sizes(AWKWARD, [26, 2304, 8, 4, 256, 9216]),
  'Gemma 2 9B': sizes(AWKWARD, [42, 3584, 16, 8, 256, 14_336]),
  'Gemma 2 27B': sizes(AWKWARD, [46, 4608, 32, 16, 128, 36_864]),
  'Gemma 3 270M': sizes(AWKWARD_3, [18, 640, 4, 1, 256, 2048]),
}

function sizes(base: ReferenceConfig, [layers, hidden, heads, kv, headDim, ff]: number[]): ReferenceConfig {
  return {
    ...base,
    num_hidden_layers: layers,
    hidden_size: hidden,
    num_attention_heads: heads,
    num_key_value_heads: kv,
    head_dim: headDim,
    intermediate_size: ff,
  }
}

/** A bfloat16 checkpoint that nobody may read. */
function unread(config: ReferenceConfig): Map<string, ArrayEntry> {
  const refuse = () => Promise.reject(new Error('a plan reads nothing'))
  return new Map(
    tensors(config).map(([name, shape]) => [
      name,
      { name, shape, dtype: 'BF16', readFloat32: refuse, readFloat64: refuse, stream: refuse },
    ]),
  )
}

interface Asked {
  model: keyof typeof MODELS
  layer: number
  site?: HookSite
  precision?: WeightPrecision
  facts?: BackendFacts
  held?: Held
}

function plan({
  model,
  layer,
  site = 'hook_resid_post',
  precision = 'q8',
  facts = GPU,
  held = new Map(),
}: Asked) {
  const config = parseGemmaConfig(MODELS[model])
  const weights = unread(MODELS[model])
  const cuts = Array.from({ length: layer + 1 }, (_, i) => ({
    layer: i,
    until: i < layer ? ('hook_resid_post' as const) : site,
  }))
  const kept = (i: number) => ({ ...packedLayer({ config, weights }, i, precision), store: undefined })
  const numbers = new Set([...held.keys(), ...cuts.map((cut) => cut.layer)])
  return planLoad({
    ...{ config, precision, facts, cuts, held, embeddingRow: 2 * config.hiddenSize },
    layers: new Map([...numbers].map((i) => [i, kept(i)])),
  })
}

/** Gemma 2 2B: weights of a layer's matrices, and of its four norms. */
const MATRICES = 2304 * 2048 * 2 + 2304 * 1024 * 2 + 3 * 2304 * 9216
const NORMS = 4 * 2304

test.each([
  ['f32', 4],
  ['f16', 2],
  ['q8', 9 / 8],
  ['q4', 5 / 8],
] as const)(
  'Gemma 2 2B to layer 12 at %s: the same bytes to fetch, %f bytes a weight held',
  (precision, bytes) => {
    const { layers, download, cached, memory, refused } = plan({ model: 'Gemma 2 2B', layer: 12, precision })
    expect([layers, cached, refused]).toEqual([13, 0, undefined])
    expect(download).toBe(13 * 2 * (MATRICES + NORMS))
    expect(memory).toBe(13 * (MATRICES * bytes + NORMS * 4))
  },
)

test('float16 in WebAssembly takes its float32 beside it', () => {
  const facts = { backend: 'wasm' } as const
  const { memory } = plan({ model: 'Gemma 2 2B', layer: 2, precision: 'f16', facts })
  expect(memory).toBe(3 * (MATRICES * (2 + 4) + NORMS * 4))
})

test('a hook early in a block leaves out what lies behind it', () => {
  const { download } = plan({ model: 'Gemma 2 2B', layer: 0, site: 'attn.hook_z' })
  expect(download).toBe(2 * (2304 * 2048 + 2 * 2304 * 1024 + 2304))
})

test('what is in place is not fetched again, on WebAssembly only when a layer need not be made anew', () => {
  const config = parseGemmaConfig(MODELS['Gemma 2 2B'])
  const upTo = (site: HookSite): Set<BlockWeight> => new Set(weightsBefore(config, site))
  const held = new Map([
    [0, upTo('hook_resid_post')],
    [1, upTo('attn.hook_z')],
  ])
  const layer = 2 * (MATRICES + NORMS)
  const attention = 2 * (2304 * 2048 + 2 * 2304 * 1024 + 2304)
  expect(plan({ model: 'Gemma 2 2B', layer: 1, held }).download).toBe(layer - attention)
  expect(plan({ model: 'Gemma 2 2B', layer: 1, held, facts: WASM }).download).toBe(layer)
  // What lies deeper than this run needs counts as held.
  const shallow = plan({ model: 'Gemma 2 2B', layer: 0, held })
  expect(shallow.download).toBe(0)
  expect(shallow.memory).toBeGreaterThan(plan({ model: 'Gemma 2 2B', layer: 0 }).memory)
})

test('Gemma 3 270M to layer 15 runs everywhere at every precision', () => {
  for (const precision of WEIGHT_PRECISIONS) {
    for (const facts of [GPU, WASM]) {
      expect(plan({ model: 'Gemma 3 270M', layer: 15, precision, facts }).refused).toBeUndefined()
    }
  }
})

test.each([
  [
    'a whole Gemma 2 9B on the CPU',
    { model: 'Gemma 2 9B', layer: 20, facts: WASM },
    'Its first 21 layers take 4.36 GiB',
  ],
  [
    'a layer too large to be handed to WebAssembly',
    { model: 'Gemma 2 2B', layer: 2, precision: 'f32', facts: WASM },
    'A layer takes 311 MB at this precision, and at most 224 MB',
  ],
  [
    'a matrix larger than a binding',
    { model: 'Gemma 2 27B', layer: 0, facts: { ...GPU, largestBinding: 128 * 2 ** 20 } },
    "mlp.gate_proj.weight takes 170 MB at this precision; the adapter's largest buffer is 134 MB",
  ],
  [
    'a float16 matrix whose float32 copy is larger than a binding',
    { model: 'Gemma 2 9B', layer: 0, precision: 'f16', facts: { ...GPU, largestBinding: 128 * 2 ** 20 } },
    'mlp.gate_proj.weight takes 206 MB',
  ],
  [
    'float16 where the adapter has no shader-f16',
    { model: 'Gemma 2 2B', layer: 0, precision: 'f16', facts: { ...GPU, float16: false } },
    'no shader-f16',
  ],
] satisfies [string, Asked, string][])('refuses %s', (_, asked, reason) => {
  const planned = plan(asked)
  expect(planned.refused?.detail).toContain(reason)
  expect(() => expectRoom(planned)).toThrow(reason)
})

test.each([
  ['Gemma 2 9B at 4 bits on the CPU', { model: 'Gemma 2 9B', layer: 20, precision: 'q4', facts: WASM }],
  ['Gemma 2 9B to layer 14 at 8 bits on the CPU', { model: 'Gemma 2 9B', layer: 14, facts: WASM }],
  ['Gemma 2 2B whole at 8 bits on the CPU', { model: 'Gemma 2 2B', layer: 25, facts: WASM }],
] satisfies [string, Asked][])('has room for %s', (_, asked) => {
  expect(plan(asked).refused).toBeUndefined()
})
