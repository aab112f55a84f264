// Whether the open SAE can be run behind the open model.
import { UserError } from '../lib/errors.ts'
import { type Hook, parseHook } from '../lib/hook.ts'
import { readSaeShape } from '../sae/weights.ts'
import type { ModelFiles } from './model-files.ts'
import type { SaeFiles } from './sae-files.ts'

/** The SAE's hooks, when they exist in the model. UserError saying what does not fit. */
export function requireFit(files: SaeFiles, { config, repo }: ModelFiles): { hookIn: Hook; hookOut: Hook } {
  const { hookIn, hookOut } = files
  const place = hookIn && parseHook(hookIn)
  if (!place || !hookOut) {
    throw new UserError({
      title: 'It is not known which activations this SAE reads.',
      detail: `${files.source} names no hook of the model.`,
      remedy: 'Encode activations with it, or open it with its cfg.json.',
    })
  }
  if (place.layer >= config.numHiddenLayers) {
    throw new UserError({
      title: 'This SAE does not fit the open model.',
      detail: `It reads ${hookIn}, and ${repo} has layers 0 to ${config.numHiddenLayers - 1}.`,
      remedy: 'Open the model it was trained on.',
    })
  }
  const wanted = place.site === 'attn.hook_z' ? config.numAttentionHeads * config.headDim : config.hiddenSize
  const dIn = readSaeShape(files.arrays, files.path).dIn
  if (dIn !== wanted) {
    throw new UserError({
      title: 'This SAE does not fit the open model.',
      detail: `It reads ${dIn} numbers at ${hookIn}, where ${repo} has ${wanted}.`,
      remedy: 'Open the model it was trained on.',
    })
  }
  return { hookIn: place.hook, hookOut }
}
