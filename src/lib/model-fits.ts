// Whether a model can give an SAE what it reads, as far as sizes tell.
import { parseHook } from './hook.ts'

/** True when the SAE's hook exists in the model and is as wide as the SAE reads. */
export function modelFits(
  model: { layers: number; hiddenSize: number; headsWidth: number } | undefined,
  sae: { hookIn: string | undefined; dIn: number },
): boolean {
  const place = sae.hookIn === undefined ? undefined : parseHook(sae.hookIn)
  if (!model || !place || place.layer >= model.layers) return false
  return sae.dIn === (place.site === 'attn.hook_z' ? model.headsWidth : model.hiddenSize)
}
