// One sequence through the SAE: sparse features, L0 and FVU, whether its activations come from the model or a file.
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

/** What goes into the SAE: the activations of one sequence, and what is known of its tokens. */
export interface Prepared
  extends Pick<
    RunResult,
    'ids' | 'tokens' | 'spans' | 'hookIn' | 'hookOut' | 'droppedTokens' | 'activations'
  > {
  /** [tokens, dIn] */
  x: Activations
  /** [tokens, dOut], what the reconstruction is measured against; undefined where it is not known. */
  y: Activations | undefined
  /** `performance.now()` when preparing began, and the part of it that the model or the file took. */
  start: number
  modelMilliseconds: number
  /** Gives the activations back; they must not be used afterwards. */
  release(): void
}

/** A run with what it was computed from. */
export interface Explained {
  result: RunResult
  /** [tokens, dOut] */
  target: Float32Array | undefined
  /** [tokens, dOut] */
  reconstruction: Float32Array<ArrayBuffer>
}

interface ModelParts {
  model: GemmaModel
  tokenizer: GemmaTokenizer | undefined
  hookIn: Hook
  hookOut: Hook
  contextLength: number
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

/** Runs the model on `input` up to the SAE's hooks. Rejects with UserError for inputs the model cannot take. */
export async function prepareText(
  input: string | number[],
  { model, tokenizer, hookIn, hookOut, contextLength }: ModelParts,
  context: TaskContext,
): Promise<Prepared> {
  const start = performance.now()
  const { ids, droppedTokens } = toIds(input, tokenizer, contextLength)
  const hooks = hookIn === hookOut ? [hookIn] : [hookIn, hookOut]
  const beforeModel = performance.now()
  const outputs = await model.forward(ids, hooks, context)
  return {
    ids,
    tokens: ids.map((id) => tokenizer?.piece(id) ?? String(id)),
    spans:
      tokenizer?.spans(ids) ??
      ids.map((id, first) => ({ first, count: 1, text: String(id), special: first === 0 })),
    ...{ hookIn, hookOut, droppedTokens, start },
    x: activationsAt(outputs, hookIn),
    y: activationsAt(outputs, hookOut),
    modelMilliseconds: performance.now() - beforeModel,
    release: () => {
      for (const output of outputs.values()) if (output.location === 'gpu') output.release()
    },
  }
}

/** Encodes and decodes what was prepared. Rejects with UserError for activations the SAE cannot take. */
export async function explain(
  { x, y, release: _, start, modelMilliseconds, ...given }: Prepared,
  sae: Sae,
  backends: Backends,
  { signal, onProgress }: TaskContext,
): Promise<Explained> {
  const beforeEncode = performance.now()
  onProgress({ label: 'Finding features', done: 0, total: undefined, unit: 'tokens' })
  const features = await sae.encode(x, signal)
  const reconstruction = await sae.decode(features, { x, signal })
  const target = y && (await inMemory(y))
  const end = performance.now()
  const fvu = target ? fractionOfVarianceUnexplained(target, reconstruction, x.rows, sae.dOut) : Number.NaN
  const milliseconds = { model: modelMilliseconds, encode: end - beforeEncode, total: end - start }
  return {
    result: { ...given, features, l0: meanL0(features), fvu, backends, milliseconds },
    target,
    reconstruction,
  }
}

/** The numbers in JavaScript memory. */
export async function inMemory(activations: Activations): Promise<Float32Array> {
  return activations.location === 'cpu' ? activations.data : activations.download()
}

function activationsAt(outputs: Map<Hook, Activations>, hook: Hook): Activations {
  const found = outputs.get(hook)
  if (!found) throw new Error(`the model gave no output for ${hook}`)
  return found
}
