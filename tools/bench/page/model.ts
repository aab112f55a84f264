// The page of the model's benchmarks, asked through window.modelBench.
import { openSae } from '../../../src/sae/sae.ts'
import { activations, virtualSae } from '../data.ts'
import type { ModelPage } from '../model-cases.ts'
import { planned } from './model/planned.ts'
import { layerPrecision } from './model/precision.ts'
import { prefill } from './model/prefill.ts'
import { quantise } from './model/quantise.ts'
import { repeat } from './repeat.ts'

declare global {
  interface Window {
    modelBench: ModelPage
  }
}

window.modelBench = {
  prefill,
  quantise,
  precision: layerPrecision,
  planned,
  encode: async (dIn, dSae, tokens, effort) => {
    const shape = { dIn, dSae, tokens }
    const sae = await openSae(virtualSae(shape), 'benchmark', { kind: 'wasm' })
    const data = activations(shape)
    const { times } = await repeat(
      () => sae.encode({ location: 'cpu', rows: tokens, width: dIn, data }),
      effort,
    )
    return times
  },
}
