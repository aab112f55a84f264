// The shape of the graphs: cut where asked, no weight beyond the cut, small at real sizes; and the tables fed to them.
import { onnx } from 'onnx-proto'
import { expect, test } from 'vitest'
import type { HookSite } from '../../src/lib/hook.ts'
import { parseGemmaConfig } from '../../src/model/config.ts'
import { buildBlockGraph, SITES } from '../../src/model/graph.ts'
import { attentionMask, rotaryTable } from '../../src/model/rotary.ts'
import { AWKWARD } from '../support/gemma-reference.ts'

const GEMMA_2_9B = {
  ...AWKWARD,
  hidden_size: 3584,
  head_dim: 256,
  num_attention_heads: 16,
  num_key_value_heads: 8,
  intermediate_size: 14_336,
}

function graph(json: unknown, until: HookSite, weights: 'input' | 'external') {
  const bytes = buildBlockGraph(parseGemmaConfig(json), { until, weights, precision: 'f32' })
  const { graph } = onnx.ModelProto.decode(bytes)
  if (!graph) throw new Error('no graph')
  return {
    bytes: bytes.length,
    ops: (graph.node ?? []).map((node) => node.opType),
    inputs: (graph.input ?? []).map(({ name }) => name),
    outputs: (graph.output ?? []).map(({ name }) => name),
    external: (graph.initializer ?? []).flatMap((tensor) => (tensor.externalData?.length ? tensor.name : [])),
  }
}

test.each(SITES.map((site, depth) => ({ site, depth })))(
  'a block cut after $site has the outputs up to it',
  ({ site, depth }) => {
    expect(graph(AWKWARD, site, 'input').outputs).toEqual(SITES.slice(0, depth + 1))
  },
)

test('a block cut after the heads asks for no weight of o_proj or the MLP', () => {
  const { inputs } = graph(AWKWARD, 'attn.hook_z', 'input')
  expect(inputs).toEqual([
    'residual',
    'cos',
    'signed_sin',
    'mask',
    'input_layernorm',
    'q_proj',
    'k_proj',
    'v_proj',
  ])
})

test('external weights are initializers, not inputs', () => {
  const { inputs, external } = graph(AWKWARD, 'hook_resid_post', 'external')
  expect(inputs).toEqual(['residual', 'cos', 'signed_sin', 'mask'])
  expect(external).toHaveLength(11)
})

test('attention is written out: no fused op that could drop the soft-cap', () => {
  const { ops } = graph(AWKWARD, 'attn.hook_z', 'input')
  expect(ops).toContain('Tanh')
  expect(ops.filter((op) => op?.includes('Attention'))).toEqual([])
  expect(graph({ ...AWKWARD, attn_logit_softcapping: null }, 'attn.hook_z', 'input').ops).not.toContain(
    'Tanh',
  )
})

test('the graph of a 9B block is a few kilobytes', () => {
  // The ones of the gain-free norm, hidden × 4 bytes, are most of it.
  expect(graph(GEMMA_2_9B, 'hook_resid_post', 'external').bytes).toBeLessThan(20_000)
})

test('queries see themselves and the keys before them, as far back as the window', () => {
  const seen = (rows: number, window?: number) => {
    const mask = attentionMask(rows, window)
    return Array.from({ length: rows }, (_, q) =>
      [...mask.subarray(q * rows, (q + 1) * rows)].map((value) => (value === 0 ? 'x' : '.')).join(''),
    )
  }
  expect(seen(4)).toEqual(['x...', 'xx..', 'xxx.', 'xxxx'])
  expect(seen(4, 2)).toEqual(['x...', 'xx..', '.xx.', '..xx'])
  expect(seen(3, 1)).toEqual(['x..', '.x.', '..x'])
  expect(attentionMask(2)[1]).toBeLessThan(-1e29)
  expect(attentionMask(2)[1]).toBeGreaterThan(Number.NEGATIVE_INFINITY)
})

test('rotary tables hold one angle for both halves, the sine negated in the first', () => {
  const { cos, signedSin } = rotaryTable(8, 4, 10_000)
  const at = 5 * 4
  // Angles 5 · 10000^0 and 5 · 10000^(−1/2), rounded to float32: hence seven digits.
  for (const [i, angle] of [5, 0.05, 5, 0.05].entries()) {
    expect(cos[at + i]).toBeCloseTo(Math.cos(angle), 6)
    expect(signedSin[at + i]).toBeCloseTo((i < 2 ? -1 : 1) * Math.sin(angle), 6)
  }
  expect([...cos.subarray(0, 4)]).toEqual([1, 1, 1, 1])
})
