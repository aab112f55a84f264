// Per-feature statistics from sparse rows, on the CPU: the sums run in float64, in the order of the tokens.
import type { Activations } from '../lib/activations.ts'
import type { SparseRows } from '../lib/sparse-rows.ts'
import type { FeatureStatistics } from './sae.ts'

/** Statistics of what `encode` gives, for an SAE of `dSae` features. */
export function statisticsOfRows(
  dSae: number,
  encode: (x: Activations, signal?: AbortSignal) => Promise<SparseRows>,
): FeatureStatistics {
  const count = new Uint32Array(dSae)
  const max = new Float32Array(dSae)
  const sum = new Float64Array(dSae)
  let tokens = 0
  return {
    add: async (x, signal) => {
      const { indices, values, rows } = await encode(x, signal)
      for (let i = 0; i < indices.length; i++) {
        const f = indices[i]
        count[f] += 1
        sum[f] += values[i]
        if (values[i] > max[f]) max[f] = values[i]
      }
      tokens += rows
    },
    read: async () => ({ tokens, count: count.slice(), max: max.slice(), sum: sum.slice() }),
    dispose: () => {},
  }
}
