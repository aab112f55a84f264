// One text through model and SAE: tokens, activations at the SAE's hook, sparse features, L0 and FVU.
import type { Activations } from '../lib/activations.ts'
import { UserError } from '../lib/errors.ts'
import type { Hook } from '../lib/hook.ts'
import { meanL0 } from '../lib/sparse-rows.ts'
import type { GemmaModel } from '../model/forward.ts'
import type { GemmaTokenizer } from '../model/tokenizer.ts'
import { fractionOfVarianceUnexplained } from '../sae/metrics.ts'
import type { Sae } from '../sae/sae.ts'
import type { Backends, RunResult } from './protocol.ts'
import type { TaskContext } from './tasks.ts'

export interface RunParts {
  model: GemmaModel
  tokenizer: GemmaTokenizer | undefined
  sae: Sae
  hookIn: Hook
  hookOut: Hook
  backends: Backends
}

/** Ids of a text with <bos> first, cut to the model's context. */
export function toIds(
  input: string | number[],
  tokenizer: GemmaTokenizer | undefined,
  contextLength: number,
): { ids: number[]; droppedTokens: number } {
  if (typeof input !== 'string') return { ids: input, droppedTokens: 0 }
  if (!tokenizer) {
    throw new UserError({
      title: 'This model has no tokenizer.',
      detail: 'There is no tokenizer.json beside it, so a text cannot become token ids.',
      remedy: 'Add tokenizer.json to the model, or give token ids instead of text.',
    })
  }
  const ids = tokenizer.encode(input)
  return { ids: ids.slice(0, contextLength), droppedTokens: Math.max(0, ids.length - contextLength) }
}

/** Runs `input` through `parts`. Rejects with UserError for inputs the model or SAE cannot take. */
export async function runText(
  input: string | number[],
  parts: RunParts,
  contextLength: number,
  { signal, onProgress }: TaskContext,
): Promise<RunResult> {
  const start = performance.now()
  const { model, tokenizer, sae, hookIn, hookOut, backends } = parts
  const { ids, droppedTokens } = toIds(input, tokenizer, contextLength)
  const hooks = hookIn === hookOut ? [hookIn] : [hookIn, hookOut]
  const beforeModel = performance.now()
  const outputs = await model.forward(ids, hooks, { signal, onProgress })
  try {
    const x = activationsAt(outputs, hookIn)
    const beforeEncode = performance.now()
    onProgress({ label: 'Finding features', done: 0, total: undefined, unit: 'tokens' })
    const features = await sae.encode(x, signal)
    const reconstruction = await sae.decode(features, { x, signal })
    const y = activationsAt(outputs, hookOut)
    const target = y.location === 'cpu' ? y.data : await y.download()
    const end = performance.now()
    return {
      ids,
      tokens: ids.map((id) => tokenizer?.piece(id) ?? String(id)),
      spans:
        tokenizer?.spans(ids) ??
        ids.map((id, first) => ({ first, count: 1, text: String(id), special: first === 0 })),
      features,
      l0: meanL0(features),
      fvu: fractionOfVarianceUnexplained(target, reconstruction, ids.length, sae.dOut),
      hookIn,
      hookOut,
      backends,
      milliseconds: { model: beforeEncode - beforeModel, encode: end - beforeEncode, total: end - start },
      droppedTokens,
    }
  } finally {
    for (const output of outputs.values()) if (output.location === 'gpu') output.release()
  }
}

function activationsAt(outputs: Map<Hook, Activations>, hook: Hook): Activations {
  const found = outputs.get(hook)
  if (!found) throw new Error(`the model gave no output for ${hook}`)
  return found
}
