// What the page is told of the open SAE, and what it may give it.
import type { CpuActivations } from '../lib/activations.ts'
import { UserError } from '../lib/errors.ts'
import type { Sae } from '../sae/sae.ts'
import type { SaeInfo } from './protocol.ts'
import type { SaeFiles } from './sae-files.ts'

/** Numbers given from outside as activations of the SAE's width. UserError when they are not. */
export function activationRows(data: Float32Array, rows: number, { dIn }: Sae): CpuActivations {
  if (Number.isSafeInteger(rows) && rows >= 0 && data.length === rows * dIn) {
    return { location: 'cpu', rows, width: dIn, data }
  }
  throw new UserError({
    title: 'These activations do not fit the SAE.',
    detail: `${data.length} numbers were given for ${rows} rows; this SAE reads rows of ${dIn}.`,
    remedy: `Give rows × ${dIn} numbers in row order.`,
  })
}

/** The SAE's identity, sizes, and the ranges of its numbers. */
export function describeSae(files: SaeFiles, sae: Sae): SaeInfo {
  const { source, repo, path, model, site, layer, hookIn, hookOut, published } = files
  let low = Number.POSITIVE_INFINITY
  let high = 0
  for (const value of sae.threshold) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return {
    ...{ source, repo, path, model, site, layer, hookIn, hookOut, published },
    ...{ dIn: sae.dIn, dSae: sae.dSae, dOut: sae.dOut, activation: sae.activation },
    thresholdRange: [low, high],
    decoderNormRange: sae.decoderNormRange,
  }
}
