// Tokens a second through one layer of Gemma 2 2B: our graph beside the same with onnxruntime's fused attention.
import type { Browser } from '@playwright/test'
import { checkAtMost, print, quick, results } from './drive.ts'
import type { LayerGraph, PrefillAnswer } from './model-cases.ts'
import { layerConfig, onModelPage } from './model-page.ts'
import { best, milliseconds, ratio, table } from './report.ts'

const GRAPHS: readonly LayerGraph[] = ['ours', 'ours, no cap', 'fused']
/** Tokens by backend: the software adapter takes minutes for what takes a CPU seconds. */
const TOKENS = quick ? { wasm: [32], webgpu: [8] } : { wasm: [128, 512], webgpu: [16, 32] }
/** In millionths: float32 sums in another order, of 9216 numbers at most. */
const APART = 10

export async function prefill(browser: Browser): Promise<void> {
  const configJson = layerConfig('unsloth/gemma-2-2b')
  const rows: string[][] = []
  for (const backend of ['wasm', 'webgpu'] as const) {
    for (const precision of ['f32', 'q8'] as const) {
      for (const tokens of TOKENS[backend]) {
        const effort = { repetitions: quick ? 3 : 5, cap: backend === 'wasm' ? 15_000 : 20_000 }
        const answer: PrefillAnswer = await onModelPage(
          browser,
          'prefill',
          { configJson, backend, precision, tokens },
          GRAPHS,
          effort,
        )
        const { times, apart = Number.NaN } = answer
        const of = (graph: LayerGraph): number => best(times[graph] ?? [])
        const name = `${backend} ${precision} T=${tokens}`
        results[`prefill ${name}`] = answer
        checkAtMost(`${name}: ours without the cap and fused apart, millionths`, 1e6 * apart, APART)
        rows.push([
          name,
          // What gives other answers is no peer.
          ...(['ours', 'ours, no cap'] as const).map((graph) =>
            1e6 * apart <= APART ? ratio(of(graph) / of('fused')) : 'fused is wrong',
          ),
          ...GRAPHS.map((graph) => (tokens / (of(graph) / 1000)).toFixed(0)),
          milliseconds(of('ours')),
          apart.toExponential(1),
        ])
      }
    }
  }
  print('\n## Prefill: one layer of Gemma 2 2B, tokens a second\n')
  print(
    table(
      ['', 'time of fused', 'without the cap', 'ours', 'ours, no cap', 'fused', 'ours takes', 'apart'],
      rows,
    ),
  )
}
